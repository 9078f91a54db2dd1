package catalog

import (
	"math"

	"github.com/outcrop/outcrop/internal/arn"
)

// RegionInfo is one place where models run.
type RegionInfo struct {
	ID        arn.Region
	Name      string // "Europe (Frankfurt)"
	Partition arn.Partition
	Geography string // "eu"; the wide one
	Narrow    string // "jp", "au" or "in" where profiles have a narrower geography; else empty
	Metro     string // "Frankfurt"
	OptIn     bool   // an account must enable the region before it can call from it

	// Located reports whether Latitude and Longitude, in degrees, are known. They are those of the
	// nearest large city: good for distances, for nothing finer.
	Located             bool
	Latitude, Longitude float64

	ControlPlane    bool   // the bedrock service has an endpoint here
	RuntimeListed   bool   // AWS's reference lists a bedrock-runtime endpoint
	FIPS            bool   // FIPS endpoints exist
	ControlEndpoint string // host name at AWS; empty for an operator's region
	RuntimeEndpoint string

	Provenance
}

// earthRadius is the mean radius in kilometres.
const earthRadius = 6371.0

// Distance is the great-circle distance in kilometres. It is infinite when a region is unknown or has no
// coordinates, and zero from a region to itself.
func (c *Catalog) Distance(a, b arn.Region) float64 {
	if a == b {
		return 0
	}
	from, to := c.regionByID[a], c.regionByID[b]
	if from == nil || to == nil || !from.Located || !to.Located {
		return math.Inf(1)
	}
	return greatCircle(from.Latitude, from.Longitude, to.Latitude, to.Longitude)
}

// greatCircle is the haversine formula; angles in degrees, the answer in kilometres.
func greatCircle(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	sinLat := math.Sin((lat2 - lat1) * rad / 2)
	sinLon := math.Sin((lon2 - lon1) * rad / 2)
	h := sinLat*sinLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sinLon*sinLon
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}
