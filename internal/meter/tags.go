package meter

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// Prefixes of tag keys that say where a tag comes from. The tags of an application profile have none.
const (
	PrincipalPrefix = "iamPrincipal/"
	MetadataPrefix  = "requestMetadata/"
)

// Tags is every tag of the call as Cost Explorer names them: those of the application profile under their own keys,
// those of the principal and the call's metadata under their prefixes. A profile's own tag that is spelled like one of
// the latter does not count: whoever may tag a profile does not speak for a principal.
func (u *Usage) Tags() map[string]string {
	n := len(u.Application.Tags) + len(u.PrincipalTags) + len(u.Metadata)
	tags := make(map[string]string, n)
	for k, v := range u.Application.Tags {
		if !reserved(k) {
			tags[k] = v
		}
	}
	for k, v := range u.PrincipalTags {
		tags[PrincipalPrefix+k] = v
	}
	for k, v := range u.Metadata {
		tags[MetadataPrefix+k] = v
	}
	return tags
}

func reserved(key string) bool {
	return strings.HasPrefix(key, PrincipalPrefix) || strings.HasPrefix(key, MetadataPrefix)
}

// TagSet is the id of Tags, without making them.
func (u *Usage) TagSet() TagSet {
	var room [16]tag // more than nearly every call has; append makes more
	all := room[:0]
	for k, v := range u.Application.Tags {
		if !reserved(k) {
			all = append(all, tag{"", k, v})
		}
	}
	all = appendTags(all, PrincipalPrefix, u.PrincipalTags)
	return tagSet(appendTags(all, MetadataPrefix, u.Metadata))
}

// TagSetOf is the id of a set of tags.
func TagSetOf(tags map[string]string) TagSet {
	return tagSet(appendTags(make([]tag, 0, len(tags)), "", tags))
}

// tag is one tag; its key is prefix and key together.
type tag struct{ prefix, key, value string }

func appendTags(all []tag, prefix string, tags map[string]string) []tag {
	for k, v := range tags {
		all = append(all, tag{prefix, k, v})
	}
	return all
}

// tagSet hashes the tags in the order of their whole keys, each text with its length, so that no two sets are the same
// bytes.
func tagSet(tags []tag) TagSet {
	if len(tags) == 0 {
		return ""
	}
	slices.SortFunc(tags, tag.compare)
	var room [512]byte
	b := room[:0]
	for _, t := range tags {
		b = binary.AppendUvarint(b, uint64(len(t.prefix)+len(t.key)))
		b = append(append(b, t.prefix...), t.key...)
		b = binary.AppendUvarint(b, uint64(len(t.value)))
		b = append(b, t.value...)
	}
	sum := sha256.Sum256(b)
	const distinct = 16 // bytes
	var text [2 * distinct]byte
	hex.Encode(text[:], sum[:distinct])
	return TagSet(text[:])
}

// compare orders tags by their whole keys.
func (t tag) compare(o tag) int {
	if t.prefix == o.prefix {
		return strings.Compare(t.key, o.key)
	}
	return strings.Compare(t.prefix+t.key, o.prefix+o.key)
}

// Tag is the value that Tags has under a key, without making them; empty when there is none.
func (u *Usage) Tag(key string) string {
	if bare, ok := strings.CutPrefix(key, PrincipalPrefix); ok {
		return u.PrincipalTags[bare]
	}
	if bare, ok := strings.CutPrefix(key, MetadataPrefix); ok {
		return u.Metadata[bare]
	}
	return u.Application.Tags[key]
}
