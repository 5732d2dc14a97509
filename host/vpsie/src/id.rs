//! What things are called by the API. Each kind is a type of its own, and none can say more than a name where
//! it stands in a path.

use std::fmt;

const CHARACTERS_MAX: usize = 64;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(Box<str>);

            impl $name {
                /// # Errors
                ///
                /// Where it is empty, too long or has characters that no identifier has.
                pub fn parse(text: &str) -> Result<$name, IdError> {
                    checked(text).map(|it| $name(it.into()))
                }

                #[must_use]
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                    out.write_str(&self.0)
                }
            }
        )*
    };
}

id! {
    ClusterId,
    /// Of a group, where it is deleted; workers are added by its number.
    GroupId,
    /// Of a server, be it a plain one or a worker of a cluster.
    ServerId,
    DatacenterId,
    BalancerId,
    RuleId,
    DomainId,
    BackendId,
    PlanId,
    CategoryId,
    ImageId,
    ProjectId,
    SshKeyId,
    ScriptId,
}

/// The other name of a group: the one by which workers are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupNumber(pub u64);

/// A size of workers: `KubeSizeID`, and the `boxsize_id` of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeId(pub u64);

fn checked(text: &str) -> Result<&str, IdError> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
    let fits = (1..=CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(plain);
    // A name of dots alone is a place in a path.
    if fits && !text.bytes().all(|it| it == b'.') { Ok(text) } else { Err(IdError) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError;

impl fmt::Display for IdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "is no identifier (1 to {CHARACTERS_MAX} letters, digits, -, _ and .)")
    }
}

impl std::error::Error for IdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names() {
        let long = "a".repeat(65);
        for text in ["", ".", "..", "a/b", "a?b", "a b", "a%2fb", "é", &long] {
            assert_eq!(ServerId::parse(text), Err(IdError), "{text}");
        }
        assert_eq!(ServerId::parse("2a0b-0.1_x").map(|it| it.to_string()), Ok("2a0b-0.1_x".into()));
    }
}
