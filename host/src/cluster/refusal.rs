//! What it means when the cluster does not answer as hoped.

use super::lists::List;
use anyhow::anyhow;
use kube::Error;

const FORBIDDEN: u16 = 403;
const UNAUTHORIZED: u16 = 401;
const NOT_FOUND: u16 = 404;
const CONFLICT: u16 = 409;
const GONE: u16 = 410;
const TOO_MANY_REQUESTS: u16 = 429;

/// There is no such kind here.
pub fn is_absent(error: &Error) -> bool {
    code(error) == Some(NOT_FOUND)
}

/// Whoever serves it does not answer.
pub fn is_down(error: &Error) -> bool {
    code(error).is_some_and(|it| it >= 500)
}

/// It asks us to come again.
pub fn is_busy(error: &Error) -> bool {
    code(error) == Some(TOO_MANY_REQUESTS)
}

/// It has changed since it was seen, or is there already.
pub fn is_conflict(error: &Error) -> bool {
    code(error) == Some(CONFLICT)
}

/// The token of the next page is too old.
pub fn is_expired(error: &Error) -> bool {
    code(error) == Some(GONE)
}

pub fn said(list: &List, url: &str, error: &Error) -> anyhow::Error {
    match error {
        Error::Api(status) => {
            let told = status.message.trim();
            match status.code {
                FORBIDDEN => {
                    let group = list.group;
                    let resource = list.resource;
                    anyhow!(
                        "may not list {list}: a role must allow verb list on resource {resource} of API group {group:?} ({told})"
                    )
                }
                UNAUTHORIZED => anyhow!("the cluster at {url} does not accept these credentials ({told})"),
                code => anyhow!("cannot list {list}: the cluster at {url} answers {code} ({told})"),
            }
        }
        error => anyhow!("cannot list {list} of the cluster at {url}: {}", root(error)),
    }
}

/// The innermost cause: those around it only say that there is one.
pub fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[must_use]
pub fn code(error: &Error) -> Option<u16> {
    match error {
        Error::Api(status) => Some(status.code),
        _ => None,
    }
}
