//! One module by itself, for those who write it: what it is, what it answers, what that costs.

use crate::directory;
use crate::log::Log;
use crate::member::Member;
use crate::probe;
use crate::set::Set;
use crate::trial::{Asked, Trial};
use crate::wasm::{Guest, Limits, Module, Refusal, Unfit};
use crate::zones::Zones;
use decide::world::World;
use policy_sdk::records::Property;
use std::sync::Arc;

#[derive(Debug)]
pub struct Specimen {
    guest: Guest,
}

/// What a module says of itself, and what can be seen of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct About {
    pub name: String,
    pub version: String,
    pub hooks: Vec<&'static str>,
    pub bytes: usize,
    /// More than leaves room for a second one in its ConfigMap.
    pub large: bool,
    pub digest: String,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    /// `settings-schema`, `license` and the like, as the policy gives them.
    pub properties: Vec<(String, String)>,
}

/// Why a module cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    Refused(Refusal),
    /// All that is wrong with the settings, a line each.
    Settings(Vec<String>),
}

impl Specimen {
    /// `settings`: YAML, as it would stand in `policies.yaml`.
    ///
    /// # Errors
    ///
    /// Where the module is no policy, or does not take the settings.
    pub fn load(bytes: &[u8], settings: Option<&str>) -> Result<Specimen, Unusable> {
        let module = Module::of(bytes).map_err(Unusable::Refused)?;
        let settings =
            directory::settings(settings.unwrap_or_default()).map_err(|it| Unusable::Settings(vec![it]))?;
        let guest = Guest::start(Arc::new(module), &settings, Limits::default(), &Zones, &Log::default());
        match guest {
            Ok(guest) => Ok(Specimen { guest }),
            Err(Unfit::Refused(refusal)) => Err(Unusable::Refused(refusal)),
            Err(Unfit::Settings(found)) => {
                Err(Unusable::Settings(found.iter().map(directory::place).collect()))
            }
        }
    }

    #[must_use]
    pub fn about(&self) -> About {
        let (module, metadata) = (&self.guest.module, &self.guest.metadata);
        // A package without a licence, say, has an empty one.
        let given = metadata.more.iter().filter(|it| !it.value.is_empty());
        let property = |it: &Property| (it.key.clone(), it.value.clone());
        About {
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            hooks: module.hooks(),
            bytes: module.bytes,
            large: module.is_large(),
            digest: module.digest.clone(),
            imports: module.surface.imports.clone(),
            exports: module.surface.exports.clone(),
            properties: given.map(property).collect(),
        }
    }

    /// A set in which it is the only one.
    #[must_use]
    pub fn alone(self) -> Set {
        Set::of(vec![Member::alone(self.guest)])
    }

    /// Every hook that it has, about a whole world with nothing decided yet.
    #[must_use]
    pub fn ask(&self, world: &World) -> Vec<Asked> {
        Trial(&self.guest).ask(world)
    }

    /// One hook of those that [`ask`](Self::ask) asks, by its place among them, inside `around`: to
    /// measure it without the questions that are prepared for it.
    pub fn ask_timed(
        &self,
        world: &World,
        hook: usize,
        around: impl FnOnce(&mut dyn FnMut()),
    ) -> Option<Asked> {
        Trial(&self.guest).ask_timed(world, hook, around)
    }

    /// An instance as each call has one of its own, and nothing asked of it: to measure that.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn instantiate(&self) -> Result<(), String> {
        self.guest.instantiate().map_err(|it| format!("{it:#}"))
    }

    /// The last stage before it is trusted, where `nodes` is the size of the cluster that it is for.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn probe(&self, nodes: usize) -> Result<(), String> {
        probe::probe(&self.guest, &probe::worlds(nodes))
    }
}
