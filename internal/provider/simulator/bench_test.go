package simulator

import (
	"context"
	"testing"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
)

func BenchmarkChat(b *testing.B) {
	for name, r := range map[string]*provider.Request{
		"text":   ask("What is the weather in Lisbon?"),
		"tool":   askWithTools("hello", chat.ToolChoice{Mode: chat.ChoiceAny}),
		"cached": cached(2000, "", "hello"),
	} {
		b.Run(name, func(b *testing.B) {
			p := newProvider(b, Settings{})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Chat(context.Background(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEvent measures one event of a stream, its share of opening the stream included.
func BenchmarkEvent(b *testing.B) {
	p := newProvider(b, Settings{})
	r := ask("Write 16000 tokens")
	var s provider.Stream
	b.ReportAllocs()
	for b.Loop() {
		if s == nil {
			var err error
			if s, err = p.Stream(context.Background(), r); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := s.Next(); err != nil {
			s.Close()
			s = nil
		}
	}
}

func BenchmarkEmbed(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		embed("The harbour master keeps a careful record of every vessel that arrives.", nil, 1024)
	}
}
