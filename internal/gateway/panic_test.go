package gateway

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/route"
)

// A provider that panics fails the attempt: the call moves on, and the room is free again. A hedge's panic, on a goroutine
// of its own, does not end the process.
func TestAProvidersPanicIsAFailedAttempt(t *testing.T) {
	for _, hedge := range []time.Duration{0, time.Second} {
		for _, wait := range []time.Duration{0, 2 * time.Second} {
			for _, stream := range []bool{false, true} {
				t.Run(fmt.Sprintf("hedge %s, after %s, stream %t", hedge, wait, stream), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						h := manor(t, route.Capacity{Concurrency: 1}, map[arn.Region]script{
							"site-a": {panics: true, wait: wait}, "site-b": {panics: true, wait: wait},
						}, route.Order{Hedge: of(hedge)})
						for range 3 {
							a, err := h.Do(context.Background(), call(profileID, stream))
							if err != nil || a.Region != "site-c" {
								t.Fatalf("%v %s %v", a.Region, a.Trail.String(), err)
							}
							if a.Stream != nil {
								_ = a.Stream.Close()
							}
						}
						synctest.Wait()
						h.idle(t)
					})
				})
			}
		}
	}
}
