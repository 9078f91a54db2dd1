package notify

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// postTimeout bounds one post, its answer included: what SNS gives an endpoint.
const postTimeout = 15 * time.Second

// Poster delivers by HTTP. Redirects are not followed: a message goes to the address it was meant for, or nowhere.
type Poster struct{ client *http.Client }

// NewPoster makes a Poster.
func NewPoster() *Poster {
	return &Poster{&http.Client{
		Timeout:       postTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Deliver implements Transport. An answer of 2xx is a delivery; 400, 401, 403, 404, 405 and 410 are final.
func (p *Poster) Deliver(ctx context.Context, d *Delivery) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Address, strings.NewReader(d.Body))
	if err != nil {
		return Refused(err)
	}
	r.Header.Set("Content-Type", d.ContentType)
	r.Header.Set("User-Agent", "Outcrop")
	for name, value := range d.Header {
		r.Header.Set(name, value)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
	if resp.StatusCode/100 == 2 {
		return nil
	}
	err = fmt.Errorf("%s answered %s", r.URL.Host, resp.Status)
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		return Refused(err)
	}
	return err
}
