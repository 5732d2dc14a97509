//! What stands between a policy and its host inside a component: the generated imports as a
//! [`Host`], and the place where the configured policy waits for its hook. [`export!`](crate::export)
//! is the only user.

mod imports;

use crate::records::{Diagnostic, Settings};
use crate::settings::Tree;
use crate::{Host, Log, Policy};
use std::cell::OnceCell;

pub use imports::Imported;
pub use info::exports::vpsie::scale_down::policy_info::Guest as PolicyInfo;
pub use scorer::exports::vpsie::scale_down::scorer::Guest as Scorer;
pub use vetoer::exports::vpsie::scale_down::vetoer::Guest as Vetoer;
pub use windows::exports::vpsie::scale_down::windows::Guest as Windows;

/// A quarter of the code of the one in the standard library, and as quick. Memory that is free is used again:
/// a policy may look at the pods of a large cluster one page after the other.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// All but the world on paper.
pub const HOST: Host<'static> = Host {
    zones: &imports::Imported,
    view: &imports::Imported,
    paper: &imports::NoPaper,
    log: &imports::Imported,
};

/// The world on paper too.
pub const HOST_WITH_PAPER: Host<'static> = Host { paper: &imports::Imported, ..HOST };

/// The policy, once it has its settings.
#[derive(Debug)]
pub struct Slot<P>(OnceCell<P>);

impl<P: Policy> Slot<P> {
    pub const fn empty() -> Self {
        Self(OnceCell::new())
    }

    /// # Errors
    ///
    /// What is wrong with the settings, all of it.
    pub fn fill(&self, settings: &Settings) -> Result<(), Vec<Diagnostic>> {
        tell_of_panics();
        let policy = P::configure(&Tree::new(settings), &imports::Imported)?;
        assert!(self.0.set(policy).is_ok(), "configured twice");
        Ok(())
    }

    pub fn get(&self) -> &P {
        self.0.get().expect("the host configures a policy before it asks")
    }
}

/// A trap says nothing; the line before it does.
fn tell_of_panics() {
    std::panic::set_hook(Box::new(|it| imports::Imported.write(0, &format!("{it}"))));
}

/// One world for each hook, so that a component exports those that it has.
macro_rules! hook {
    ($name:ident, $interface:literal, $export:literal) => {
        pub mod $name {
            wit_bindgen::generate!({
                path: "wit",
                inline: $interface,
                with: { "vpsie:scale-down/types@1.0.0": crate::records },
                generate_all,
                pub_export_macro: true,
                export_macro_name: $export,
                type_section_suffix: $export,
            });
        }
    };
}

hook!(info, "package sdk:guest; world info { export vpsie:scale-down/policy-info@1.0.0; }", "__export_info");
hook!(
    windows,
    "package sdk:guest; world windows { export vpsie:scale-down/windows@1.0.0; }",
    "__export_windows"
);
hook!(vetoer, "package sdk:guest; world vetoer { export vpsie:scale-down/vetoer@1.0.0; }", "__export_vetoer");
hook!(scorer, "package sdk:guest; world scorer { export vpsie:scale-down/scorer@1.0.0; }", "__export_scorer");
