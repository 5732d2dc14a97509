//! A policy that is nothing but its settings and its hooks.

use crate::records::Metadata;

/// Makes a [`Policy`](crate::Policy) of a struct that derives [`Settings`](crate::Settings), and exports it
/// with the hooks that it has, as [`export!`](crate::export) does. It is called what its package is called.
///
/// ```ignore
/// policy_sdk::policy!(DearFirst: scorer);
/// ```
#[macro_export]
macro_rules! policy {
    ($policy:ty: $($hooks:tt)+) => {
        impl $crate::Policy for $policy {
            fn describe() -> $crate::records::Metadata {
                $crate::described::<$policy>(
                    env!("CARGO_PKG_NAME"),
                    env!("CARGO_PKG_VERSION"),
                    env!("CARGO_PKG_LICENSE"),
                )
            }

            fn configure(
                settings: &$crate::settings::Tree<'_>,
                _: &dyn $crate::Zones,
            ) -> ::std::result::Result<Self, ::std::vec::Vec<$crate::records::Diagnostic>> {
                settings.read(<$policy as $crate::settings::Settings>::read)
            }
        }

        $crate::export!($policy: $($hooks)+);
    };
}

#[doc(hidden)]
pub fn described<S: crate::settings::Settings>(name: &str, version: &str, license: &str) -> Metadata {
    Metadata::new(name, version).with("settings-schema", S::SCHEMA).with("license", license)
}
