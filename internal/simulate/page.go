package simulate

import (
	"html/template"
	"io"
	"strings"
)

// pageText is a page that needs nothing else: no script, no font, no address.
const pageText = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<style>
body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;color:#1d2329;background:#fff}
pre{overflow-x:auto;font:13px/1.45 ui-monospace,monospace}
svg{width:100%;height:auto}
@media (prefers-color-scheme:dark){body{color:#e6eaee;background:#14181d}}
</style>
{{.Picture}}
<pre>{{.Table}}</pre>
</html>
`

// WriteHTML writes the figure and the tables as one page.
func (r *Report) WriteHTML(out io.Writer) error {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	var picture, table strings.Builder
	if err := r.Figure().Draw().WriteSVG(&picture); err != nil {
		return err
	}
	if err := r.WriteTable(&table); err != nil {
		return err
	}
	return page.Execute(out, struct {
		Title, Table string
		Picture      template.HTML // escaped where it was made
	}{r.Title, table.String(), template.HTML(picture.String())})
}
