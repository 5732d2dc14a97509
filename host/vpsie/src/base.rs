//! Where the API is: https, or plain http on this machine alone.

use reqwest::Url;
use std::fmt;
use std::net::IpAddr;

const PREFIX: &str = "/apps/v2";

/// What is asked, by the part of the API that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    Main,
    /// A few routes of the main part are known under this prefix alone.
    Alias,
    Balancers,
}

/// The origin of the API, and the prefix of its main part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    origin: String,
    prefix: String,
    loopback: bool,
    secure: bool,
}

impl Base {
    /// `https://api.vpsie.com`, or with the prefix of the main part behind it [default: `/apps/v2`].
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Base, BaseError> {
        // What is quoted could hold a password: only the parts that cannot are.
        let wrong = |what: &str| Err(BaseError(what.to_string()));
        let Ok(url) = Url::parse(text.trim()) else {
            return wrong("expected a URL such as https://api.vpsie.com");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("a URL must not hold a user or a password; credentials are given apart from it");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("a URL must end with its path: nothing may stand behind ? or #");
        }
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() {
            return wrong("a URL must name a host, as https://api.vpsie.com does");
        }
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let loopback = host == "localhost" || address.is_ok_and(|it| it.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                let what = format!(
                    "http://{host} would send credentials in the clear; use https (http is for this machine alone)"
                );
                return Err(BaseError(what));
            }
            other => return Err(BaseError(format!("scheme {other} is unknown; use https"))),
        }
        let path = url.path().trim_end_matches('/');
        Ok(Base {
            origin: url.origin().ascii_serialization(),
            prefix: if path.is_empty() { PREFIX.to_string() } else { path.to_string() },
            loopback,
            secure: url.scheme() == "https",
        })
    }

    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    pub(crate) fn path(&self, area: Area, rest: &str) -> String {
        let prefix = match area {
            Area::Main => &*self.prefix,
            Area::Alias => "/api/v2",
            Area::Balancers => "/api/v1/lb",
        };
        format!("{prefix}/{rest}")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.origin, self.prefix)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseError(String);

impl fmt::Display for BaseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for BaseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let cases = [
            ("https://api.vpsie.com", Ok("https://api.vpsie.com/apps/v2")),
            ("https://api.vpsie.com/", Ok("https://api.vpsie.com/apps/v2")),
            ("https://api.vpsie.com/v2/\n", Ok("https://api.vpsie.com/v2")),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080/apps/v2")),
            ("http://[::1]:8080/x", Ok("http://[::1]:8080/x")),
            ("http://localhost:1", Ok("http://localhost:1/apps/v2")),
            ("http://api.vpsie.com", Err("in the clear")),
            ("http://127.0.0.1.example.org", Err("in the clear")),
            ("https://me:hunter2@api.vpsie.com", Err("must not hold a user")),
            ("https://api.vpsie.com?token=x", Err("behind ? or #")),
            ("ftp://api.vpsie.com", Err("scheme ftp is unknown")),
            ("api.vpsie.com", Err("such as https://api.vpsie.com")),
            ("", Err("such as https://api.vpsie.com")),
        ];
        for (text, expect) in cases {
            let got = Base::parse(text);
            match expect {
                Ok(url) => assert_eq!(got.expect(text).to_string(), url),
                Err(words) => {
                    let said = got.expect_err(text).to_string();
                    assert!(said.contains(words) && !said.contains("hunter2"), "{text}: {said}");
                }
            }
        }
    }

    #[test]
    fn areas() {
        let base = Base::parse("https://api.vpsie.com/v2").expect("a URL");
        assert_eq!(base.path(Area::Main, "vm"), "/v2/vm");
        assert_eq!(base.url(&base.path(Area::Balancers, "all")), "https://api.vpsie.com/api/v1/lb/all");
    }
}
