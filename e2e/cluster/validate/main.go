// Says what Argo Workflows itself thinks of Workflows: reads YAML or JSON files (without arguments: standard input) with one
// version's own types, unknown fields refused, and calls that version's own validate.ValidateWorkflow, as its controller does
// before it runs one. One line for each Workflow: file, number in the file, "ok" or what is wrong. Exit code 1 when any is
// wrong, 2 when something cannot be read. Built once for each version: go build -modfile=argo-3.5.mod -tags argo35 (or 3.7).
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func main() {
	files := os.Args[1:]
	if len(files) == 0 {
		files = []string{"-"}
	}
	status := 0
	for _, file := range files {
		status = max(status, check(file))
	}
	os.Exit(status)
}

func check(file string) int {
	reader := io.ReadCloser(os.Stdin)
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		reader = opened
	}
	defer reader.Close()
	documents := utilyaml.NewDocumentDecoder(reader)
	defer documents.Close()
	status, found := 0, 0
	for {
		document, err := next(documents)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			return 2
		}
		var kind struct {
			Kind string `json:"kind"`
		}
		if err := yaml.Unmarshal(document, &kind); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			return 2
		}
		// Claims and ConfigMaps stand before the Workflow.
		if kind.Kind != "Workflow" {
			continue
		}
		found++
		said := "ok"
		if err := judge(document); err != nil {
			said, status = strings.ReplaceAll(err.Error(), "\n", " "), 1
		}
		fmt.Printf("%s\t%d\t%s\n", file, found, said)
	}
	if found == 0 {
		fmt.Fprintf(os.Stderr, "%s: no Workflow inside\n", file)
		return 2
	}
	return status
}

// The decoder gives a long document in pieces.
func next(documents io.Reader) ([]byte, error) {
	var document []byte
	buffer := make([]byte, 1<<20)
	for {
		size, err := documents.Read(buffer)
		document = append(document, buffer[:size]...)
		if !errors.Is(err, io.ErrShortBuffer) {
			return document, err
		}
	}
}

func judge(document []byte) error {
	var workflow wfv1.Workflow
	if err := yaml.UnmarshalStrict(document, &workflow); err != nil {
		return err
	}
	return valid(&workflow)
}
