package simulator

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

func cachePoint(ttl string) chat.Block {
	return chat.Block{Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{TTL: ttl}}
}

// long is a text of n tokens.
func long(n int) string { return strings.TrimSpace(strings.Repeat("tide ", n)) }

// cached is a request with a system prompt of n tokens behind which a cache point stands.
func cached(n int, ttl, question string) *provider.Request {
	r := ask(question)
	r.Chat.System = []chat.Block{chat.Text(long(n)), cachePoint(ttl)}
	return r
}

func TestPromptCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, Settings{})
		use := func(name string, r *provider.Request, read, write5m, write1h int64) {
			t.Helper()
			got := answerTo(t, p, r).Usage
			want := chat.Usage{Input: tokens.For(sonnet).Request(r.Chat) - read - write5m - write1h, Output: got.Output, CacheRead: read, CacheWrite5m: write5m, CacheWrite1h: write1h}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: usage (-want +got):\n%s", name, diff)
			}
		}
		use("the first call writes", cached(2000, "", "one"), 0, 2000, 0)
		use("the second reads", cached(2000, "", "two"), 2000, 0, 0)
		use("another prefix writes", cached(2001, "5m", "two"), 0, 2001, 0)
		use("a short prefix is ignored", cached(cacheMinimum-1, "", "one"), 0, 0, 0)
		use("the minimum is enough", cached(cacheMinimum, "", "one"), 0, cacheMinimum, 0)
		west := cached(2000, "", "one")
		west.Region = "us-west-2"
		use("each region has its own", west, 0, 2000, 0)

		time.Sleep(4 * time.Minute)
		use("a read renews", cached(2000, "", "three"), 2000, 0, 0)
		time.Sleep(4 * time.Minute)
		use("so it lives on", cached(2000, "", "four"), 2000, 0, 0)
		time.Sleep(5 * time.Minute)
		use("after five minutes it is gone", cached(2000, "", "five"), 0, 2000, 0)
		use("an hour is written apart", cached(3000, "1h", "one"), 0, 0, 3000)
		time.Sleep(59 * time.Minute)
		use("and lives for one", cached(3000, "1h", "two"), 3000, 0, 0)
	})
}

func TestPromptCacheOfAGrowingConversation(t *testing.T) {
	p := newProvider(t, Settings{})
	r := cached(1500, "1h", long(100))
	r.Chat.Messages[0].Content = append(r.Chat.Messages[0].Content, cachePoint(""))
	first := answerTo(t, p, r).Usage
	if first.CacheWrite1h != 1500 || first.CacheWrite5m != 104 || first.Input != 0 {
		t.Errorf("two points, two lifetimes: %+v", first)
	}
	// The next turn moves the second point to its own end and finds the turn before it.
	r.Chat.Messages[0].Content = r.Chat.Messages[0].Content[:1]
	r.Chat.Messages = append(r.Chat.Messages,
		chat.Message{Role: chat.Assistant, Content: []chat.Block{chat.Text(long(50))}},
		chat.Message{Role: chat.User, Content: []chat.Block{chat.Text(long(60)), cachePoint("")}})
	second := answerTo(t, p, r).Usage
	if second.CacheRead != 1604 || second.CacheWrite5m != 54+64 || second.Input != 0 {
		t.Errorf("the second turn: %+v", second)
	}
}

func TestPromptCacheIsBounded(t *testing.T) {
	var c promptCache
	now := time.Now()
	for i := range cacheEntries + 100 {
		c.put(prefixKey{digest: digest(i)}, lease{until: now})
	}
	if len(c.entries) != cacheEntries || len(c.order) != cacheEntries {
		t.Errorf("%d entries, %d in order, want %d", len(c.entries), len(c.order), cacheEntries)
	}
	if _, ok := c.entries[prefixKey{digest: 0}]; ok {
		t.Error("the oldest entry is still there")
	}
	if _, ok := c.entries[prefixKey{digest: cacheEntries + 99}]; !ok {
		t.Error("the newest entry is not there")
	}
}

func TestTooManyCachePoints(t *testing.T) {
	r := ask("hello")
	for i := range 5 {
		r.Chat.System = append(r.Chat.System, chat.Text(fmt.Sprint(i)), cachePoint(""))
	}
	_, err := newProvider(t, Settings{}).Chat(context.Background(), r)
	if want := "The model returned the following errors: A maximum of 4 blocks with cache_control may be provided. Found 5."; !fault.Is(err, fault.Validation) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
