//! Who we are to the API. What is secret is never printed.

use std::fmt;
use std::sync::Arc;

#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    #[must_use]
    pub fn new(text: &str) -> Secret {
        Secret(text.into())
    }

    /// For whoever sends it, and nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Sent as it is, for as long as the console says.
    Token(Secret),
    /// Logs in for access tokens that end.
    Login { id: Secret, secret: Secret },
}

impl Credentials {
    /// # Errors
    ///
    /// Where it cannot be a token.
    pub fn token(text: &str) -> Result<Credentials, CredentialsError> {
        Ok(Credentials::Token(usable("the token", text)?))
    }

    /// # Errors
    ///
    /// Where they cannot be an id and its secret.
    pub fn login(id: &str, secret: &str) -> Result<Credentials, CredentialsError> {
        Ok(Credentials::Login {
            id: usable("the client id", id)?,
            secret: usable("the client secret", secret)?,
        })
    }

    pub(crate) fn secrets(&self) -> Vec<Secret> {
        match self {
            Credentials::Token(token) => vec![token.clone()],
            Credentials::Login { id, secret } => vec![id.clone(), secret.clone()],
        }
    }
}

/// Blanks and line feeds around it come with files and are taken off.
fn usable(what: &'static str, text: &str) -> Result<Secret, CredentialsError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(CredentialsError { what, wrong: "is empty" });
    }
    if !text.bytes().all(|it| it.is_ascii_graphic()) {
        let wrong = "has blanks or characters that are not ASCII; was it copied whole, and nothing else?";
        return Err(CredentialsError { what, wrong });
    }
    Ok(Secret::new(text))
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialsError {
    what: &'static str,
    wrong: &'static str,
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.what, self.wrong)
    }
}

impl std::error::Error for CredentialsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let token = Credentials::token("hunter2\n").expect("a token");
        assert_eq!(format!("{token:?}"), "Token(***)");
        assert_eq!(token, Credentials::Token(Secret::new("hunter2")));
        let login = Credentials::login("me", "hunter2").expect("a pair");
        assert_eq!(format!("{login:?}"), "Login { id: ***, secret: *** }");
        for (id, secret, words) in [
            ("", "x", "the client id is empty"),
            ("x", " \n", "the client secret is empty"),
            ("x", "hunter2 hunter2", "the client secret has blanks"),
        ] {
            let said = Credentials::login(id, secret).expect_err("unusable").to_string();
            assert!(said.starts_with(words) && !said.contains("hunter2"), "{said}");
        }
    }
}
