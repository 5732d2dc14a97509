//! The policies that are built in, so that an empty directory still decides safely. They are
//! components like those of users, with the same rights.

use crate::wasm::Module;
use std::sync::{Arc, LazyLock};

/// A policy that is built in, before it has its settings.
#[derive(Debug)]
pub(crate) struct Shipped {
    pub name: &'static str,
    pub bytes: &'static [u8],
    compiled: LazyLock<Arc<Module>>,
}

macro_rules! shipped {
    ($name:literal) => {{
        const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm"));
        Shipped {
            name: $name,
            bytes: BYTES,
            compiled: LazyLock::new(|| {
                Arc::new(Module::of(BYTES).unwrap_or_else(|it| panic!("built-in policy {}: {it}", $name)))
            }),
        }
    }};
}

/// In the order of asking, where no directory says otherwise.
pub(crate) static SHIPPED: [Shipped; 3] = [shipped!("schedule"), shipped!("safety"), shipped!("priority")];

impl Shipped {
    /// Compiled once in a process.
    pub fn module(&self) -> Arc<Module> {
        Arc::clone(&self.compiled)
    }
}

/// The modules that are part of the program, by their names.
pub fn built_in() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    SHIPPED.iter().map(|it| (it.name, it.bytes))
}

/// Compiles them all, side by side: a program that asks them soon does not wait for one after the
/// other.
pub(crate) fn compile() {
    std::thread::scope(|scope| {
        for it in &SHIPPED {
            scope.spawn(|| it.module());
        }
    });
}
