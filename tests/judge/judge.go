package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/nodevolumelimits"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
)

// The order is the one of the default profile (pkg/scheduler/apis/config/v1/default_plugins.go).
var order = []string{
	names.NodeUnschedulable,
	names.NodeName,
	names.TaintToleration,
	names.NodeAffinity,
	names.NodePorts,
	names.NodeResourcesFit,
	names.VolumeRestrictions,
	names.NodeVolumeLimits,
	names.VolumeBinding,
	names.VolumeZone,
	names.PodTopologySpread,
	names.InterPodAffinity,
}

// These filter without a PreFilter.
var filterOnly = map[string]bool{
	names.NodeUnschedulable: true,
	names.NodeName:          true,
	names.TaintToleration:   true,
}

// judge holds one framework for all worlds. Its plugins read objects from the stores of informers that never
// run, and pods and nodes from the snapshot; both are exchanged for every world.
type judge struct {
	framework framework.Framework
	current   *current

	namespaces, claims, volumes, classes, csiNodes, attachments cache.Indexer
}

// current hands the plugins the snapshot that holds now: they keep the lister that they were built with.
type current struct{ *internalcache.Snapshot }

var _ fwk.SharedLister = &current{}

func newJudge(ctx context.Context) (*judge, error) {
	metrics.Register()
	// Nothing is ever asked of this client, it is only needed to build informers.
	client, err := kubernetes.NewForConfig(&rest.Config{Host: "127.0.0.1:1"})
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	core, storage := factory.Core().V1(), factory.Storage().V1()
	j := &judge{
		current:     &current{internalcache.NewEmptySnapshot()},
		namespaces:  core.Namespaces().Informer().GetIndexer(),
		claims:      core.PersistentVolumeClaims().Informer().GetIndexer(),
		volumes:     core.PersistentVolumes().Informer().GetIndexer(),
		classes:     storage.StorageClasses().Informer().GetIndexer(),
		csiNodes:    storage.CSINodes().Informer().GetIndexer(),
		attachments: storage.VolumeAttachments().Informer().GetIndexer(),
	}

	defaults, err := latest.Default()
	if err != nil {
		return nil, err
	}
	profile := defaults.Profiles[0]
	profile.Plugins = &config.Plugins{
		QueueSort: config.PluginSet{Enabled: []config.Plugin{{Name: names.PrioritySort}}},
		Bind:      config.PluginSet{Enabled: []config.Plugin{{Name: names.DefaultBinder}}},
	}
	for _, name := range order {
		plugin := config.Plugin{Name: name}
		profile.Plugins.Filter.Enabled = append(profile.Plugins.Filter.Enabled, plugin)
		if !filterOnly[name] {
			profile.Plugins.PreFilter.Enabled = append(profile.Plugins.PreFilter.Enabled, plugin)
		}
	}
	j.framework, err = frameworkruntime.NewFramework(ctx, plugins.NewInTreeRegistry(), &profile,
		frameworkruntime.WithClientSet(client),
		frameworkruntime.WithInformerFactory(factory),
		frameworkruntime.WithSnapshotSharedLister(j.current),
		frameworkruntime.WithSharedCSIManager(nodevolumelimits.NewCSIManager(storage.CSINodes().Lister())),
		frameworkruntime.WithParallelism(1),
	)
	return j, err
}

// line judges one world. Its id is returned as far as it could be read, errors or not.
func (j *judge) line(ctx context.Context, text []byte, validate bool) (string, map[string]map[string]string, error) {
	w, id, err := parseWorld(text)
	if err != nil {
		return id, nil, err
	}
	if validate {
		if err := admitted(w); err != nil {
			return id, nil, err
		}
	}
	for _, store := range []struct {
		indexer cache.Indexer
		objects []any
	}{
		{j.namespaces, w.namespaces},
		{j.claims, w.claims},
		{j.volumes, w.volumes},
		{j.classes, w.classes},
		{j.csiNodes, w.csiNodes},
		{j.attachments, w.attachments},
	} {
		if err := store.indexer.Replace(store.objects, ""); err != nil {
			return id, nil, err
		}
	}
	nodes := map[string]bool{}
	for _, node := range w.nodes {
		nodes[node.Name] = true
	}
	var bound []*v1.Pod
	for _, pod := range w.pods {
		over := pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed
		if !over && nodes[pod.Spec.NodeName] {
			bound = append(bound, pod)
		}
	}
	verdicts := make(map[string]map[string]string, len(w.Ask))
	for _, name := range w.Ask {
		if verdicts[name], err = j.pod(ctx, w.nodes, bound, w.byName[name]); err != nil {
			return id, nil, fmt.Errorf("pod %s: %w", name, err)
		}
	}
	return id, verdicts, nil
}

// pod judges one pod alone: the others where they are, itself new and unbound.
func (j *judge) pod(ctx context.Context, nodes []*v1.Node, bound []*v1.Pod, asked *v1.Pod) (map[string]string, error) {
	others := make([]*v1.Pod, 0, len(bound))
	for _, pod := range bound {
		if pod != asked {
			others = append(others, pod)
		}
	}
	j.current.Snapshot = internalcache.NewSnapshot(others, nodes)
	pod := asked.DeepCopy()
	pod.Spec.NodeName = ""

	state := framework.NewCycleState()
	result, status, _ := j.framework.RunPreFilterPlugins(ctx, state, pod)
	verdicts := make(map[string]string, len(nodes))
	for _, node := range nodes {
		if !status.IsSuccess() {
			verdicts[node.Name] = reason(status)
			continue
		}
		if !result.AllNodes() && !result.NodeNames.Has(node.Name) {
			// The only plugin that narrows the nodes down.
			verdicts[node.Name] = names.NodeAffinity + ": node(s) not named by the pod's node affinity"
			continue
		}
		info, err := j.current.NodeInfos().Get(node.Name)
		if err != nil {
			return nil, err
		}
		verdicts[node.Name] = reason(j.framework.RunFilterPlugins(ctx, state, pod, info))
	}
	return verdicts, nil
}

// reason is empty for success. A plugin's failure to answer is a refusal too: the pod stays pending.
func reason(status *fwk.Status) string {
	if status.IsSuccess() {
		return ""
	}
	plugin := status.Plugin()
	if plugin == "" {
		plugin = names.NodeAffinity
	}
	// Some plugins gather their reasons from a map.
	reasons := slices.Sorted(slices.Values(status.Reasons()))
	text := strings.Join(reasons, ", ")
	if status.Code() == fwk.Error {
		text = "error: " + text
	}
	return plugin + ": " + text
}
