//! A client and a fake that know each other.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vpsie::{Base, Client, ClusterId, Credentials, Error, GroupNumber, Settings};
use vpsie_fake::{Armed, Fake, Fault, World};

pub const TOKEN: &str = "fake-token-0123456789";
pub const CLIENT: &str = "fake-client";
pub const SECRET: &str = "fake-secret-0123456789";
pub const PASSWORD: &str = "fake-password-0123456789";
/// What must never be said.
pub const SECRETS: [&str; 4] = [TOKEN, CLIENT, SECRET, PASSWORD];

pub struct Stage {
    pub fake: Fake,
    pub client: Client,
    pub cluster: ClusterId,
    pub group: GroupNumber,
    /// All tries that the client told, as text.
    pub told: Arc<Mutex<Vec<String>>>,
}

/// Quick, with the rules of the real one.
pub fn settings(fake: &Fake) -> Settings {
    let base = Base::parse(fake.url()).expect("a URL");
    Settings {
        timeout: Duration::from_millis(2000),
        delay: Duration::from_millis(2),
        delay_max: Duration::from_millis(8),
        wait_max: Duration::from_millis(200),
        requests_per_minute: NonZeroU32::new(10_000).expect("not 0"),
        breaker_failures: 100,
        seed: 1,
        ..Settings::new(base)
    }
}

pub fn token() -> Credentials {
    Credentials::token(TOKEN).expect("a token")
}

pub fn login() -> Credentials {
    Credentials::login(CLIENT, SECRET).expect("a pair")
}

impl Stage {
    /// A cluster with one group of two workers.
    pub async fn new() -> Stage {
        Stage::with(token(), |it| it).await
    }

    pub async fn with(credentials: Credentials, change: impl FnOnce(Settings) -> Settings) -> Stage {
        let mut world = World::new(1);
        let cluster = world.add_cluster("HEL-Kubernetes-49ab");
        let group = world.add_group(&cluster, "GRP-Advanced-c745", 55, 2);
        let fake = Fake::start(world).await.expect("a port");
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = told.clone();
        let settings = change(settings(&fake));
        let client = Client::listening(settings, credentials, move |it| {
            heard.lock().expect("it is whole").push(format!("{it:?}"));
        });
        let cluster = ClusterId::parse(&cluster).expect("an id");
        Stage { fake, client: client.expect("a client"), cluster, group: GroupNumber(group), told }
    }

    pub fn arm(&self, fault: Fault, on: &str) {
        self.fake.arm(Armed::always(fault).on(on));
    }

    pub fn arm_once(&self, fault: Fault, on: &str) {
        self.fake.arm(Armed::once(fault).on(on));
    }

    /// How many requests to this path the fake heard.
    pub fn heard(&self, path: &str) -> usize {
        self.fake.world(|it| it.log.iter().filter(|it| it.path.contains(path)).count())
    }

    /// Workers that are there or will be.
    pub fn workers(&self) -> usize {
        self.fake.world(|it| {
            let cluster = it.cluster(self.cluster.as_str()).expect("it is there").id;
            it.owned(cluster).count()
        })
    }

    pub async fn add(&self) -> Result<(), Error> {
        self.client.add_worker(&self.cluster, self.group).await
    }

    /// Names of the workers that the client sees, and whether it knows who they are.
    pub async fn seen(&self) -> Result<Vec<(String, bool)>, Error> {
        let cluster = self.client.cluster(&self.cluster).await?.expect("the cluster is there");
        let workers = cluster.nodes.into_iter().filter(|it| it.role == vpsie::Role::Worker);
        Ok(workers.map(|it| (it.node_name(), it.id.is_some())).collect())
    }

    /// Nothing secret was told or is in this text.
    pub fn assert_secret(&self, text: &str) {
        let told = self.told.lock().expect("it is whole").join("\n");
        for secret in SECRETS {
            assert!(!text.contains(secret) && !told.contains(secret), "{secret} in {text}\n{told}");
        }
    }
}
