//! How a policy becomes a component.

/// Exports a policy with the hooks that it has: `windows`, `vetoer`, `scorer`.
///
/// ```ignore
/// policy_sdk::export!(Schedule: windows, vetoer);
/// policy_sdk::export!(Safety: vetoer with paper);
/// ```
///
/// A vetoer sees the world on paper only `with paper`: a component that imports it is asked again when
/// removals have changed what it rested on, and all others are left in peace.
///
/// What a hook was handed is never given back: an instance answers once.
///
/// Natively nothing is exported; that the policy has the hooks is checked all the same.
#[macro_export]
macro_rules! export {
    ($policy:ty: $($hook:ident $(with $more:ident)?),+ $(,)?) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            ::std::thread_local! {
                static POLICY: $crate::guest::Slot<$policy> = const { $crate::guest::Slot::empty() };
            }

            struct Exported;

            impl $crate::guest::PolicyInfo for Exported {
                fn describe() -> $crate::records::Metadata {
                    <$policy as $crate::Policy>::describe()
                }

                fn configure(
                    settings: $crate::records::Settings,
                ) -> ::std::result::Result<(), ::std::vec::Vec<$crate::records::Diagnostic>> {
                    POLICY.with(|it| it.fill(&settings))
                }
            }

            $crate::guest::info::__export_info!(Exported with_types_in $crate::guest::info);
            $($crate::__export_hook!(Exported, POLICY, $hook $($more)?);)+
        };

        #[cfg(not(target_family = "wasm"))]
        const _: fn() = || {
            $($crate::__has_hook!($policy, $hook $($more)?);)+
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_hook {
    ($exported:ident, $slot:ident, windows) => {
        impl $crate::guest::Windows for $exported {
            fn paces(
                tick: $crate::records::Tick,
                symbols: $crate::records::Table,
                groups: ::std::vec::Vec<$crate::records::Group>,
            ) -> ::std::result::Result<::std::vec::Vec<$crate::records::Pace>, $crate::records::Fault> {
                $slot.with(|it| $crate::Windows::paces(it.get(), &tick, &symbols, &groups, &$crate::guest::HOST))
            }
        }
        $crate::guest::windows::__export_windows!($exported with_types_in $crate::guest::windows);
    };
    ($exported:ident, $slot:ident, vetoer) => {
        $crate::__export_hook!($exported, $slot, vetoer on $crate::guest::HOST);
    };
    ($exported:ident, $slot:ident, vetoer paper) => {
        $crate::__export_hook!($exported, $slot, vetoer on $crate::guest::HOST_WITH_PAPER);
    };
    ($exported:ident, $slot:ident, vetoer on $host:path) => {
        impl $crate::guest::Vetoer for $exported {
            fn veto(
                batch: $crate::records::Batch,
            ) -> ::std::result::Result<::std::vec::Vec<$crate::records::Vetoed>, $crate::records::Fault> {
                let answer = $slot.with(|it| $crate::Vetoer::veto(it.get(), &batch, &$host));
                ::std::mem::forget(batch);
                answer
            }
        }
        $crate::guest::vetoer::__export_vetoer!($exported with_types_in $crate::guest::vetoer);
    };
    ($exported:ident, $slot:ident, scorer) => {
        impl $crate::guest::Scorer for $exported {
            fn score(
                batch: $crate::records::Batch,
            ) -> ::std::result::Result<::std::vec::Vec<$crate::records::Scored>, $crate::records::Fault> {
                let answer = $slot.with(|it| $crate::Scorer::score(it.get(), &batch, &$crate::guest::HOST));
                ::std::mem::forget(batch);
                answer
            }
        }
        $crate::guest::scorer::__export_scorer!($exported with_types_in $crate::guest::scorer);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __has_hook {
    ($policy:ty, windows) => {{
        fn windows<T: $crate::Policy + $crate::Windows>() {}
        windows::<$policy>();
    }};
    ($policy:ty, vetoer $(paper)?) => {{
        fn vetoer<T: $crate::Policy + $crate::Vetoer>() {}
        vetoer::<$policy>();
    }};
    ($policy:ty, scorer) => {{
        fn scorer<T: $crate::Policy + $crate::Scorer>() {}
        scorer::<$policy>();
    }};
}
