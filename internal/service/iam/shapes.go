package iam

import (
	"net/url"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
)

// escaped is a policy as answers carry it: percent-encoded, of what RFC 3986 reserves everything.
func escaped(text string) *string {
	return new(strings.ReplaceAll(url.QueryEscape(text), "+", "%20"))
}

// orNil is a text, absent when it is empty.
func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// userShape is a user as lists have it: without tags and boundary.
func userShape(u *directory.User) api.User {
	return api.User{Path: u.Path, UserName: u.Name, UserID: u.ID, ARN: u.ARN(), CreateDate: u.Created}
}

// wholeUser is a user as its own answers have it.
func wholeUser(u *directory.User) *api.User {
	out := userShape(u)
	out.PermissionsBoundary, out.Tags = boundaryShape(u.Boundary), someTags(u.Tags)
	return &out
}

func groupShape(g *directory.Group) api.Group {
	return api.Group{Path: g.Path, GroupName: g.Name, GroupID: g.ID, ARN: g.ARN(), CreateDate: g.Created}
}

// roleShape is a role as lists have it.
func roleShape(r *directory.Role) api.Role {
	return api.Role{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: r.ARN(), CreateDate: r.Created,
		AssumeRolePolicyDocument: escaped(r.Trust.Text()), Description: orNil(r.Description),
		MaxSessionDuration: new(int(r.MaxSession.Seconds())),
	}
}

// wholeRole is a role as its own answers have it.
func (s *Server) wholeRole(r *directory.Role) *api.Role {
	out := roleShape(r)
	out.PermissionsBoundary, out.Tags = boundaryShape(r.Boundary), someTags(r.Tags)
	out.RoleLastUsed = s.roleLastUsed(r)
	return &out
}

func (s *Server) roleLastUsed(r *directory.Role) *api.RoleLastUsed {
	out := &api.RoleLastUsed{}
	if use, ok := s.uses.LastUse(r.ID); ok {
		out.LastUsedDate, out.Region = use.At, new(string(use.Region))
	}
	return out
}

func boundaryShape(arn string) *api.AttachedPermissionsBoundary {
	if arn == "" {
		return nil
	}
	return &api.AttachedPermissionsBoundary{
		PermissionsBoundaryType: new(api.PermissionsBoundaryAttachmentTypePermissionsBoundaryPolicy), PermissionsBoundaryARN: &arn,
	}
}

// tagShapes are tags, an empty list when there are none.
func tagShapes(tags identity.Tags) []api.Tag {
	return mapped(tags, func(t identity.Tag) api.Tag { return api.Tag{Key: t.Key, Value: t.Value} })
}

// someTags are tags, absent when there are none.
func someTags(tags identity.Tags) []api.Tag {
	if len(tags) == 0 {
		return nil
	}
	return tagShapes(tags)
}

func versionShape(p *directory.ManagedPolicy, v *directory.Version) api.PolicyVersion {
	return api.PolicyVersion{VersionID: &v.ID, IsDefaultVersion: new(v.ID == p.Default), CreateDate: v.Created}
}
