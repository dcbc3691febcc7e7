//go:build argo35

package main

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/validate"
)

func valid(workflow *wfv1.Workflow) error {
	return validate.ValidateWorkflow(nil, nil, workflow, validate.ValidateOpts{})
}
