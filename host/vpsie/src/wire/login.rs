//! A login's answer: two shapes are known, and it has no envelope but `error`.

use super::Loose;
use crate::credentials::Secret;
use crate::envelope::No;
use crate::error::Cause;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug)]
pub struct Login {
    pub token: Secret,
    /// By the server's clock; none where it cannot be read.
    pub ends: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireLogin {
    #[serde(rename = "accessToken")]
    flat: Option<WireToken>,
    token: Option<WireNested>,
}

#[derive(Deserialize)]
struct WireNested {
    access: Option<WireToken>,
}

#[derive(Deserialize)]
struct WireToken {
    token: String,
    #[serde(default)]
    expires: Loose,
}

/// `body`: of an answer that was judged to be a yes. Nothing of it is ever quoted.
pub fn login(body: &[u8]) -> Result<Login, No> {
    let wrong = || No::new(Cause::Unreadable, "a login was expected to answer with an access token");
    let wire: WireLogin = serde_json::from_slice(body).map_err(|_| wrong())?;
    let token = wire.flat.or_else(|| wire.token?.access).ok_or_else(wrong)?;
    let usable = !token.token.is_empty() && token.token.bytes().all(|it| it.is_ascii_graphic());
    if !usable {
        return Err(wrong());
    }
    Ok(Login { token: Secret::new(&token.token), ends: super::time(&token.expires) })
}
