package main

import (
	"errors"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/storage"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	storagevalidation "k8s.io/kubernetes/pkg/apis/storage/validation"
)

// admitted checks every object with the apiserver's own validation, and that what the apiserver would have
// filled in before it stored the object is there, as far as placement depends on it.
func admitted(w *world) error {
	uids := map[string]string{}
	for _, known := range w.known {
		meta := known.(metav1.Object)
		name := fmt.Sprintf("%T %s/%s", known, meta.GetNamespace(), meta.GetName())
		if other, there := uids[string(meta.GetUID())]; there || meta.GetUID() == "" {
			return fmt.Errorf("%s: uid %q is empty or that of %s", name, meta.GetUID(), other)
		}
		uids[string(meta.GetUID())] = name
		if err := admit(known.(runtime.Object)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func admit(stored runtime.Object) error {
	object := stored.DeepCopyObject()
	legacyscheme.Scheme.Default(object)
	if err := defaulted(stored, object); err != nil {
		return err
	}
	internal, err := legacyscheme.Scheme.ConvertToVersion(object, runtime.InternalGroupVersioner)
	if err != nil {
		return err
	}
	var list field.ErrorList
	switch o := internal.(type) {
	case *core.Node:
		list = corevalidation.ValidateNode(o)
	case *core.Pod:
		options := podutil.GetValidationOptionsFromPodSpecAndMeta(&o.Spec, nil, &o.ObjectMeta, nil)
		options.ResourceIsPod = true
		list = corevalidation.ValidatePodCreate(o, options)
	case *core.Namespace:
		list = corevalidation.ValidateNamespace(o)
	case *core.PersistentVolumeClaim:
		list = corevalidation.ValidatePersistentVolumeClaim(o, corevalidation.ValidationOptionsForPersistentVolumeClaimCreate())
	case *core.PersistentVolume:
		list = corevalidation.ValidatePersistentVolume(o, corevalidation.ValidationOptionsForPersistentVolume(o, nil))
	case *storage.StorageClass:
		list = storagevalidation.ValidateStorageClass(o)
	case *storage.CSINode:
		list = storagevalidation.ValidateCSINode(o)
	case *storage.VolumeAttachment:
		list = storagevalidation.ValidateVolumeAttachment(o)
	default:
		return fmt.Errorf("no validation for %T", o)
	}
	return list.ToAggregate()
}

// defaulted tells what the apiserver would have filled in.
func defaulted(stored, full runtime.Object) error {
	switch stored := stored.(type) {
	case *v1.Pod:
		full := full.(*v1.Pod)
		if !equality.Semantic.DeepEqual(stored.Spec.Resources, full.Spec.Resources) {
			return fmt.Errorf("spec.resources would be stored as %v", full.Spec.Resources)
		}
		for i := range stored.Spec.Containers {
			if err := sameContainer(&stored.Spec.Containers[i], &full.Spec.Containers[i]); err != nil {
				return err
			}
		}
		for i := range stored.Spec.InitContainers {
			if err := sameContainer(&stored.Spec.InitContainers[i], &full.Spec.InitContainers[i]); err != nil {
				return err
			}
		}
		return merged(stored)
	case *storagev1.StorageClass:
		if stored.VolumeBindingMode == nil {
			return errors.New("volumeBindingMode would be stored")
		}
	}
	return nil
}

func sameContainer(stored, full *v1.Container) error {
	if !equality.Semantic.DeepEqual(stored.Resources, full.Resources) {
		return fmt.Errorf("container %s: resources would be stored as %v", stored.Name, full.Resources)
	}
	for i := range stored.Ports {
		if stored.Ports[i].HostPort != full.Ports[i].HostPort {
			return fmt.Errorf("container %s: hostPort would be stored as %d", stored.Name, full.Ports[i].HostPort)
		}
	}
	return nil
}

// merged checks that matchLabelKeys and mismatchLabelKeys are in the selectors too, where the apiserver puts
// them when a pod is created (pkg/registry/core/pod/strategy.go, mutatePodAffinity and mutateTopologySpreadConstraints).
func merged(pod *v1.Pod) error {
	there := func(selector *metav1.LabelSelector, keys []string, operator metav1.LabelSelectorOperator) error {
		for _, key := range keys {
			value, has := pod.Labels[key]
			if has && selector != nil && !slices.ContainsFunc(selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool {
				return r.Key == key && r.Operator == operator && slices.Equal(r.Values, []string{value})
			}) {
				return fmt.Errorf("label key %s would be merged into the selector", key)
			}
		}
		return nil
	}
	var terms []v1.PodAffinityTerm
	if affinity := pod.Spec.Affinity; affinity != nil {
		if affinity.PodAffinity != nil {
			terms = append(terms, affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution...)
		}
		if affinity.PodAntiAffinity != nil {
			terms = append(terms, affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution...)
		}
	}
	for _, term := range terms {
		if err := errors.Join(
			there(term.LabelSelector, term.MatchLabelKeys, metav1.LabelSelectorOpIn),
			there(term.LabelSelector, term.MismatchLabelKeys, metav1.LabelSelectorOpNotIn),
		); err != nil {
			return err
		}
	}
	for _, constraint := range pod.Spec.TopologySpreadConstraints {
		if err := there(constraint.LabelSelector, constraint.MatchLabelKeys, metav1.LabelSelectorOpIn); err != nil {
			return err
		}
	}
	return nil
}
