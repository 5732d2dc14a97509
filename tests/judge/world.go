package main

import (
	"encoding/json"
	"errors"
	"fmt"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	kjson "sigs.k8s.io/json"
)

// world is one line of input, with the kinds that the plugins look at taken apart.
type world struct {
	ID  string
	Ask []string

	nodes       []*v1.Node
	pods        []*v1.Pod
	namespaces  []any
	claims      []any
	volumes     []any
	classes     []any
	csiNodes    []any
	attachments []any
	// Every object of a kind above, in the order of the input.
	known []any

	byName map[string]*v1.Pod
}

// parseWorld reads a line. The id is returned as far as it could be read, errors or not.
func parseWorld(line []byte) (*world, string, error) {
	var raw struct {
		ID      string            `json:"id"`
		Objects []json.RawMessage `json:"objects"`
		Ask     []string          `json:"ask"`
	}
	if err := strict(line, &raw); err != nil {
		return nil, raw.ID, err
	}
	w := &world{ID: raw.ID, Ask: raw.Ask, byName: map[string]*v1.Pod{}}
	seen := map[string]bool{}
	for i, text := range raw.Objects {
		var kind struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Metadata   struct {
				Namespace string `json:"namespace"`
				Name      string `json:"name"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal(text, &kind); err != nil {
			return nil, raw.ID, fmt.Errorf("object %d: %w", i, err)
		}
		name := kind.Kind + " " + kind.Metadata.Namespace + "/" + kind.Metadata.Name
		if kind.Metadata.Name == "" {
			return nil, raw.ID, fmt.Errorf("object %d: %s has no name", i, kind.Kind)
		}
		namespaced, err := w.add(kind.APIVersion+" "+kind.Kind, text)
		if err != nil {
			return nil, raw.ID, fmt.Errorf("%s: %w", name, err)
		}
		if namespaced != nil && *namespaced != (kind.Metadata.Namespace != "") {
			return nil, raw.ID, fmt.Errorf("%s: namespaced: %t", name, *namespaced)
		}
		if key := kind.APIVersion + " " + name; seen[key] {
			return nil, raw.ID, fmt.Errorf("%s is there twice", name)
		} else {
			seen[key] = true
		}
	}
	for _, pod := range w.pods {
		w.byName[pod.Namespace+"/"+pod.Name] = pod
	}
	for _, name := range w.Ask {
		if w.byName[name] == nil {
			return nil, raw.ID, fmt.Errorf("asked pod %q is not there", name)
		}
	}
	return w, raw.ID, nil
}

// add reads one object; the answer is whether its kind lives in a namespace, nil for kinds that nobody here reads.
func (w *world) add(kind string, text []byte) (*bool, error) {
	yes, no := true, false
	switch kind {
	case "v1 Node":
		node, err := object[v1.Node](w, text)
		w.nodes = append(w.nodes, node)
		return &no, err
	case "v1 Pod":
		pod, err := object[v1.Pod](w, text)
		w.pods = append(w.pods, pod)
		return &yes, err
	case "v1 Namespace":
		namespace, err := object[v1.Namespace](w, text)
		w.namespaces = append(w.namespaces, namespace)
		return &no, err
	case "v1 PersistentVolumeClaim":
		claim, err := object[v1.PersistentVolumeClaim](w, text)
		w.claims = append(w.claims, claim)
		return &yes, err
	case "v1 PersistentVolume":
		volume, err := object[v1.PersistentVolume](w, text)
		w.volumes = append(w.volumes, volume)
		return &no, err
	case "storage.k8s.io/v1 StorageClass":
		class, err := object[storagev1.StorageClass](w, text)
		w.classes = append(w.classes, class)
		return &no, err
	case "storage.k8s.io/v1 CSINode":
		node, err := object[storagev1.CSINode](w, text)
		w.csiNodes = append(w.csiNodes, node)
		return &no, err
	case "storage.k8s.io/v1 VolumeAttachment":
		attachment, err := object[storagev1.VolumeAttachment](w, text)
		w.attachments = append(w.attachments, attachment)
		return &no, err
	default:
		return nil, nil
	}
}

func object[T any](w *world, text []byte) (*T, error) {
	o := new(T)
	if err := strict(text, o); err != nil {
		return nil, err
	}
	w.known = append(w.known, o)
	return o, nil
}

// strict reads as the apiserver does with fieldValidation Strict: letter case counts, unknown and doubled fields are errors.
func strict(text []byte, into any) error {
	warnings, err := kjson.UnmarshalStrict(text, into)
	if err != nil {
		return err
	}
	return errors.Join(warnings...)
}
