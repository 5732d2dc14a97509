//! What every object has: a name, labels, owners.

use super::wire::{List, Long, Pairs, Text, When, wire};
use super::{Fault, Reader};
use decide::build::Builder;
use decide::marks::LAST_APPLIED;
use decide::select::Labels;
use decide::time::Time;
use decide::world::{Name, OwnerKind, OwnerRef};
use serde::Deserialize;

/// Where `kubectl` puts an object that names no namespace.
const DEFAULT_NAMESPACE: &str = "default";

wire! {
    pub struct Meta<'a> {
        pub name: Text<'a>,
        namespace: Text<'a>,
        pub uid: Text<'a>,
        pub generation: Long,
        pub labels: Pairs<'a>,
        pub annotations: Pairs<'a>,
        pub creation_timestamp "creationTimestamp": Option<When>,
        pub deletion_timestamp "deletionTimestamp": Option<When>,
        pub finalizers: List<Text<'a>>,
        pub owner_references "ownerReferences": List<OwnerReference<'a>>,
    }
}

wire! {
    pub struct OwnerReference<'a> {
        api_version "apiVersion": Text<'a>,
        kind: Text<'a>,
        name: Text<'a>,
        uid: Text<'a>,
        controller: bool,
    }
}

/// An object as the wire has it.
pub trait Named<'a>: Deserialize<'a> {
    fn meta(&self) -> &Meta<'a>;
}

/// One that says something about the world.
pub trait Object<'a>: Named<'a> {
    fn read(self, reader: &mut Reader<'a>) -> Result<(), Fault>;
}

/// For types that keep it in the field `metadata`.
macro_rules! named {
    ($($wire:ident),+) => {
        $(impl<'a> $crate::objects::meta::Named<'a> for $wire<'a> {
            fn meta(&self) -> &$crate::objects::meta::Meta<'a> {
                &self.metadata
            }
        })+
    };
}
pub(super) use named;

impl<'a> Meta<'a> {
    pub fn namespace(&self) -> Text<'a> {
        if self.namespace.is_empty() { Text(DEFAULT_NAMESPACE.into()) } else { self.namespace.clone() }
    }

    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(|it| &**it)
    }

    /// When it was made. An object that does not say counts as made now: as young as can be, which
    /// keeps what depends on its age.
    pub fn created(&self, now: Time) -> Time {
        self.creation_timestamp.map_or(now, |it| it.0)
    }

    /// The one owner that is responsible for it.
    pub fn controller(&self, builder: &mut Builder) -> Option<OwnerRef> {
        let owner = self.owner_references.iter().find(|it| it.controller)?;
        let api_group = owner.api_version.split_once('/').map_or("", |it| it.0);
        Some(OwnerRef {
            kind: OwnerKind::of(api_group, &owner.kind),
            kind_name: builder.name(&owner.kind),
            api_group: builder.name(api_group),
            name: builder.name(&owner.name),
            uid: builder.name(&owner.uid),
        })
    }

    pub fn labels(&self, builder: &mut Builder) -> Labels {
        labels(&self.labels, builder)
    }

    pub fn annotations(&self, builder: &mut Builder) -> Labels {
        let kept = self.annotations.0.iter().filter(|it| &*it.0 != LAST_APPLIED);
        Labels(kept.map(|(key, value)| (builder.name(key), builder.name(value))).collect())
    }
}

/// `Pairs` are by key already.
pub fn labels(pairs: &Pairs<'_>, builder: &mut Builder) -> Labels {
    Labels(pairs.0.iter().map(|(key, value)| (builder.name(key), builder.name(value))).collect())
}

/// A name that is worth nothing but itself.
pub fn name(text: &str) -> Name {
    text.into()
}
