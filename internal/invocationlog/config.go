package invocationlog

import (
	"path"
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// Config says what is logged of an account's calls in a region, and where. Its JSON is the API's loggingConfig.
type Config struct {
	CloudWatch *LogGroup `json:"cloudWatchConfig,omitempty"`
	S3         *Bucket   `json:"s3Config,omitempty"`
	// What of bodies is logged. Without any of them a record has counts and names alone.
	Text      bool `json:"textDataDeliveryEnabled"`
	Image     bool `json:"imageDataDeliveryEnabled"`
	Embedding bool `json:"embeddingDataDeliveryEnabled"`
	Video     bool `json:"videoDataDeliveryEnabled"`
	Audio     bool `json:"audioDataDeliveryEnabled"`
}

// LogGroup is a group of CloudWatch Logs: here a file of lines.
type LogGroup struct {
	Name    string `json:"logGroupName"`
	RoleARN string `json:"roleArn"`
	// Large takes the bodies that are too large for a line; without it they are left out.
	Large *Bucket `json:"largeDataDeliveryS3Config,omitempty"`
}

// Bucket is a place in S3: here a directory of compressed files.
type Bucket struct {
	Name      string `json:"bucketName"`
	KeyPrefix string `json:"keyPrefix,omitempty"`
}

// bodies reports whether anything of a body may be logged.
func (c *Config) bodies() bool { return c.Text || c.Image || c.Embedding || c.Video || c.Audio }

// buckets are all places in S3 that c names.
func (c *Config) buckets() []*Bucket {
	var all []*Bucket
	if c.S3 != nil {
		all = append(all, c.S3)
	}
	if c.CloudWatch != nil && c.CloudWatch.Large != nil {
		all = append(all, c.CloudWatch.Large)
	}
	return all
}

// check finds what the shapes of the API cannot say. Names become files, so they must be those of one.
func (c *Config) check() error {
	if c.CloudWatch == nil && c.S3 == nil {
		return fault.New(fault.Validation, "Specify at least one destination for model invocation logs: s3Config or cloudWatchConfig.")
	}
	for _, b := range c.buckets() {
		if !isBucket(b.Name) {
			return fault.New(fault.Validation, "The bucket name %s is not valid: it takes lower-case letters, digits, hyphens and single dots, and starts and ends with a letter or digit.", b.Name)
		}
		if !isKeyPrefix(b.KeyPrefix) {
			return fault.New(fault.Validation, "The key prefix %s is not valid: none of its parts may be empty, . or .. or longer than %d bytes.", b.KeyPrefix, maxPart)
		}
	}
	if c.CloudWatch != nil && strings.Trim(c.CloudWatch.Name, groupLetters) != "" {
		return fault.New(fault.Validation, "The log group name %s is not valid: it takes letters, digits and the characters . - _ / and #.", c.CloudWatch.Name)
	}
	return nil
}

const (
	lowerDigits  = "abcdefghijklmnopqrstuvwxyz0123456789"
	groupLetters = lowerDigits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_/#"
	maxPart      = 255 // bytes of a file's name
)

func isBucket(s string) bool {
	return strings.Trim(s, lowerDigits+"-.") == "" && !strings.Contains(s, "..") &&
		strings.Trim(s[:1]+s[len(s)-1:], lowerDigits) == ""
}

// isKeyPrefix reports whether s can be a path below a bucket's directory. One slash at its end is no part.
func isKeyPrefix(s string) bool {
	if s == "" {
		return true
	}
	s = strings.TrimSuffix(s, "/")
	if path.Clean(s) != s || path.IsAbs(s) || s == "." || s == ".." || strings.HasPrefix(s, "../") || strings.ContainsAny(s, "\\:\x00") {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if len(part) > maxPart {
			return false
		}
	}
	return true
}
