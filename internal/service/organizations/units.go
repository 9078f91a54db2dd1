package organizations

import (
	"context"
	"slices"

	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// CreateOrganizationalUnit makes a unit in another or in the root.
func (s *Server) CreateOrganizationalUnit(ctx context.Context, c *awswire.Call, in *api.CreateOrganizationalUnitRequest) (*api.CreateOrganizationalUnitResponse, error) {
	var made *directory.Unit
	v, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		if err := v.checkNewUnit(in); err != nil {
			return nil, err
		}
		tags, err := merge(nil, in.Tags)
		if err != nil {
			return nil, err
		}
		made = &directory.Unit{ID: unitID(v.org.Root), Name: in.Name, Parent: in.ParentID, Created: moment(c), Tags: tags}
		return append(v.fullAccess(made.ID), directory.Put(made)), nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateOrganizationalUnitResponse{OrganizationalUnit: new(v.unit(made))}, nil
}

func (v view) checkNewUnit(in *api.CreateOrganizationalUnitRequest) error {
	switch {
	case !v.isParent(in.ParentID):
		return noParent()
	case len(v.Units()) >= maxUnits:
		return violation(api.ConstraintViolationExceptionReasonOuNumberLimitExceeded, "An organization can have %d organizational units at most.", maxUnits)
	case v.depth(in.ParentID) >= maxDepth:
		return violation(api.ConstraintViolationExceptionReasonOuDepthLimitExceeded, "Organizational units can stand %d levels deep below the root at most.", maxDepth)
	}
	return v.checkUnitName(in.ParentID, in.Name)
}

func (v view) checkUnitName(parent, name string) error {
	if slices.ContainsFunc(v.unitsIn(parent), func(u *directory.Unit) bool { return u.Name == name }) {
		return conflict(api.DuplicateOrganizationalUnitException, "An OU with the same name already exists.")
	}
	return nil
}

// DescribeOrganizationalUnit answers with one unit.
func (s *Server) DescribeOrganizationalUnit(ctx context.Context, c *awswire.Call, in *api.DescribeOrganizationalUnitRequest) (*api.DescribeOrganizationalUnitResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	u, ok := v.Unit(in.OrganizationalUnitID)
	if !ok {
		return nil, noUnit()
	}
	return &api.DescribeOrganizationalUnitResponse{OrganizationalUnit: new(v.unit(u))}, nil
}

// UpdateOrganizationalUnit renames a unit.
func (s *Server) UpdateOrganizationalUnit(ctx context.Context, c *awswire.Call, in *api.UpdateOrganizationalUnitRequest) (*api.UpdateOrganizationalUnitResponse, error) {
	var next directory.Unit
	v, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		u, ok := v.Unit(in.OrganizationalUnitID)
		if !ok {
			return nil, noUnit()
		}
		next = *u
		if in.Name == nil || *in.Name == u.Name {
			return nil, nil
		}
		next.Name = *in.Name
		if err := v.checkUnitName(u.Parent, next.Name); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Put(&next)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateOrganizationalUnitResponse{OrganizationalUnit: new(v.unit(&next))}, nil
}

// DeleteOrganizationalUnit deletes a unit that nothing is in, and detaches its policies.
func (s *Server) DeleteOrganizationalUnit(ctx context.Context, c *awswire.Call, in *api.DeleteOrganizationalUnitRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		u, ok := v.Unit(in.OrganizationalUnitID)
		if !ok {
			return nil, noUnit()
		}
		if len(v.unitsIn(u.ID)) > 0 || len(v.accountsIn(u.ID)) > 0 {
			return nil, conflict(api.OrganizationalUnitNotEmptyException, "The organizational unit that you specified is not empty.")
		}
		changes := []directory.Change{directory.Delete(u)}
		for _, p := range v.attachedTo(u.ID) {
			changes = append(changes, retarget(p, without(p.Targets, u.ID)))
		}
		return changes, nil
	})
	return err
}

// ListOrganizationalUnitsForParent answers with the units directly in a unit or root.
func (s *Server) ListOrganizationalUnitsForParent(ctx context.Context, c *awswire.Call, in *api.ListOrganizationalUnitsForParentRequest) (*api.ListOrganizationalUnitsForParentResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	if !v.isParent(in.ParentID) {
		return nil, noParent()
	}
	units, next, err := page("ListOrganizationalUnitsForParent "+in.ParentID, v.unitsIn(in.ParentID), unitAge, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListOrganizationalUnitsForParentResponse{OrganizationalUnits: forms(units, v.unit), NextToken: next}, nil
}
