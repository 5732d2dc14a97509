//! What can be said about a module before any of it is compiled. Whoever made a wrong one hears what
//! it is, and what to do.

use policy_sdk::quoted;
use wasmparser::{Parser, Payload};

pub(super) const PACKAGE: &str = "vpsie:scale-down";
pub(super) const VERSION: &str = "1.0.0";

const BYTES_MAX: usize = 1_000_000;
/// Above this a ConfigMap soon has no room for a second one.
pub(super) const BYTES_LARGE: usize = 180 << 10;

/// The hooks, by their interfaces.
pub(super) const HOOKS: [&str; 3] = ["windows", "vetoer", "scorer"];

/// What a component imports and exports at its outside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

/// # Errors
///
/// What the bytes are instead of a policy.
pub(super) fn surface(bytes: &[u8]) -> Result<Surface, String> {
    if bytes.len() > BYTES_MAX {
        return Err(format!(
            "it has {} bytes, and at most {BYTES_MAX} are taken (a ConfigMap holds no more); build it with \
             `policy build`, which makes small modules",
            bytes.len()
        ));
    }
    kind(bytes)?;
    if has_start(bytes) {
        return Err("it has a start function of its own, which no host of policies runs; build it with \
                    `policy build`"
            .to_owned());
    }
    let surface = scan(bytes).map_err(|it| {
        format!(
            "it cannot be read as a component: {} at byte {}; is the file whole?",
            it.message(),
            it.offset()
        )
    })?;
    check_imports(&surface.imports)?;
    check_exports(&surface.exports)?;
    Ok(surface)
}

/// By its first bytes.
fn kind(bytes: &[u8]) -> Result<(), String> {
    match bytes {
        [] => Err("the file is empty".to_owned()),
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(
            "it is a core module, and a policy is a component; `policy build` makes one of a policy's source \
             (cargo alone leaves the core module)"
                .to_owned(),
        ),
        [0, b'a', b's', b'm', ..] => Err("it is WebAssembly of a version that nobody here knows".to_owned()),
        [0x7f, b'E', b'L', b'F', ..] => Err(
            "it is machine code (compiled ahead of time?), and a policy is a component; give the module as it was \
             built"
                .to_owned(),
        ),
        [b'(', ..] | [b';', b';', ..] => {
            Err("it is WebAssembly text; a policy is a component in its binary form".to_owned())
        }
        _ => Err("it is no WebAssembly: a component begins with the bytes 00 61 73 6d 0d 00 01 00".to_owned()),
    }
}

/// Whether a component is to run something by itself. That of a core module is another thing: it runs when an
/// instance is made, within the limits of the call.
fn has_start(bytes: &[u8]) -> bool {
    let payloads = Parser::new(0).parse_all(bytes).map_while(Result::ok);
    payloads.into_iter().any(|it| matches!(it, Payload::ComponentStartSection { .. }))
}

fn scan(bytes: &[u8]) -> Result<Surface, wasmparser::BinaryReaderError> {
    let mut surface = Surface::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    surface.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    surface.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(surface)
}

fn check_imports(imports: &[String]) -> Result<(), String> {
    let wasi: Vec<&str> = imports.iter().map(String::as_str).filter(|it| it.starts_with("wasi:")).collect();
    if !wasi.is_empty() {
        return Err(format!(
            "it imports WASI ({}), and a policy has no files, clocks, environment or network; build it for \
             wasm32-unknown-unknown with `policy build`, not for a wasip target",
            some(&wasi)
        ));
    }
    for import in imports {
        let known = |interface: &str| super::imports::INTERFACES.contains(&interface);
        match interface(import) {
            Some((name, version)) if known(name) => check_version(version)?,
            _ => {
                return Err(format!(
                    "it imports {}, which no host of policies gives; a policy may import {} of {PACKAGE}@{VERSION} \
                     and nothing else",
                    quoted(import),
                    super::imports::INTERFACES.join(", ")
                ));
            }
        }
    }
    Ok(())
}

fn check_exports(exports: &[String]) -> Result<(), String> {
    let mut info = false;
    let mut hooks = false;
    for export in exports {
        if let Some((name, version)) = interface(export) {
            check_version(version)?;
            info |= name == "policy-info";
            hooks |= HOOKS.contains(&name);
        }
    }
    if info && hooks {
        return Ok(());
    }
    let names: Vec<&str> = exports.iter().map(String::as_str).collect();
    Err(format!(
        "it exports {}, and a policy exports policy-info and at least one of {} of {PACKAGE}@{VERSION}; \
         policy_sdk::export!(...) does that",
        if names.is_empty() { "nothing".to_owned() } else { some(&names) },
        HOOKS.join(", ")
    ))
}

/// `vpsie:scale-down/view@1.0.0`: the interface and its version.
pub(super) fn interface(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(PACKAGE)?.strip_prefix('/')?.split_once('@')
}

fn check_version(version: &str) -> Result<(), String> {
    let mut parts = version.split('.');
    let mut part = || parts.next().and_then(|it| it.parse::<u32>().ok());
    if part() == Some(1) && part() == Some(0) {
        return Ok(());
    }
    Err(format!(
        "it needs {PACKAGE}@{version}, and this host serves {VERSION}; build it with the SDK of this release, or \
         upgrade the host"
    ))
}

fn some(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|it| quoted(it)).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
