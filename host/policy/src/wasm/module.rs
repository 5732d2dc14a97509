//! A module on its way from bytes to something that can be asked: read, compiled, linked.

use super::engine::{EPOCH_MILLIS, engine};
use super::imports::{self, Call};
use super::limits::{Guard, LIFTED_BYTES_MAX, Limits};
use super::read::{self, Surface};
use crate::stage::Stage;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::sync::LazyLock;
use wasmtime::Store;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

static LINKER: LazyLock<Linker<Call>> = LazyLock::new(|| {
    let mut linker = Linker::new(engine());
    imports::add(&mut linker).expect("the functions of the contract have different names");
    linker
});

/// Code that was compiled once and can be asked with any settings and limits.
pub(crate) struct Module {
    /// `sha256:` and 64 digits, of the bytes as they came.
    pub digest: String,
    pub bytes: usize,
    pub surface: Surface,
    pub exports: Exports,
    pre: InstancePre<Call>,
}

/// Where a hook is found in an instance; none where the policy has no such hook.
pub(crate) struct Exports {
    pub describe: ComponentExportIndex,
    pub configure: ComponentExportIndex,
    pub paces: Option<ComponentExportIndex>,
    pub veto: Option<ComponentExportIndex>,
    pub score: Option<ComponentExportIndex>,
}

/// Why a module cannot be used, and how far it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub stage: Stage,
    pub why: String,
}

/// Bytes that look like a policy.
pub(crate) struct Parsed<'b> {
    bytes: &'b [u8],
    surface: Surface,
}

/// Code that was compiled and may not fit the contract.
pub(crate) struct Compiled {
    digest: String,
    bytes: usize,
    surface: Surface,
    component: Component,
}

impl<'b> Parsed<'b> {
    /// # Errors
    ///
    /// What the bytes are instead of a policy.
    pub fn of(bytes: &'b [u8]) -> Result<Parsed<'b>, Refusal> {
        let surface = read::surface(bytes).map_err(|why| Refusal { stage: Stage::Parsed, why })?;
        Ok(Parsed { bytes, surface })
    }

    /// # Errors
    ///
    /// Where the compiler takes offence.
    pub fn compile(self) -> Result<Compiled, Refusal> {
        let Parsed { bytes, surface } = self;
        let component = Component::new(engine(), bytes).map_err(|it| Refusal {
            stage: Stage::Compiled,
            why: format!("it cannot be compiled: {it:#}"),
        })?;
        Ok(Compiled { digest: digest(bytes), bytes: bytes.len(), surface, component })
    }
}

impl Compiled {
    /// # Errors
    ///
    /// Where it wants or gives something else than the contract says.
    pub fn link(self) -> Result<Module, Refusal> {
        let Compiled { digest, bytes, surface, component } = self;
        let refusal = |why| Refusal { stage: Stage::Linked, why };
        let pre = LINKER
            .instantiate_pre(&component)
            .map_err(|it| refusal(format!("it does not fit the contract: {it:#}")))?;
        let exports = Exports::of(&component, &surface).map_err(refusal)?;
        Ok(Module { digest, bytes, surface, exports, pre })
    }
}

impl Module {
    /// # Errors
    ///
    /// What the bytes are instead of a policy.
    pub fn of(bytes: &[u8]) -> Result<Module, Refusal> {
        Parsed::of(bytes)?.compile()?.link()
    }

    /// A store with everything that limits a call, and nothing in it yet.
    pub(super) fn store(limits: &Limits, fuel: u64) -> Store<Call> {
        let mut store = Store::new(engine(), Call { guard: Guard::of(limits), last_error: None });
        store.limiter(|it| &mut it.guard);
        store.set_fuel(fuel).expect("the engine counts fuel");
        store.set_epoch_deadline(limits.millis.div_ceil(EPOCH_MILLIS) + 1);
        store.set_hostcall_fuel(LIFTED_BYTES_MAX);
        store
    }

    pub(super) fn pre(&self) -> &InstancePre<Call> {
        &self.pre
    }

    /// The hooks that it has, by name.
    pub fn hooks(&self) -> Vec<&'static str> {
        let has = [&self.exports.paces, &self.exports.veto, &self.exports.score];
        read::HOOKS.into_iter().zip(has).filter(|it| it.1.is_some()).map(|it| it.0).collect()
    }

    /// Larger than what leaves room for a second one in its ConfigMap.
    pub fn is_large(&self) -> bool {
        self.bytes > read::BYTES_LARGE
    }
}

impl Exports {
    fn of(component: &Component, surface: &Surface) -> Result<Exports, String> {
        let find = |interface: &str, function: &str| {
            let full =
                surface.exports.iter().find(|it| read::interface(it).is_some_and(|it| it.0 == interface));
            let Some(full) = full else { return Ok(None) };
            let found = component
                .get_export_index(None, full)
                .and_then(|it| component.get_export_index(Some(&it), function));
            found.map(Some).ok_or_else(|| format!("its {full} has no function {function}"))
        };
        let needed =
            |it: Option<ComponentExportIndex>| it.ok_or_else(|| "it exports no policy-info".to_owned());
        Ok(Exports {
            describe: needed(find("policy-info", "describe")?)?,
            configure: needed(find("policy-info", "configure")?)?,
            paces: find("windows", "paces")?,
            veto: find("vetoer", "veto")?,
            score: find("scorer", "score")?,
        })
    }
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("a String takes all");
    }
    text
}

impl fmt::Debug for Module {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Module").field("digest", &self.digest).field("bytes", &self.bytes).finish()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)
    }
}
