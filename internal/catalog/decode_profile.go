package catalog

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

type profileRow struct {
	ID          string     `json:"id"`
	Model       string     `json:"model"`
	Geography   string     `json:"geo"`
	Name        string     `json:"name"`
	APIName     string     `json:"api_name"`
	NameFrom    string     `json:"name_from"`
	Description string     `json:"description"`
	DescFrom    string     `json:"description_from"`
	Retired     bool       `json:"retired"`
	Created     time.Time  `json:"created"`
	FirstSeen   day        `json:"first_seen"`
	LastSeen    day        `json:"last_seen"`
	Routes      []routeRow `json:"routes"`
	originRow
}

type routeRow struct {
	From []arn.Region `json:"from"`
	To   []arn.Region `json:"to"`
	Seen string       `json:"seen"`
}

// commercial stands for every embedded region of the partition aws. Global profiles run in all of them.
const commercial arn.Region = "@commercial"

// globalPrefix is the geography of profiles that may run anywhere.
const globalPrefix = "global"

func (r *profileRow) profile() *Profile {
	p := &Profile{
		ID: r.ID, Name: r.Name, Description: r.Description, Geography: r.Geography, ModelID: r.Model,
		Global: r.Geography == globalPrefix, Retired: r.Retired,
		APIName: r.APIName, NameByPattern: r.NameFrom != "", DescriptionByPattern: r.DescFrom != "",
		Created: r.Created.UTC(), FirstSeen: r.FirstSeen.at, LastSeen: r.LastSeen.at,
		Provenance: r.provenance(),
	}
	for _, t := range r.Routes {
		p.Routes = append(p.Routes, Route{Sources: t.From, Destinations: t.To, Seen: t.Seen})
	}
	return p
}
