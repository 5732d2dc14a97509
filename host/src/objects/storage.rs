//! Claims, volumes, storage classes and what can be attached where.

use super::meta::{Meta, Object, labels, named};
use super::select::NodeTerms;
use super::wire::{Count, List, Text, wire};
use super::{Fault, Reader};
use decide::build::Builder;
use decide::time::Time;
use decide::world::{Attachment, Claim, CsiNode, Name, StorageClass, Volume};
use serde::de::IgnoredAny;
use std::cmp::Reverse;

/// The older way to name a class; where it is there it counts.
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const DEFAULT_CLASS: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

named!(WireClaim, WireVolume, WireClass, WireCsiNode, WireAttachment);

wire! {
    pub struct WireClaim<'a> {
        metadata: Meta<'a>,
        spec: ClaimSpec<'a>,
    }
}

wire! {
    struct ClaimSpec<'a> {
        volume_name "volumeName": Text<'a>,
        storage_class_name "storageClassName": Option<Text<'a>>,
        access_modes "accessModes": List<Text<'a>>,
    }
}

impl<'a> Object<'a> for WireClaim<'a> {
    /// StorageClasses come first, so that the default is known.
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WireClaim { metadata, spec } = &self;
        let builder = &mut reader.builder;
        let default = reader.default_class.as_ref().filter(|_| spec.volume_name.is_empty());
        let named = metadata.annotation(CLASS).or(spec.storage_class_name.as_deref());
        let class = match (named, default) {
            (Some(named), _) => builder.name(named),
            (None, Some((_, default))) => default.0.clone(),
            (None, None) => builder.name(""),
        };
        let claim = Claim {
            namespace: builder.name(&metadata.namespace()),
            name: builder.name(&metadata.name),
            volume: builder.name(&spec.volume_name),
            class,
            deleting: metadata.deletion_timestamp.is_some(),
            one_pod: spec.access_modes.iter().any(|it| &**it == "ReadWriteOncePod"),
        };
        builder.claim(claim);
        Ok(())
    }
}

wire! {
    pub struct WireVolume<'a> {
        metadata: Meta<'a>,
        spec: VolumeSpec<'a>,
    }
}

wire! {
    struct VolumeSpec<'a> {
        local: Option<IgnoredAny>,
        host_path "hostPath": Option<IgnoredAny>,
        csi: CsiSource<'a>,
        node_affinity "nodeAffinity": VolumeAffinity<'a>,
    }
}

wire! {
    struct CsiSource<'a> {
        driver: Text<'a>,
        volume_handle "volumeHandle": Text<'a>,
    }
}

wire! {
    struct VolumeAffinity<'a> {
        required: Option<NodeTerms<'a>>,
    }
}

impl<'a> Object<'a> for WireVolume<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        let WireVolume { metadata, spec } = &self;
        let volume = Volume {
            name: builder.name(&metadata.name),
            labels: labels(&metadata.labels, builder),
            local: spec.local.is_some() || spec.host_path.is_some(),
            affinity: spec.node_affinity.required.as_ref().map(|it| it.read(builder)),
            csi_driver: builder.name(&spec.csi.driver),
            csi_handle: builder.name(&spec.csi.volume_handle),
        };
        builder.volume(volume);
        Ok(())
    }
}

wire! {
    pub struct WireClass<'a> {
        metadata: Meta<'a>,
        provisioner: Text<'a>,
        volume_binding_mode "volumeBindingMode": Text<'a>,
        allowed_topologies "allowedTopologies": List<Topology<'a>>,
    }
}

wire! {
    struct Topology<'a> {
        match_label_expressions "matchLabelExpressions": List<TopologyExpression<'a>>,
    }
}

wire! {
    struct TopologyExpression<'a> {
        key: Text<'a>,
        values: List<Text<'a>>,
    }
}

/// The class that claims without one get: of several defaults the newest, then the first by name.
pub type DefaultClass = (Time, Reverse<Name>);

impl<'a> Object<'a> for WireClass<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let WireClass { metadata, .. } = &self;
        let builder = &mut reader.builder;
        let default = DEFAULT_CLASS.iter().any(|it| metadata.annotation(it) == Some("true"));
        let name = builder.name(&metadata.name);
        if default {
            let this = (metadata.created(reader.now), Reverse(name.clone()));
            reader.default_class = reader.default_class.take().max(Some(this));
        }
        let mut expressions = |it: &Topology<'_>| -> Vec<(Name, Vec<Name>)> {
            let mut named = |it: &Text<'_>| builder.name(it);
            it.match_label_expressions
                .iter()
                .map(|it| (named(&it.key), it.values.iter().map(&mut named).collect()))
                .collect()
        };
        let allowed = self.allowed_topologies.iter().map(&mut expressions).collect();
        let class = StorageClass {
            name,
            provisioner: builder.name(&self.provisioner),
            waits_for_consumer: &*self.volume_binding_mode == "WaitForFirstConsumer",
            allowed,
            default,
        };
        builder.class(class);
        Ok(())
    }
}

wire! {
    pub struct WireCsiNode<'a> {
        metadata: Meta<'a>,
        spec: CsiNodeSpec<'a>,
    }
}

wire! {
    struct CsiNodeSpec<'a> {
        drivers: List<Driver<'a>>,
    }
}

wire! {
    struct Driver<'a> {
        name: Text<'a>,
        allocatable: DriverRoom,
    }
}

wire! {
    struct DriverRoom {
        count: Option<Count>,
    }
}

impl<'a> Object<'a> for WireCsiNode<'a> {
    /// A driver that names no number has no limit.
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        let limit = |it: &Driver<'_>, builder: &mut Builder| {
            it.allocatable.count.map(|count| (builder.name(&it.name), count.u32()))
        };
        let mut limits: Vec<_> = self.spec.drivers.iter().filter_map(|it| limit(it, builder)).collect();
        limits.sort();
        let name = builder.name(&self.metadata.name);
        builder.csi_node(CsiNode { name, limits });
        Ok(())
    }
}

wire! {
    /// VolumeAttachment.
    pub struct WireAttachment<'a> {
        metadata: Meta<'a>,
        spec: AttachmentSpec<'a>,
    }
}

wire! {
    struct AttachmentSpec<'a> {
        attacher: Text<'a>,
        node_name "nodeName": Text<'a>,
        source: AttachmentSource<'a>,
    }
}

wire! {
    struct AttachmentSource<'a> {
        persistent_volume_name "persistentVolumeName": Text<'a>,
    }
}

impl<'a> Object<'a> for WireAttachment<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let builder = &mut reader.builder;
        let WireAttachment { metadata, spec } = &self;
        let attachment = Attachment {
            node: builder.name(&spec.node_name),
            volume: builder.name(&spec.source.persistent_volume_name),
            name: builder.name(&metadata.name),
            driver: builder.name(&spec.attacher),
        };
        builder.attachment(attachment);
        Ok(())
    }
}
