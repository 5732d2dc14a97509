//! Managed clusters: what they have, and workers that come and go.

use crate::call::Call;
use crate::client::Client;
use crate::envelope::No;
use crate::error::{Cause, Error};
use crate::id::{ClusterId, DatacenterId, GroupId, GroupNumber, ServerId, SizeId};
use crate::model::{Cluster, ClusterNodes, Deletion, Group, KubeSize};
use crate::wire::{self, WireCluster, WireClusterNodes, WireGroup, WireKubeSize};
use serde_json::json;

impl Client {
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn clusters(&self) -> Result<Vec<Cluster>, Error> {
        self.list::<WireCluster>(Call::get("list the clusters", "k8s/cluster/all")).await
    }

    /// None: there is no such cluster.
    ///
    /// # Errors
    ///
    /// Where it cannot be read whole.
    pub async fn cluster(&self, id: &ClusterId) -> Result<Option<ClusterNodes>, Error> {
        let what = format!("read cluster {id}");
        self.one::<WireClusterNodes>(Call::get(what, format!("k8s/cluster/byId/{id}"))).await
    }

    /// Those that are not deleted.
    ///
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn groups(&self, cluster: &ClusterId) -> Result<Vec<Group>, Error> {
        let what = format!("list the groups of cluster {cluster}");
        let call = Call::get(what, format!("k8s/node/groups/byClusterId/{cluster}"));
        let mut groups = self.list::<WireGroup>(call).await?;
        groups.retain(|it| !it.deleted);
        Ok(groups)
    }

    /// What sizes of workers there are, and what they cost.
    ///
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn kube_sizes(&self, datacenter: &DatacenterId) -> Result<Vec<KubeSize>, Error> {
        let what = format!("list the sizes of workers of datacenter {datacenter}");
        let body = json!({"dcIdentifier": datacenter.as_str()});
        self.list::<WireKubeSize>(Call::ask(what, "k8s/offers").json(&body)).await
    }

    /// The answer does not reliably tell the group's number: it is found by its name in the list.
    ///
    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown.
    pub async fn add_group(&self, cluster: &ClusterId, name: &str, size: SizeId) -> Result<(), Error> {
        let what = format!("add group {name} of size {} to cluster {cluster}", size.0);
        let body = json!({"clusterIdentifier": cluster.as_str(), "groupName": name, "KubeSizeID": size.0});
        self.order(Call::post(what, "k8s/cluster/add/group").json(&body)).await
    }

    /// Whether its workers go with it is not known: it should have none.
    ///
    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown.
    pub async fn delete_group(&self, group: &GroupId, reason: &str) -> Result<Deletion, Error> {
        let what = format!("delete group {group}");
        let call = Call::delete(what, format!("k8s/cluster/delete/group/{group}")).json(&statistic(reason));
        self.deletion(call).await
    }

    /// Accepted is all that is told: neither who comes, nor when. What comes is found by looking at the
    /// cluster's nodes before and after.
    ///
    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown: then it must not be sent again before a look.
    pub async fn add_worker(&self, cluster: &ClusterId, group: GroupNumber) -> Result<(), Error> {
        let what = format!("add a worker to group {} of cluster {cluster}", group.0);
        let path = format!("k8s/cluster/byId/{cluster}/add/slave/group/{}", group.0);
        self.order(Call::post(what, path)).await
    }

    /// Exactly this one goes. There is no way here to let the server choose.
    ///
    /// # Errors
    ///
    /// Where it was refused, or its outcome is unknown.
    pub async fn delete_worker(&self, cluster: &ClusterId, worker: &ServerId) -> Result<Deletion, Error> {
        let what = format!("delete worker {worker} of cluster {cluster}");
        let path = format!("k8s/cluster/byId/{cluster}/delete/slave");
        let call = Call::delete(what, path).json(&json!({"identifier": worker.as_str()}));
        self.deletion(call).await
    }

    /// Usually everything comes at once. Where the API says that there is more, the rest is asked for, and the
    /// pages are believed if they fit together; else the list is one that came only in part.
    pub(crate) async fn list<W: wire::Wire>(&self, call: Call<'_>) -> Result<Vec<W::Noun>, Error> {
        let mut pages = wire::Pages::default();
        let mut answer = self.call(&call).await?;
        loop {
            match pages.add(&answer) {
                Ok(None) => break,
                Ok(Some(next)) if call.is_plain() => {
                    answer = self.call(&call.at_row(next.offset, next.limit)).await?;
                }
                Ok(Some(next)) => return Err(self.unusable(&call, next.partial()).await),
                Err(no) => return Err(self.unusable(&call, no).await),
            }
        }
        match pages.read::<W>() {
            Ok(rows) => Ok(rows),
            Err(no) => Err(self.unusable(&call, no).await),
        }
    }

    /// A 404 as well as an empty answer mean that there is no such thing.
    pub(crate) async fn one<W: wire::Wire>(&self, call: Call<'_>) -> Result<Option<W::Noun>, Error> {
        let answer = match self.call(&call).await {
            Ok(answer) => answer,
            Err(error) if error.cause == Cause::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match wire::one::<W>(&answer) {
            Ok(it) => Ok(it),
            Err(no) => Err(self.unusable(&call, no).await),
        }
    }

    /// A write that tells nothing but that it was accepted.
    pub(crate) async fn order(&self, call: Call<'_>) -> Result<(), Error> {
        if !self.call(&call).await?.is_false {
            return Ok(());
        }
        // Neither a yes nor a no.
        let no = No::new(Cause::Unreadable, "data: true was expected, and false came");
        Err(self.unusable(&call, no).await)
    }

    pub(crate) async fn deletion(&self, call: Call<'_>) -> Result<Deletion, Error> {
        match self.call(&call).await {
            Ok(answer) if answer.is_false => Ok(Deletion::Unknown),
            Ok(_) => Ok(Deletion::Accepted),
            Err(error) if error.cause == Cause::NotFound => Ok(Deletion::Unknown),
            Err(error) => Err(error),
        }
    }
}

/// Why, for the provider's statistics.
pub(crate) fn statistic(reason: &str) -> serde_json::Value {
    json!({"deleteStatistic": {"reason": reason, "note": "vpsie-autoscaler"}})
}
