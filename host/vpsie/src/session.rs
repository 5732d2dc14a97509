//! The credentials in use, and the access token that was had for them.

use crate::credentials::{Credentials, Secret};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// How long an access token lives where its end cannot be read.
const LIFE: Duration = Duration::from_secs(3600);
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);
/// It is renewed so long before its end, or a quarter of its life where that is short.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// Old secrets may still stand in late answers; so many are kept out of what is said.
const KNOWN_MAX: usize = 32;

#[derive(Debug)]
pub struct Session {
    credentials: Credentials,
    access: Option<Access>,
    /// Counts what was tried, so that many who meet one 401 renew once.
    generation: u64,
    known: Vec<Secret>,
}

#[derive(Debug)]
struct Access {
    token: Secret,
    renew_at: Instant,
}

/// What a request proves itself with.
#[derive(Debug, Clone)]
pub struct Proof {
    pub header: &'static str,
    pub value: Secret,
    pub generation: u64,
}

impl Session {
    pub fn new(credentials: Credentials) -> Session {
        let known = credentials.secrets();
        Session { credentials, access: None, generation: 0, known }
    }

    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// None: a login is needed first.
    pub fn proof(&self, now: Instant) -> Option<Proof> {
        let generation = self.generation;
        match &self.credentials {
            Credentials::Token(token) => {
                Some(Proof { header: "vpsie-auth", value: token.clone(), generation })
            }
            Credentials::Login { .. } => {
                let access = self.access.as_ref().filter(|it| now < it.renew_at)?;
                Some(bearer(&access.token, generation))
            }
        }
    }

    /// The proof holds for one request even where the token lives for no time at all.
    pub fn logged_in(&mut self, token: Secret, life: Duration, now: Instant) -> Proof {
        let margin = MARGIN.min(life / 4);
        self.learn(token.clone());
        self.generation += 1;
        let proof = bearer(&token, self.generation);
        self.access = Some(Access { token, renew_at: now + (life - margin) });
        proof
    }

    /// The proof of this generation was refused. Whether another try makes sense.
    pub fn refused(&mut self, generation: u64) -> bool {
        if generation != self.generation {
            return true;
        }
        self.access = None;
        matches!(self.credentials, Credentials::Login { .. })
    }

    /// Takes the place of the credentials in use; requests that are on their way keep theirs.
    pub fn replace(&mut self, with: Session) {
        with.known.into_iter().for_each(|it| self.learn(it));
        self.credentials = with.credentials;
        self.access = with.access;
        self.generation += 1;
    }

    /// All that must not be said.
    pub fn known(&self) -> &[Secret] {
        &self.known
    }

    fn learn(&mut self, secret: Secret) {
        if !self.known.contains(&secret) {
            self.known.push(secret);
        }
        if self.known.len() > KNOWN_MAX {
            self.known.remove(0);
        }
    }
}

fn bearer(token: &Secret, generation: u64) -> Proof {
    let value = Secret::new(&format!("Bearer {}", token.expose()));
    Proof { header: "authorization", value, generation }
}

/// How long a token lives: by the server's clock alone, as ours may be wrong.
pub fn life(ends: Option<Timestamp>, date: Option<Timestamp>) -> Duration {
    let Some((ends, date)) = ends.zip(date) else { return LIFE };
    Duration::try_from(ends.duration_since(date)).unwrap_or(Duration::ZERO).min(LIFE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn login() -> Session {
        Session::new(Credentials::login("me", "hunter2").expect("a pair"))
    }

    #[test]
    fn lives_are_measured_by_the_servers_clock() {
        let at = |it: &str| it.parse::<Timestamp>().ok();
        assert_eq!(life(at("2026-01-01T11:00:00Z"), at("2026-01-01T10:59:55Z")), Duration::from_secs(5));
        assert_eq!(life(at("2026-01-01T11:00:00Z"), at("2026-01-01T12:00:00Z")), Duration::ZERO);
        assert_eq!(life(at("2027-01-01T11:00:00Z"), at("2026-01-01T12:00:00Z")), LIFE_MAX);
        assert_eq!(life(None, at("2026-01-01T12:00:00Z")), LIFE);
    }

    #[test]
    fn tokens_are_renewed_before_they_end() {
        let now = clock::now();
        for (life, lasts) in [(3600, 3300), (20, 15), (0, 0)] {
            let mut session = login();
            assert!(session.proof(now).is_none());
            session.logged_in(Secret::new("t"), Duration::from_secs(life), now);
            let at = |secs| session.proof(now + Duration::from_secs(secs)).is_some();
            assert!(lasts == 0 || at(lasts - 1), "{life}");
            assert!(!at(lasts), "{life}");
        }
    }

    #[test]
    fn one_refusal_renews_once() {
        let now = clock::now();
        let mut session = login();
        session.logged_in(Secret::new("t"), LIFE, now);
        let [one, other] = [session.proof(now), session.proof(now)].map(|it| it.expect("a proof").generation);
        assert!(session.refused(one));
        assert!(session.proof(now).is_none(), "the token is forgotten");
        session.logged_in(Secret::new("u"), LIFE, now);
        assert!(session.refused(other));
        assert_eq!(session.proof(now).expect("a proof").value.expose(), "Bearer u", "the new one stays");
        let mut fixed = Session::new(Credentials::token("t").expect("a token"));
        assert!(!fixed.refused(0), "nothing can be renewed");
    }
}
