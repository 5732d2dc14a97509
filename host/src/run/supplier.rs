//! The provider's side of the controller: credentials from the Secret, what groups need to be given servers,
//! and what their sizes offer.

use super::{carry, made};
use crate::clock::Moment;
use crate::kinds::{NodeGroup, NodeGroupSpec};
use crate::observe::Snapshot;
use crate::provision::{Facts, Order, Table};
use anyhow::{Context, anyhow};
use decide::marks::MANAGED;
use decide::resources::Amounts;
use decide::world::{Name, Offer, Place as Spot, Pod, World};
use kube::Client;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use vpsie::{
    Base, ClusterId, Credentials, DatacenterId, GroupNumber, ImageId, KubeSize, PlanId, ProjectId, Secret,
    SizeId, SshKeyId,
};

/// How long what the provider says about sizes is believed.
const SIZES_AGE: Duration = Duration::from_secs(3600);
const SIZES_PAUSE: Duration = Duration::from_secs(60);
/// How long a tick waits for an answer.
const ASKING: Duration = Duration::from_secs(5);
/// Room for pods where only the size of a node is known.
const PODS: i64 = 110;

/// Where the Secret is.
#[derive(Debug, Clone)]
pub struct Place {
    pub namespace: String,
    pub name: String,
}

/// What the Secret says.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    pub base: Base,
    pub credentials: Credentials,
    /// Of the account: without it no plain server can be deleted.
    pub password: Option<Secret>,
    /// For cloud-init of plain servers.
    pub user_data: Option<Secret>,
}

impl Access {
    /// # Errors
    ///
    /// What is missing in it, or makes no sense.
    pub async fn read(client: &Client, place: &Place) -> anyhow::Result<Access> {
        let Place { namespace, name } = place;
        let path = format!("/api/v1/namespaces/{namespace}/secrets/{name}");
        let request = http::Request::get(path).body(Vec::new())?;
        let secret: k8s_openapi::api::core::v1::Secret = client
            .request(request)
            .await
            .with_context(|| format!("Secret {namespace}/{name} cannot be read"))?;
        let data = secret.data.unwrap_or_default();
        let text = |key: &str| {
            let bytes = data.get(key).filter(|it| !it.0.is_empty())?;
            Some(String::from_utf8(bytes.0.clone()).map_err(|_| anyhow!("its {key} is not UTF-8")))
        };
        let said = || format!("Secret {namespace}/{name} cannot be used");
        Access::of(|key| text(key).transpose()).with_context(said)
    }

    fn of(text: impl Fn(&str) -> anyhow::Result<Option<String>>) -> anyhow::Result<Access> {
        let url = text("url")?.unwrap_or_else(|| "https://api.vpsie.com".to_string());
        let base = Base::parse(url.trim()).map_err(|it| anyhow!("its url: {it}"))?;
        let credentials = match (text("token")?, text("clientId")?, text("clientSecret")?) {
            (Some(token), None, None) => {
                Credentials::token(&token).map_err(|it| anyhow!("its token: {it}"))?
            }
            (None, Some(id), Some(secret)) => Credentials::login(&id, &secret)
                .map_err(|it| anyhow!("its clientId and clientSecret: {it}"))?,
            (Some(_), _, _) => {
                return Err(anyhow!("it has token and clientId or clientSecret: one kind is enough"));
            }
            (None, None, None) => return Err(anyhow!("it needs token, or clientId and clientSecret")),
            (None, _, _) => return Err(anyhow!("clientId and clientSecret go together, and one is missing")),
        };
        let secret = |key: &str| anyhow::Ok(text(key)?.map(|it| Secret::new(it.trim_end_matches('\n'))));
        let user_data = text("userData")?.map(|it| Secret::new(&it));
        Ok(Access { base, credentials, password: secret("password")?, user_data })
    }
}

/// What is known of the provider's offers, and what groups are made of.
#[derive(Debug)]
pub struct Supplier {
    pub client: vpsie::Client,
    pub table: watch::Sender<Arc<Table>>,
    pub password: watch::Sender<Option<Secret>>,
    user_data: Option<Secret>,
    access: Access,
    /// Sizes by datacenter, and when they were asked for.
    sizes: BTreeMap<String, (Option<Vec<KubeSize>>, Moment)>,
    used: Option<Used>,
}

/// Sizes that groups of the provider had when it was asked.
#[derive(Debug)]
struct Used {
    cluster: ClusterId,
    sizes: Option<BTreeSet<u64>>,
    at: Moment,
}

impl Supplier {
    #[must_use]
    pub fn new(client: vpsie::Client, access: Access) -> Supplier {
        Supplier {
            client,
            table: watch::channel(Arc::default()).0,
            password: watch::channel(access.password.clone()).0,
            user_data: access.user_data.clone(),
            access,
            sizes: BTreeMap::new(),
            used: None,
        }
    }

