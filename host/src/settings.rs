//! What the program needs, checked once.

use crate::args::{ListArgs, Output, PlanArgs, ProviderArgs};
use crate::clock;
use crate::show::Look;
use decide::time::Time;
use std::env::VarError;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vpsie::{Base, Credentials};

#[derive(Debug)]
pub struct PlanSettings {
    /// Files, folders and standard input; empty: the cluster.
    pub paths: Vec<PathBuf>,
    pub now: Time,
    pub policies: Option<PathBuf>,
    pub output: Output,
    pub look: Look,
    pub explain: Option<String>,
    pub timings: bool,
}

impl PlanSettings {
    /// # Errors
    ///
    /// What is wrong with what was typed.
    pub fn of(typed: PlanArgs) -> Result<PlanSettings, String> {
        let PlanArgs { files, now, policies, output, explain, timings } = typed;
        read_once(&files)?;
        Ok(PlanSettings {
            paths: files,
            now: now.unwrap_or_else(clock::now),
            policies,
            output,
            look: Look::of_stdout(),
            explain,
            timings,
        })
    }
}

#[derive(Debug)]
pub struct ProviderSettings {
    pub api: vpsie::Settings,
    pub credentials: Credentials,
    /// A name or an identifier; none: all clusters.
    pub cluster: Option<String>,
    pub output: Output,
    pub look: Look,
}

/// How often a read is tried.
const TRIES: NonZeroU32 = NonZeroU32::new(3).expect("not 0");
/// Where credentials are read from. They are no flags: those show in lists of processes.
const TOKEN: &str = "VPSIE_TOKEN";
const CLIENT_ID: &str = "VPSIE_CLIENT_ID";
const CLIENT_SECRET: &str = "VPSIE_CLIENT_SECRET";

impl ProviderSettings {
    /// `variable`: reads the environment.
    ///
    /// # Errors
    ///
    /// What is wrong with what was typed or set.
    pub fn of(
        typed: ProviderArgs,
        variable: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<ProviderSettings, String> {
        let ProviderArgs { url, cluster, output } = typed;
        let base = Base::parse(&url).map_err(|it| format!("--url: {it}"))?;
        let credentials = credentials(variable)?;
        // A person waits.
        let delay = Duration::from_millis(200);
        Ok(ProviderSettings {
            api: vpsie::Settings { delay, tries: TRIES, ..vpsie::Settings::new(base) },
            credentials,
            cluster,
            output,
            look: Look::of_stdout(),
        })
    }
}

#[derive(Debug)]
pub struct ListSettings {
    pub provider: ProviderSettings,
    /// Files, folders and standard input; empty: the cluster, if there is one.
    pub paths: Vec<PathBuf>,
    pub now: Time,
}

impl ListSettings {
    /// # Errors
    ///
    /// What is wrong with what was typed or set.
    pub fn of(
        typed: ListArgs,
        variable: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<ListSettings, String> {
        let ListArgs { provider, files } = typed;
        read_once(&files)?;
        let provider = ProviderSettings::of(provider, variable)?;
        Ok(ListSettings { provider, paths: files, now: clock::now() })
    }
}

fn credentials(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Credentials, String> {
    let set = |name: &str| match variable(name) {
        Ok(text) if text.trim().is_empty() => Err(format!("{name} is set and empty; set it, or unset it")),
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        // Its value is not shown: it may well be the secret.
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8; was it copied whole?")),
    };
    match (set(TOKEN)?, set(CLIENT_ID)?, set(CLIENT_SECRET)?) {
        (Some(token), None, None) => Credentials::token(&token).map_err(|it| format!("{TOKEN}: {it}")),
        (None, Some(id), Some(secret)) => {
            Credentials::login(&id, &secret).map_err(|it| format!("{CLIENT_ID} and {CLIENT_SECRET}: {it}"))
        }
        (None, None, None) => {
            Err(format!("there are no credentials: set {TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}"))
        }
        (None, Some(_), None) => {
            Err(format!("{CLIENT_ID} is set and {CLIENT_SECRET} is not: they go together"))
        }
        (None, None, Some(_)) => {
            Err(format!("{CLIENT_SECRET} is set and {CLIENT_ID} is not: they go together"))
        }
        (Some(_), _, _) => Err(format!(
            "{TOKEN} is set, and so are {CLIENT_ID} or {CLIENT_SECRET}: unset those that are not to be used"
        )),
    }
}

fn read_once(files: &[PathBuf]) -> Result<(), String> {
    match files.iter().filter(|it| it.as_path() == Path::new("-")).count() {
        0 | 1 => Ok(()),
        _ => Err("standard input can be read only once: -f - is given twice".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_one_kind_and_whole() {
        let cases: [(&[(&str, &str)], &str); 9] = [
            (&[(TOKEN, "t\n")], "Token(***)"),
            (&[(CLIENT_ID, "i"), (CLIENT_SECRET, "s")], "Login { id: ***, secret: *** }"),
            (&[], "there are no credentials: set VPSIE_TOKEN, or VPSIE_CLIENT_ID and VPSIE_CLIENT_SECRET"),
            (&[(TOKEN, " ")], "VPSIE_TOKEN is set and empty; set it, or unset it"),
            (&[(CLIENT_ID, "i")], "VPSIE_CLIENT_ID is set and VPSIE_CLIENT_SECRET is not: they go together"),
            (
                &[(CLIENT_SECRET, "s")],
                "VPSIE_CLIENT_SECRET is set and VPSIE_CLIENT_ID is not: they go together",
            ),
            (
                &[(TOKEN, "t"), (CLIENT_ID, "i")],
                "VPSIE_TOKEN is set, and so are VPSIE_CLIENT_ID or VPSIE_CLIENT_SECRET: unset those that are not to be used",
            ),
            (
                &[(TOKEN, "two words")],
                "VPSIE_TOKEN: the token has blanks or characters that are not ASCII; was it copied whole, and nothing else?",
            ),
            (
                &[(CLIENT_ID, "i"), (CLIENT_SECRET, "two words")],
                "VPSIE_CLIENT_ID and VPSIE_CLIENT_SECRET: the client secret has blanks or characters that are not ASCII; \
                 was it copied whole, and nothing else?",
            ),
        ];
        for (set, expect) in cases {
            let value = |name: &str| set.iter().find(|it| it.0 == name).map(|it| it.1.to_string());
            let got = credentials(|name| value(name).ok_or(VarError::NotPresent));
            assert_eq!(got.map_or_else(|it| it, |it| format!("{it:?}")), expect);
        }
    }
}
