package upstream

import "io"

// Reading is an answer that is read as a stream, until it ends. Not safe for concurrent use.
type Reading struct {
	*Response
	Ended error // what every further read returns; nil until the end
}

// End notes why nothing more is read, and returns it. At io.EOF the answer is whole and its connection is kept; anything
// else takes the connection along.
func (r *Reading) End(err error) error {
	r.Ended = err
	if err == io.EOF { // not errors.Is: a failure may have an EOF for its cause
		r.Finish()
	} else {
		r.Body.Close()
	}
	return err
}

// Close releases the connection, early or not.
func (r *Reading) Close() error {
	if r.Ended == nil {
		r.Ended = io.ErrClosedPipe
	}
	return r.Body.Close()
}
