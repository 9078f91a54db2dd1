package converse

import (
	"strings"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
)

// What a request may hold, as AWS documents it for Converse. Images count for each message, documents
// for the whole request.
const (
	mostImages        = 20
	mostImageBytes    = 3_932_160 // 3.75 MB
	mostDocuments     = 5
	mostDocumentBytes = 4_718_592 // 4.5 MB
)

// documents is what is known of a request's documents so far: their names, at most mostDocuments.
type documents struct{ names []string }

func (d *documents) add(name string) error {
	for _, other := range d.names {
		if other == name {
			return invalid("Messages can't contain duplicate document names. Rename the document and retry your request.")
		}
	}
	if d.names = append(d.names, name); len(d.names) > mostDocuments {
		return invalid("You can't include more than %d documents in a request. Remove some and retry your request.", mostDocuments)
	}
	return nil
}

func (t *turn) image(b *brt.ImageBlock, i int) (chat.Block, error) {
	if !t.user {
		return chat.Block{}, t.misplaced("image", i)
	}
	if t.images++; t.images > mostImages {
		return chat.Block{}, invalid("You can't include more than %d images in a message. Remove some and retry your request.", mostImages)
	}
	return image(b, t.place(i))
}

func (t *turn) document(b *brt.DocumentBlock, i int) (chat.Block, error) {
	if !t.user {
		return chat.Block{}, t.misplaced("document", i)
	}
	t.reads = true
	if err := t.documents.add(b.Name); err != nil {
		return chat.Block{}, err
	}
	return document(b, t.place(i))
}

func image(b *brt.ImageBlock, at place) (chat.Block, error) {
	m := &chat.Media{Format: string(b.Format)}
	if b.Source != nil {
		m.Bytes, m.S3 = b.Source.Bytes, s3(b.Source.S3Location)
	}
	if len(m.Bytes) > mostImageBytes {
		return chat.Block{}, invalid("The image at %s has %d bytes. An image can have %d bytes at most. Make it smaller and retry your request.", at, len(m.Bytes), mostImageBytes)
	}
	return chat.Block{Kind: chat.ImageBlock, Media: m}, nil
}

func document(b *brt.DocumentBlock, at place) (chat.Block, error) {
	if !properName(b.Name) {
		return chat.Block{}, invalid("The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. " +
			"The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.")
	}
	m := &chat.Media{Format: text(b.Format), Name: b.Name, Context: text(b.Context), Citations: b.Citations != nil && b.Citations.Enabled}
	if s := b.Source; s != nil {
		m.Bytes, m.S3, m.Text = s.Bytes, s3(s.S3Location), text(s.Text)
		for _, piece := range s.Content {
			m.Chunks = append(m.Chunks, text(piece.Text))
		}
	}
	if len(m.Bytes) > mostDocumentBytes {
		return chat.Block{}, invalid("The document at %s has %d bytes. A document can have %d bytes at most. Make it smaller and retry your request.", at, len(m.Bytes), mostDocumentBytes)
	}
	if m.Format == "" {
		if m.Bytes != nil || m.S3 != nil {
			return chat.Block{}, invalid("The format field in the DocumentBlock object at %s is missing. Add the document's format and try again.", at)
		}
		m.Format = string(brt.DocumentFormatTxt)
	}
	return chat.Block{Kind: chat.DocumentBlock, Media: m}, nil
}

// properName reports whether a document may have this name. AWS takes underscores too, though its
// sentence does not say so, and of all whitespace only single spaces.
func properName(name string) bool {
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(" -()[]_", c) >= 0:
		default:
			return false
		}
	}
	return !strings.Contains(name, "  ")
}

func video(b *brt.VideoBlock) *chat.Media {
	m := &chat.Media{Format: string(b.Format)}
	if b.Source != nil {
		m.Bytes, m.S3 = b.Source.Bytes, s3(b.Source.S3Location)
	}
	return m
}

func audio(b *brt.AudioBlock) *chat.Media {
	m := &chat.Media{Format: string(b.Format)}
	if b.Source != nil {
		m.Bytes, m.S3 = b.Source.Bytes, s3(b.Source.S3Location)
	}
	return m
}

// s3 keeps a place that only some providers can read.
func s3(l *brt.S3Location) *chat.S3Location {
	if l == nil {
		return nil
	}
	return &chat.S3Location{URI: l.URI, Owner: text(l.BucketOwner)}
}
