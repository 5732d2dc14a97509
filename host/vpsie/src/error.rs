//! What went wrong, what that means for whoever asked, and what can be done about it.

use std::fmt;
use std::time::Duration;

/// A request that did not do what it should, or did not say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What was to be done, in words: `list the clusters`.
    pub what: String,
    /// `GET https://api.vpsie.com/apps/v2/k8s/cluster/all`.
    pub request: String,
    pub cause: Cause,
    /// What the API or the connection said, without secrets; empty where there is nothing.
    pub said: String,
    /// By which the provider's support can find it.
    pub request_id: String,
    pub outcome: Outcome,
}

/// What may have happened on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was done; it may work later as it is.
    Transient,
    /// Nothing was done, and nothing will be until something changes.
    Terminal,
    /// It may or may not have been done: look before anything is sent again.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Unauthorized,
    Forbidden,
    NotFound,
    /// Of workers, or of another quota.
    Limit,
    /// A cluster has one group of each size.
    SameSize,
    /// The account's, which deletes plain servers.
    WrongPassword,
    /// It is being changed or deleted already.
    Conflict,
    /// The API said no, in words that we do not know.
    Refused,
    /// 429.
    Busy {
        retry_after: Option<Duration>,
    },
    /// 5xx, or what amounts to it.
    Server {
        status: u16,
    },
    /// There was no connection, so nothing was sent.
    Unreachable,
    TimedOut,
    /// The connection ended before the answer did.
    Cut,
    /// An answer that is not what it should be.
    Unreadable,
    TooLarge,
    /// A list that says that it is longer than it is.
    Partial,
    /// The server failed so often that it is left alone for so long.
    LeftAlone {
        until: Duration,
    },
    /// Our own rate limit would make the caller wait so long.
    Queue {
        wait: Duration,
    },
    /// Whoever asks must not write any more; it was not sent.
    Fenced,
}

/// Whether a request changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl Cause {
    #[must_use]
    pub fn outcome(self, access: Access) -> Outcome {
        match self {
            Cause::Unauthorized
            | Cause::Forbidden
            | Cause::NotFound
            | Cause::Limit
            | Cause::SameSize
            | Cause::WrongPassword
            | Cause::Refused => Outcome::Terminal,
            Cause::Conflict
            | Cause::Busy { .. }
            | Cause::Unreachable
            | Cause::Partial
            | Cause::LeftAlone { .. }
            | Cause::Queue { .. }
            | Cause::Fenced => Outcome::Transient,
            Cause::Server { .. } | Cause::TimedOut | Cause::Cut | Cause::Unreadable | Cause::TooLarge => {
                match access {
                    Access::Read => Outcome::Transient,
                    Access::Write => Outcome::Unknown,
                }
            }
        }
    }

    /// One word, for metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cause::Unauthorized => "Unauthorized",
            Cause::Forbidden => "Forbidden",
            Cause::NotFound => "NotFound",
            Cause::Limit => "Limit",
            Cause::SameSize => "SameSize",
            Cause::WrongPassword => "WrongPassword",
            Cause::Conflict => "Conflict",
            Cause::Refused => "Refused",
            Cause::Busy { .. } => "Busy",
            Cause::Server { .. } => "Server",
            Cause::Unreachable => "Unreachable",
            Cause::TimedOut => "TimedOut",
            Cause::Cut => "Cut",
            Cause::Unreadable => "Unreadable",
            Cause::TooLarge => "TooLarge",
            Cause::Partial => "Partial",
            Cause::LeftAlone { .. } => "LeftAlone",
            Cause::Queue { .. } => "Queue",
            Cause::Fenced => "Fenced",
        }
    }

    /// What happened, and what can be done.
    fn words(self) -> (String, &'static str) {
        let plain = |it: &str| it.to_string();
        let secs = |it: Duration| format!("{} s", it.as_millis().div_ceil(1000));
        match self {
            Cause::Unauthorized => (
                plain("the credentials are not accepted"),
                "check that the token, or the client id and its secret, are whole, current and of this API",
            ),
            Cause::Forbidden => {
                (plain("the credentials do not allow it"), "give their owner the permission, or use others")
            }
            Cause::NotFound => (
                plain("there is no such thing"),
                "check the identifier, and the prefix of the URL (/apps/v2 where none is given)",
            ),
            Cause::Limit => (
                plain("a limit of the account is reached"),
                "ask the provider for a higher limit, or lower the maximum of the group",
            ),
            Cause::SameSize => {
                (plain("the cluster has a group of this size already"), "use that group, or another size")
            }
            Cause::WrongPassword => (
                plain("the account password is not accepted, and the server still runs and is billed"),
                "give the password of the account that owns the token",
            ),
            Cause::Conflict => (plain("it is being changed already"), "wait for that to end"),
            Cause::Refused => (plain("the API refuses it"), "its words should tell what to change"),
            Cause::Busy { retry_after: Some(wait) } => (
                format!("too many requests, come again in {}", secs(wait)),
                "lower the number of requests a minute if others use the same account",
            ),
            Cause::Busy { retry_after: None } => (
                plain("too many requests"),
                "lower the number of requests a minute if others use the same account",
            ),
            Cause::Server { status } => (
                format!("the server failed with status {status}"),
                "try again later; if it stays, ask the provider with the request id",
            ),
            Cause::Unreachable => (
                plain("there is no connection"),
                "check the URL, the name service, the network and, with https, the certificate",
            ),
            Cause::TimedOut => (plain("no answer came in time"), "check the network, or try again later"),
            Cause::Cut => (plain("the connection was cut"), "check the network, or try again later"),
            Cause::Unreadable => (
                plain("the answer is not what this API should say"),
                "check that the URL and its prefix are those of the API; if they are, its answers have changed",
            ),
            Cause::TooLarge => (plain("the answer is too large"), "check that the URL is that of the API"),
            Cause::Partial => (plain("the list came only in part"), "try again later"),
            Cause::LeftAlone { until } => (
                format!("the server failed too often and is left alone for {}", secs(until)),
                "nothing needs to be done but to find out why it fails",
            ),
            Cause::Queue { wait } => (
                format!("too much is asked at once, the next turn is in {}", secs(wait)),
                "raise the number of requests a minute if the account allows it",
            ),
            Cause::Fenced => {
                (plain("it was not sent, for another process has taken over"), "nothing needs to be done")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (happened, advice) = self.cause.words();
        write!(out, "cannot {}: {happened}", self.what)?;
        if !self.said.is_empty() {
            write!(out, " (\"{}\")", self.said)?;
        }
        if self.outcome == Outcome::Unknown {
            out.write_str("; it may have been done all the same")?;
        }
        write!(out, "; {advice} [{}", self.request)?;
        if !self.request_id.is_empty() {
            write!(out, ", request {}", self.request_id)?;
        }
        out.write_str("]")
    }
}

impl std::error::Error for Error {}
