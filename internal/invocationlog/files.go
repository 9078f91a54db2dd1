package invocationlog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// permissionCheck is the object AWS writes to a bucket to see whether it may.
const permissionCheck = "amazon-bedrock-logs-permission-check"

// files are the logs on disk. No name, whatever a caller chose, leads out of their directory.
type files struct{ root *os.Root }

// write makes a file whole or not at all.
func (f *files) write(name string, content []byte) error {
	if err := f.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	partial := name + ".partial"
	if err := f.root.WriteFile(partial, content, 0o600); err != nil {
		return errors.Join(err, f.root.Remove(partial))
	}
	return f.root.Rename(partial, name)
}

// path is where an object of the bucket is on disk.
func (b *Bucket) path(key, name string) string { return path.Join("s3", b.Name, key, name) }

// url is the object's name in S3.
func (b *Bucket) url(key, name string) string { return "s3://" + b.Name + "/" + key + "/" + name }

// root is the beginning of the keys of an account's logs in a bucket.
func root(b *Bucket, account arn.Account) string {
	return path.Join(b.KeyPrefix, "AWSLogs", string(account), "BedrockModelInvocationLogs")
}

// hour is the beginning of the keys of an hour.
func hour(b *Bucket, account arn.Account, region arn.Region, at time.Time) string {
	return path.Join(root(b, account), string(region), at.UTC().Format("2006/01/02/15"))
}

// streamName is what AWS calls the stream within a log group.
const streamName = "aws/bedrock/modelinvocations"

// path is the file of a group's lines, without its ending.
func (g *LogGroup) path(account arn.Account, region arn.Region) string {
	name := url.PathEscape(g.Name)
	if len(name) > maxPart || strings.Trim(name, ".") == "" {
		sum := sha256.Sum256([]byte(g.Name))
		name = name[:min(len(name), 200)] + "~" + hex.EncodeToString(sum[:8])
	}
	return path.Join("cloudwatch", string(account), string(region), name, streamName)
}
