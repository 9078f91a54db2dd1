package main

import "github.com/outcrop/outcrop/internal/directory"

// credentialsOf are the ids of all credentials whose last use is worth remembering.
func credentialsOf(s *directory.Snapshot) map[string]bool {
	known := map[string]bool{}
	for _, a := range s.Accounts() {
		for _, u := range a.Users() {
			for _, k := range u.AccessKeys {
				known[k.ID] = true
			}
			for _, k := range u.Credentials {
				known[k.ID] = true
			}
		}
		for _, r := range a.Roles() {
			known[r.ID] = true
		}
	}
	return known
}
