package catalog

import "io/fs"

// Load reads the embedded facts and lays the overlay over them. Everything wrong with the overlay comes back together as
// a Faults.
func Load(o Overlay) (*Catalog, error) { return load(embedded, o) }

func load(files fs.FS, o Overlay) (*Catalog, error) {
	c, err := decodeFiles(files)
	if err != nil {
		return nil, err
	}
	c.expandSets() // before the overlay: an operator's region joins no profile of AWS by itself
	if faults := c.apply(o); len(faults) > 0 {
		return nil, faults
	}
	c.index()
	return c, nil
}
