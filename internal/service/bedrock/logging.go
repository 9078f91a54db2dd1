package bedrock

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/invocationlog"
)

// Logging keeps how calls are logged, for each account and region. *invocationlog.Log is one.
type Logging interface {
	Config(arn.Account, arn.Region) (invocationlog.Config, bool)
	Put(context.Context, arn.Account, arn.Region, invocationlog.Config) error
	Delete(context.Context, arn.Account, arn.Region) error
}

// PutModelInvocationLoggingConfiguration sets how the account's calls in this region are logged.
func (s *Server) PutModelInvocationLoggingConfiguration(ctx context.Context, c *awswire.Call, in *api.PutModelInvocationLoggingConfigurationRequest) (*api.PutModelInvocationLoggingConfigurationResponse, error) {
	if err := s.logging.Put(ctx, c.Principal.Account, c.Region, loggingOf(in.LoggingConfig)); err != nil {
		return nil, err
	}
	return &api.PutModelInvocationLoggingConfigurationResponse{}, nil
}

// GetModelInvocationLoggingConfiguration tells how the account's calls in this region are logged. When they are not, the
// answer is an empty object.
func (s *Server) GetModelInvocationLoggingConfiguration(_ context.Context, c *awswire.Call, _ *api.GetModelInvocationLoggingConfigurationRequest) (*api.GetModelInvocationLoggingConfigurationResponse, error) {
	out := &api.GetModelInvocationLoggingConfigurationResponse{}
	if config, ok := s.logging.Config(c.Principal.Account, c.Region); ok {
		out.LoggingConfig = loggingAnswer(config)
	}
	return out, nil
}

// DeleteModelInvocationLoggingConfiguration ends the logging of the account's calls in this region.
func (s *Server) DeleteModelInvocationLoggingConfiguration(ctx context.Context, c *awswire.Call, _ *api.DeleteModelInvocationLoggingConfigurationRequest) (*api.DeleteModelInvocationLoggingConfigurationResponse, error) {
	if err := s.logging.Delete(ctx, c.Principal.Account, c.Region); err != nil {
		return nil, err
	}
	return &api.DeleteModelInvocationLoggingConfigurationResponse{}, nil
}

func loggingOf(in *api.LoggingConfig) invocationlog.Config {
	out := invocationlog.Config{
		S3:   bucketOf(in.S3Config),
		Text: isTrue(in.TextDataDeliveryEnabled), Image: isTrue(in.ImageDataDeliveryEnabled),
		Embedding: isTrue(in.EmbeddingDataDeliveryEnabled), Video: isTrue(in.VideoDataDeliveryEnabled), Audio: isTrue(in.AudioDataDeliveryEnabled),
	}
	if g := in.CloudWatchConfig; g != nil {
		out.CloudWatch = &invocationlog.LogGroup{Name: g.LogGroupName, RoleARN: g.RoleARN, Large: bucketOf(g.LargeDataDeliveryS3Config)}
	}
	return out
}

func bucketOf(in *api.S3Config) *invocationlog.Bucket {
	if in == nil {
		return nil
	}
	b := &invocationlog.Bucket{Name: in.BucketName}
	if in.KeyPrefix != nil {
		b.KeyPrefix = *in.KeyPrefix
	}
	return b
}

func isTrue(b *bool) bool { return b != nil && *b }

func loggingAnswer(c invocationlog.Config) *api.LoggingConfig {
	out := &api.LoggingConfig{
		S3Config:                bucketAnswer(c.S3),
		TextDataDeliveryEnabled: &c.Text, ImageDataDeliveryEnabled: &c.Image, EmbeddingDataDeliveryEnabled: &c.Embedding,
		VideoDataDeliveryEnabled: &c.Video, AudioDataDeliveryEnabled: &c.Audio,
	}
	if g := c.CloudWatch; g != nil {
		out.CloudWatchConfig = &api.CloudWatchConfig{LogGroupName: g.Name, RoleARN: g.RoleARN, LargeDataDeliveryS3Config: bucketAnswer(g.Large)}
	}
	return out
}

func bucketAnswer(b *invocationlog.Bucket) *api.S3Config {
	if b == nil {
		return nil
	}
	out := &api.S3Config{BucketName: b.Name}
	if b.KeyPrefix != "" {
		out.KeyPrefix = &b.KeyPrefix
	}
	return out
}