    /// Takes over what the Secret says now; a bad pair keeps the old one.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub async fn renew(&mut self, access: Access) -> anyhow::Result<()> {
        if access == self.access {
            return Ok(());
        }
        if access.base != self.access.base {
            return Err(anyhow!(
                "another url takes effect with the next start; until then the old url and its credentials are used"
            ));
        }
        if access.credentials != self.access.credentials {
            self.client
                .rotate(access.credentials.clone())
                .await
                .context("the new credentials are refused; the old ones stay")?;
        }
        self.password.send_replace(access.password.clone());
        self.user_data.clone_from(&access.user_data);
        self.access = access;
        Ok(())
    }

    /// Says what each group is made of.
    pub fn know(&self, snapshot: &Snapshot) {
        let groups = snapshot.of_kind("NodeGroup").filter_map(|(key, object)| {
            let group: NodeGroup = serde_json::from_slice(&object.input.bytes).ok()?;
            let managed = group
                .metadata
                .labels
                .as_ref()
                .is_some_and(|it| it.get(MANAGED).is_some_and(|it| it == "true"));
            managed.then(|| (Name::from(&*key.1), self.facts(&key.1, &group)))
        });
        let table: Table = groups.collect();
        self.table.send_if_modified(|held| {
            let news = **held != table;
            if news {
                *held = Arc::new(table);
            }
            news
        });
    }

    /// Groups of which no server can be bought, and why.
    #[must_use]
    pub fn troubles(&self) -> BTreeMap<Name, Name> {
        let table = self.table.borrow();
        let of = |(group, facts): (&Name, &Facts)| match facts {
            Facts::Incomplete { why } => Some((group.clone(), why.clone())),
            Facts::Managed { .. } | Facts::Plain(_) => None,
        };
        table.iter().filter_map(of).collect()
    }

    fn facts(&self, name: &str, group: &NodeGroup) -> Facts {
        let made = match text(&group.spec.resource_identifier).is_empty() {
            false => managed(name, group),
            true => plain(&group.spec, self.user_data.clone()),
        };
        made.unwrap_or_else(|why| Facts::Incomplete { why: why.into() })
    }

    /// Fills in what new nodes of a group would have, where nothing else tells.
    pub async fn offer(&mut self, snapshot: &Snapshot, world: &mut World) {
        let mut wanted: Vec<(usize, String, u64)> = Vec::new();
        for (key, object) in snapshot.of_kind("NodeGroup") {
            let Ok(group) = serde_json::from_slice::<NodeGroup>(&object.input.bytes) else { continue };
            let at = world.groups.iter().position(|it| (&*it.namespace, &*it.name) == (&*key.0, &*key.1));
            let Some(at) = at.filter(|it| world.groups[*it].managed) else { continue };
            if let Some(size) = group.spec.kube_size_id.and_then(|it| u64::try_from(it).ok()) {
                wanted.push((at, group.spec.datacenter_id.clone().unwrap_or_default(), size));
            }
        }
        for (at, datacenter, size) in wanted {
            let sizes = self.sizes(&datacenter).await;
            let Some(found) = sizes.and_then(|it| it.iter().find(|it| it.id == SizeId(size))) else {
                continue;
            };
            let group = &mut world.groups[at];
            group.offer.get_or_insert_with(|| amounts(found));
            group.price_per_hour.get_or_insert(hourly(found));
        }
    }

    /// Fills in of what new groups may be made, where pods wait and the settings let us make some.
    pub async fn offers(&mut self, snapshot: &Snapshot, world: &mut World) {
        let waits = |it: &Pod| it.unschedulable && it.place == Spot::Unbound;
        if !world.settings.global.dynamic_groups || !world.pods.iter().any(waits) {
            return;
        }
        let Some((_, base)) = made::pattern(snapshot) else { return };
        let (datacenter, cluster) = (text(&base.spec.datacenter_id), text(&base.spec.resource_identifier));
        let Ok(cluster) = ClusterId::parse(cluster) else { return };
        // The provider takes one group of a size.
        let of_groups = snapshot.of_kind("NodeGroup").filter_map(|it| {
            serde_json::from_slice::<NodeGroup>(&it.1.input.bytes).ok()?.spec.kube_size_id?.try_into().ok()
        });
        let mut used: BTreeSet<u64> = of_groups.collect();
        let Some(theirs) = self.used(&cluster).await else { return };
        used.extend(theirs);
        let sizes = self.sizes(datacenter).await.map_or(&[][..], |it| it);
        let free = sizes.iter().filter(|it| !used.contains(&it.id.0));
        let offers = free.filter_map(|it| {
            let size = i32::try_from(it.id.0).ok().and_then(|it| u32::try_from(it).ok())?;
            Some(Offer { size, room: amounts(it), price_per_hour: Some(hourly(it)) })
        });
        world.offers = offers.collect();
    }

    /// Sizes that groups of the provider have.
    async fn used(&mut self, cluster: &ClusterId) -> Option<BTreeSet<u64>> {
        let fresh = self.used.as_ref().is_some_and(|it| it.cluster == *cluster && it.at.age() < SIZES_PAUSE);
        if !fresh {
            let asked = tokio::time::timeout(ASKING, self.client.groups(cluster)).await;
            let sizes = match asked {
                Ok(Ok(groups)) => Some(groups.into_iter().map(|it| it.size.0).collect()),
                Ok(Err(why)) => {
                    tracing::warn!(%why, "the provider's groups cannot be read: no group can be made now");
                    None
                }
                Err(_) => None,
            };
            self.used = Some(Used { cluster: cluster.clone(), sizes, at: Moment::now() });
        }
        self.used.as_ref()?.sizes.clone()
    }

    async fn sizes(&mut self, datacenter: &str) -> Option<&Vec<KubeSize>> {
        let held = self.sizes.get(datacenter);
        let fresh =
            held.is_some_and(|(sizes, at)| at.age() < if sizes.is_some() { SIZES_AGE } else { SIZES_PAUSE });
        if !fresh {
            let id = DatacenterId::parse(datacenter).ok()?;
            let asked = tokio::time::timeout(ASKING, self.client.kube_sizes(&id)).await;
            let sizes = match asked {
                Ok(Ok(sizes)) => Some(sizes),
                Ok(Err(why)) => {
                    tracing::warn!(datacenter, %why, "sizes cannot be read");
                    None
                }
                Err(_) => None,
            };
            // What was known before is better than nothing.
            let before = self.sizes.remove(datacenter).and_then(|it| it.0);
            self.sizes.insert(datacenter.to_string(), (sizes.or(before), Moment::now()));
        }
        self.sizes.get(datacenter)?.0.as_ref()
    }
}

