package bedrockruntime

import (
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/dialect"
)

// CodecOf is the codec of a text model, nil for one whose body is something else, and the refusal of one that has none.
func CodecOf(m *catalog.Model) (dialect.Codec, error) {
	n, err := families(table()).of(m)
	return n.chat, err
}

// Rows are the families of the table by name, each with the beginning of the ids it is for.
func Rows() (rows [][2]string) {
	for _, r := range table() {
		rows = append(rows, [2]string{r.family, r.prefix})
	}
	return rows
}
