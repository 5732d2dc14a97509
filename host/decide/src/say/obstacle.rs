//! What stands against a pod on a node.

use super::figures::{apart, noun};
use super::text::{count, phrase, quoted};
use crate::place::Obstacle;
use crate::place::company::Unsuited;
use crate::place::volumes::OutOfReach;

#[must_use]
pub fn said(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Devices => "claims devices (spec.resourceClaims), which nobody plans for yet".into(),
        Obstacle::Taint { key, value } => format!("does not tolerate taint {}", taint(key, value)),
        Obstacle::NodeAffinity => "node selector or required node affinity does not match".into(),
        Obstacle::Volume(it) => out_of_reach(it),
        Obstacle::Port { port, protocol } => format!("host port {port}/{protocol} is taken"),
        Obstacle::Company(it) => unsuited(it),
        Obstacle::Room { resource, needs, free } => {
            let (needs, left) = apart(resource, *needs, *free);
            let left = if *free > 0 { left } else { "none".into() };
            format!("needs {needs} {}, {left} free", noun(resource))
        }
        Obstacle::Slots { most } => {
            format!("takes no more than {}", count(u64::try_from(*most).unwrap_or(0), "pod"))
        }
    }
}

/// What more of it would have been enough, where a little of something would.
pub(super) fn missing(obstacle: &Obstacle) -> Option<String> {
    match obstacle {
        Obstacle::Room { resource, needs, free } => {
            let more = needs.saturating_sub((*free).max(0));
            Some(format!("{} more free", super::amount(resource, more)))
        }
        Obstacle::Slots { .. } => Some("room for 1 more pod".into()),
        Obstacle::Taint { key, value } => Some(format!("a toleration of taint {}, as", taint(key, value))),
        _ => None,
    }
}

fn taint(key: &str, value: &str) -> String {
    if value.is_empty() { key.to_string() } else { format!("{key}={value}") }
}

fn out_of_reach(it: &OutOfReach) -> String {
    match it {
        OutOfReach::Nowhere { what } => phrase(what),
        OutOfReach::Tied => "its volume is tied to other nodes".into(),
        OutOfReach::Zone { label } => format!("its volume is elsewhere ({label})"),
        OutOfReach::Class => "its storage class does not allow the topology of the node".into(),
        OutOfReach::Attachments { driver, most } => {
            format!("driver {driver} attaches no more than {}", count(u64::from(*most), "volume"))
        }
    }
}

fn unsuited(it: &Unsuited) -> String {
    match it {
        Unsuited::Unreadable => "a selector of its affinity or spread cannot be read".into(),
        Unsuited::Near { topology } => {
            format!("no pod there that it must be near (affinity by {})", key(topology))
        }
        Unsuited::Apart { topology, theirs: false } => {
            format!("a pod there that it must be apart from (anti-affinity by {})", key(topology))
        }
        Unsuited::Apart { topology, theirs: true } => {
            format!("a pod there wants it apart (anti-affinity by {})", key(topology))
        }
        Unsuited::NoDomain { topology } => format!("no label {} there, by which it is spread", key(topology)),
        Unsuited::Skew { topology, would_be, max } => {
            format!("a skew of {would_be} by {}, at most {max} may be", key(topology))
        }
    }
}

/// A topology key comes from an object and may be anything.
fn key(topology: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "./-_".contains(it);
    if !topology.is_empty() && topology.chars().all(plain) { topology.into() } else { quoted(topology) }
}
