package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

// The worlds of testdata are small enough to judge by hand, and the apiserver would admit them.
func TestWorlds(t *testing.T) {
	worlds, err := os.ReadFile("testdata/worlds.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/answers.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	// Twice in one process: a world must leave nothing behind.
	var got bytes.Buffer
	if err := run(bytes.NewReader(append(worlds, worlds...)), &got, true); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(want)+string(want), "\n")
	for i, line := range strings.Split(got.String(), "\n") {
		if line != lines[i] {
			t.Errorf("line %d\n got %s\nwant %s", i+1, line, lines[i])
		}
	}
	if got.Len() != 2*len(want) {
		t.Errorf("%d bytes, not %d", got.Len(), 2*len(want))
	}
}

func TestBadInput(t *testing.T) {
	const pod = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": []}}`
	for name, test := range map[string]struct{ line, want string }{
		"no JSON":        {`{`, "unexpected end"},
		"unknown field":  {`{"id": "w", "objects": [], "asked": []}`, `world "w"`},
		"not there":      {`{"id": "w", "objects": [], "ask": ["n/p"]}`, `asked pod "n/p" is not there`},
		"twice":          {`{"id": "w", "objects": [` + pod + `,` + pod + `]}`, "twice"},
		"no namespace":   {`{"id": "w", "objects": [` + strings.Replace(pod, `, "namespace": "n"`, "", 1) + `]}`, "namespaced"},
		"no name":        {`{"id": "w", "objects": [{"apiVersion": "v1", "kind": "Pod", "metadata": {}}]}`, "no name"},
		"letter case":    {`{"id": "w", "objects": [` + strings.Replace(pod, "containers", "Containers", 1) + `]}`, "Containers"},
		"not admissible": {`{"id": "w", "objects": [` + strings.Replace(pod, `"n"`, `"n", "uid": "u"`, 1) + `]}`, "spec.containers"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(strings.NewReader(test.line), io.Discard, true)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want something with %q", err, test.want)
			}
		})
	}
}

// Kinds that no plugin here reads are passed over, whatever is in them.
func TestOtherKinds(t *testing.T) {
	var got bytes.Buffer
	line := `{"id": "w", "objects": [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"}, "any": 1}], "ask": []}`
	if err := run(strings.NewReader(line), &got, true); err != nil || got.String() != "{\"id\":\"w\",\"verdicts\":{}}\n" {
		t.Errorf("%v %s", err, got.String())
	}
}
