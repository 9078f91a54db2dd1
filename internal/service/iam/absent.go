package iam

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
)

// Nobody has passwords, MFA devices, certificates, SSH keys or instance profiles here. Who tidies up before it deletes a
// user or a role, as Terraform does, asks for them all the same.

// owner checks that the user exists whom an operation names, or who calls.
func (s *Server) owner(ctx context.Context, c *awswire.Call, user *string) (string, error) {
	name, err := callerName(c, user)
	if err != nil {
		return "", err
	}
	_, _, err = s.user(ctx, c, name)
	return name, err
}

// lacks is the error of what a user does not have.
func (s *Server) lacks(ctx context.Context, c *awswire.Call, user *string, format string, args ...any) error {
	if _, err := s.owner(ctx, c, user); err != nil {
		return err
	}
	return noSuchEntity(format, args...)
}

// GetLoginProfile implements api.Server.
func (s *Server) GetLoginProfile(ctx context.Context, c *awswire.Call, in *api.GetLoginProfileRequest) (*api.GetLoginProfileResponse, error) {
	name, err := s.owner(ctx, c, in.UserName)
	if err != nil {
		return nil, err
	}
	return nil, noSuchEntity("Login Profile for User %s cannot be found.", name)
}

// DeleteLoginProfile implements api.Server.
func (s *Server) DeleteLoginProfile(ctx context.Context, c *awswire.Call, in *api.DeleteLoginProfileRequest) error {
	name, err := s.owner(ctx, c, in.UserName)
	if err != nil {
		return err
	}
	return noSuchEntity("Login Profile for User %s cannot be found.", name)
}

// ListMFADevices implements api.Server.
func (s *Server) ListMFADevices(ctx context.Context, c *awswire.Call, in *api.ListMFADevicesRequest) (*api.ListMFADevicesResponse, error) {
	_, err := s.owner(ctx, c, in.UserName)
	return &api.ListMFADevicesResponse{MFADevices: []api.MFADevice{}, IsTruncated: new(false)}, err
}

// DeactivateMFADevice implements api.Server.
func (s *Server) DeactivateMFADevice(ctx context.Context, c *awswire.Call, in *api.DeactivateMFADeviceRequest) error {
	return s.lacks(ctx, c, in.UserName, "MFA Device with serial number %s does not exist.", in.SerialNumber)
}

// ListVirtualMFADevices implements api.Server.
func (s *Server) ListVirtualMFADevices(context.Context, *awswire.Call, *api.ListVirtualMFADevicesRequest) (*api.ListVirtualMFADevicesResponse, error) {
	return &api.ListVirtualMFADevicesResponse{VirtualMFADevices: []api.VirtualMFADevice{}, IsTruncated: new(false)}, nil
}

// DeleteVirtualMFADevice implements api.Server.
func (s *Server) DeleteVirtualMFADevice(_ context.Context, _ *awswire.Call, in *api.DeleteVirtualMFADeviceRequest) error {
	return noSuchEntity("VirtualMFADevice with serial number %s doesn't exist.", in.SerialNumber)
}

// ListSigningCertificates implements api.Server.
func (s *Server) ListSigningCertificates(ctx context.Context, c *awswire.Call, in *api.ListSigningCertificatesRequest) (*api.ListSigningCertificatesResponse, error) {
	_, err := s.owner(ctx, c, in.UserName)
	return &api.ListSigningCertificatesResponse{Certificates: []api.SigningCertificate{}, IsTruncated: new(false)}, err
}

// DeleteSigningCertificate implements api.Server.
func (s *Server) DeleteSigningCertificate(ctx context.Context, c *awswire.Call, in *api.DeleteSigningCertificateRequest) error {
	return s.lacks(ctx, c, in.UserName, "The Certificate with id %s cannot be found.", in.CertificateID)
}

// ListSSHPublicKeys implements api.Server.
func (s *Server) ListSSHPublicKeys(ctx context.Context, c *awswire.Call, in *api.ListSSHPublicKeysRequest) (*api.ListSSHPublicKeysResponse, error) {
	_, err := s.owner(ctx, c, in.UserName)
	return &api.ListSSHPublicKeysResponse{SSHPublicKeys: []api.SSHPublicKeyMetadata{}, IsTruncated: new(false)}, err
}

// DeleteSSHPublicKey implements api.Server.
func (s *Server) DeleteSSHPublicKey(ctx context.Context, c *awswire.Call, in *api.DeleteSSHPublicKeyRequest) error {
	return s.lacks(ctx, c, &in.UserName, "The Public Key with id %s cannot be found.", in.SSHPublicKeyID)
}

// ListInstanceProfilesForRole implements api.Server.
func (s *Server) ListInstanceProfilesForRole(ctx context.Context, c *awswire.Call, in *api.ListInstanceProfilesForRoleRequest) (*api.ListInstanceProfilesForRoleResponse, error) {
	_, _, err := s.role(ctx, c, in.RoleName)
	return &api.ListInstanceProfilesForRoleResponse{InstanceProfiles: []api.InstanceProfile{}, IsTruncated: new(false)}, err
}

// RemoveRoleFromInstanceProfile implements api.Server.
func (s *Server) RemoveRoleFromInstanceProfile(_ context.Context, _ *awswire.Call, in *api.RemoveRoleFromInstanceProfileRequest) error {
	return noSuchEntity("Instance Profile %s cannot be found.", in.InstanceProfileName)
}