fn managed(name: &str, group: &NodeGroup) -> Result<Facts, String> {
    let spec = &group.spec;
    let cluster = ClusterId::parse(text(&spec.resource_identifier))
        .map_err(|it| format!("spec.resourceIdentifier {it}"))?;
    let size = spec.kube_size_id.and_then(|it| u64::try_from(it).ok());
    let size = size.ok_or("spec.kubeSizeID is missing: the provider's group cannot be made without")?;
    let number = group.status.as_ref().and_then(|it| it.vpsie_group_id).and_then(|it| u64::try_from(it).ok());
    let number = number.filter(|it| *it > 0).map(GroupNumber);
    Ok(Facts::Managed { cluster, name: name.to_string(), size: SizeId(size), number })
}

fn plain(spec: &NodeGroupSpec, user_data: Option<Secret>) -> Result<Facts, String> {
    let wrong = |field: &'static str| move |it: vpsie::IdError| format!("spec.{field} {it}");
    let first_key = spec.ssh_key_ids.iter().flatten().next();
    Ok(Facts::Plain(Order {
        plan: PlanId::parse(carry::size(spec)).map_err(wrong("offeringIDs"))?,
        image: ImageId::parse(text(&spec.os_image_id)).map_err(wrong("osImageID"))?,
        datacenter: DatacenterId::parse(text(&spec.datacenter_id)).map_err(wrong("datacenterID"))?,
        project: ProjectId::parse(text(&spec.project)).map_err(wrong("project"))?,
        ssh_key: first_key.map(|it| SshKeyId::parse(it)).transpose().map_err(wrong("sshKeyIDs"))?,
        script: None,
        user_data,
        public_ipv4: true,
        public_ipv6: false,
        private_ip: true,
        tags: spec.tags.clone().unwrap_or_default(),
    }))
}

fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}

fn hourly(size: &KubeSize) -> i64 {
    size.price_per_hour.map_or(size.price_per_month.0 / 730, |it| it.0)
}

/// The size of a node, of which nothing is taken off: only the node itself knows what it keeps.
fn amounts(size: &KubeSize) -> Amounts {
    let count = |it: u64, unit: u64| i64::try_from(it.saturating_mul(unit)).unwrap_or(i64::MAX);
    Amounts {
        cpu: count(size.cpu, 1000),
        memory: count(size.ram_mb, 1 << 20),
        ephemeral: count(size.disk_gb, 1 << 30),
        pods: PODS,
        ..Amounts::default()
    }
}

/// What a Secret's value is not shown as.
impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_what_it_lacks() {
        let cases: [(&[(&str, &str)], &str); 7] = [
            (&[("token", "t")], ""),
            (&[("url", "http://127.0.0.1:1"), ("clientId", "i"), ("clientSecret", "s")], ""),
            (&[], "it needs token, or clientId and clientSecret"),
            (&[("clientId", "i")], "clientId and clientSecret go together, and one is missing"),
            (
                &[("token", "t"), ("clientId", "i")],
                "it has token and clientId or clientSecret: one kind is enough",
            ),
            (&[("token", "two words")], "its token: "),
            (&[("token", "t"), ("url", "http://example.com")], "its url: "),
        ];
        for (set, expect) in cases {
            let got = Access::of(|key| Ok(set.iter().find(|it| it.0 == key).map(|it| it.1.to_string())));
            let said = got.map_or_else(|it| it.to_string(), |_| String::new());
            assert!(
                if expect.is_empty() { said.is_empty() } else { said.starts_with(expect) },
                "{set:?}: {said}"
            );
        }
    }
}
