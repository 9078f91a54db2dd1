package meter

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
)

// Prefixes of tag keys that say where a tag comes from. The tags of an application profile have none.
const (
	PrincipalPrefix = "iamPrincipal/"
	MetadataPrefix  = "requestMetadata/"
)

// Tags is every tag of the call as Cost Explorer names them: those of the application profile under their own keys,
// those of the principal and the call's metadata under their prefixes.
func (u *Usage) Tags() map[string]string {
	n := len(u.Application.Tags) + len(u.PrincipalTags) + len(u.Metadata)
	if n == 0 {
		return nil
	}
	tags := make(map[string]string, n)
	maps.Copy(tags, u.Application.Tags)
	for k, v := range u.PrincipalTags {
		tags[PrincipalPrefix+k] = v
	}
	for k, v := range u.Metadata {
		tags[MetadataPrefix+k] = v
	}
	return tags
}

// TagSetOf is the id of a set of tags.
func TagSetOf(tags map[string]string) TagSet {
	if len(tags) == 0 {
		return ""
	}
	var b []byte
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		for _, text := range [...]string{k, tags[k]} { // with its length, so that no two sets write the same bytes
			b = binary.AppendUvarint(b, uint64(len(text)))
			b = append(b, text...)
		}
	}
	sum := sha256.Sum256(b)
	const distinct = 16 // bytes
	return TagSet(hex.EncodeToString(sum[:distinct]))
}
