//! A VPSieNode as the engine takes it: by our own record, or, where another autoscaler left it behind,
//! by what stands in its fields.

use super::machine::{VpsieNode, VpsieNodeStatus};
use super::parts::When;
use decide::marks;
use decide::provision::{Backend, Claim, Failure, Machine, Papers, Why};
use decide::time::Time;
use decide::world::Name;
use std::error::Error;
use std::fmt;

/// On a VPSieNode for which the reference has asked for a server.
const REQUESTED: &str = "autoscaler.vpsie.com/creation-requested";
/// Phases in which the reference has not asked for a server.
const BEFORE_REQUEST: [&str; 2] = ["", "Pending"];
const FAILED: &str = "Failed";

/// Why nothing is done about a machine: not knowing means keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// What every object of an API server has.
    Missing(&'static str),
    /// The record is of a version that we do not know.
    Format(String),
    /// The record is none.
    Record(String),
    /// A server may have been bought, and nothing tells which.
    ServerUnknown,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Missing(field) => write!(out, "{field} is missing or makes no sense"),
            Unreadable::Format(format) => write!(
                out,
                "status.record has format {format}, which a later version wrote; the machine and its node stay as they \
                 are until that version runs again"
            ),
            Unreadable::Record(why) => write!(
                out,
                "status.record cannot be read ({why}); the machine and its node stay as they are until it is mended, or \
                 removed together with the server"
            ),
            Unreadable::ServerUnknown => write!(
                out,
                "a server may have been bought for this machine, and nothing tells which; the machine stays as it is. \
                 Write the server's identifier into spec.vpsieNodeIdentifier, or, if there is none, \
                 set status.phase to Pending and take off the annotation {REQUESTED}"
            ),
        }
    }
}

impl Error for Unreadable {}

/// # Errors
///
/// Where the machine must be kept as it is, and shown.
pub fn machine(object: &VpsieNode) -> Result<Machine, Unreadable> {
    let meta = &object.metadata;
    let named =
        |text: &Option<String>, field| text.as_deref().map(Name::from).ok_or(Unreadable::Missing(field));
    let version = meta.resource_version.as_deref().and_then(|it| it.parse().ok());
    let labelled = meta.labels.as_ref().and_then(|it| it.get(marks::GROUP)).filter(|it| !it.is_empty());
    let group = labelled.unwrap_or(&object.spec.node_group_name);
    if group.is_empty() {
        return Err(Unreadable::Missing("spec.nodeGroupName"));
    }
    let papers = match object.status.as_ref().and_then(|it| it.record.as_ref()) {
        Some(record) => Papers::try_from(record)?,
        None => adopted(object)?,
    };
    Ok(Machine {
        uid: named(&meta.uid, "metadata.uid")?,
        name: named(&meta.name, "metadata.name")?,
        group: group.as_str().into(),
        backend: match object.spec.resource_identifier.is_empty() {
            true => Backend::Plain,
            false => Backend::Managed,
        },
        version: version.ok_or(Unreadable::Missing("metadata.resourceVersion"))?,
        deleted: meta.deletion_timestamp.is_some(),
        papers,
    })
}

/// What the reference's fields tell. It never notes that it has asked for a deletion, so no way back is
/// closed here: a machine that is being deleted takes all steps again.
fn adopted(object: &VpsieNode) -> Result<Papers, Unreadable> {
    let none = VpsieNodeStatus::default();
    let (meta, spec, status) = (&object.metadata, &object.spec, object.status.as_ref().unwrap_or(&none));
    let id = spec.vpsie_node_identifier.as_deref().unwrap_or_default();
    // In the spec the reference writes the object's own name for want of a better one.
    let learned = spec.node_name.as_ref().filter(|it| Some(*it) != meta.name.as_ref());
    let hosts = [status.hostname.as_ref(), status.node_name.as_ref(), learned];
    let host = hosts.into_iter().flatten().find(|it| !it.is_empty()).map_or("", |it| it);
    let created = meta.creation_timestamp.as_ref().map(|it| Time(it.0.as_second()));
    let earliest = || {
        status.created_at.map(|it| it.0).or(created).ok_or(Unreadable::Missing("metadata.creationTimestamp"))
    };

    let phase = status.phase.as_deref().unwrap_or_default();
    let failed = phase == FAILED && meta.deletion_timestamp.is_none();
    let known = !id.is_empty() || !host.is_empty();
    if !known && !failed && may_have_server(object, phase) {
        return Err(Unreadable::ServerUnknown);
    }
    let at = [status.joined_at, status.provisioned_at].into_iter().flatten().next();
    Ok(Papers {
        intent: None,
        server: match known {
            true => {
                Some(Claim { id: id.into(), host: host.into(), at: at.map_or_else(earliest, |it| Ok(it.0))? })
            }
            false => None,
        },
        condemned: None,
        failed: match failed {
            true => Some(failure(status, earliest()?)),
            false => None,
        },
    })
}

fn may_have_server(object: &VpsieNode, phase: &str) -> bool {
    let requested = object.metadata.annotations.as_ref().and_then(|it| it.get(REQUESTED));
    requested.is_some_and(|it| it == "true")
        || object.spec.vpsie_instance_id != 0
        || !BEFORE_REQUEST.contains(&phase)
}

/// Since when and why, by its conditions; of the reference's reasons several mean the same here.
fn failure(status: &VpsieNodeStatus, created: Time) -> Failure {
    let mut conditions = status.conditions.iter().flatten();
    let error = conditions.find(|it| it.name == "Error" && it.status == "True");
    let since = error.and_then(|it| it.last_transition_time).map(|When(at)| at);
    let why = match error.and_then(|it| it.reason.as_deref()) {
        Some("JoiningTimeout" | "NodeNotFound") => Why::JoiningTimeout,
        Some("VPSieAPIError") => Why::ServerGone,
        _ => Why::ProvisioningTimeout,
    };
    Failure { at: since.unwrap_or(created), why }
}
