package catalog

import "testing"

func TestX(t *testing.T) {
	c, err := Load(Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(len(c.models), len(c.profiles), len(c.prices))
	p, _ := c.Profile("us.anthropic.claude-3-5-sonnet-20241022-v2:0")
	t.Log(p.Destinations("us-east-1"), p.Model.Name)
	p, _ = c.Profile("global.anthropic.claude-opus-4-8")
	t.Log(p.Destinations("eu-central-1"))
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(Overlay{}); err != nil {
			b.Fatal(err)
		}
	}
}
