//! Plain servers: how one is ordered, and how it is told from all others later on.

use super::base64;
use super::groups::Order;
use decide::provision::{Mark, Server};
use decide::world::Name;
use vpsie::{Secret, ServerOrder};

const OURS: &str = "vpsie-autoscaler";

/// `owner` tells clusters apart that share an account.
pub(super) fn order(order: &Order, owner: &str, group: &str, host: &str) -> ServerOrder {
    let user_data = order.user_data.as_ref().map(|it| {
        let text = it.expose().replace("{{hostname}}", host).replace("{{group}}", group);
        Secret::new(&base64::encode(text.as_bytes()))
    });
    ServerOrder {
        hostname: host.to_string(),
        plan: order.plan.clone(),
        image: order.image.clone(),
        datacenter: order.datacenter.clone(),
        project: order.project.clone(),
        public_ipv4: order.public_ipv4,
        public_ipv6: order.public_ipv6,
        private_ip: order.private_ip,
        ssh_key: order.ssh_key.clone(),
        script: order.script.clone(),
        user_data,
        tags: order.tags.clone(),
        notes: format!("{OURS} {owner} {group}"),
    }
}

/// Whose server this is stands in its notes, and nowhere else.
pub(super) fn server(id: &str, host: &str, notes: &str, owner: &str) -> Server {
    let mut words = notes.split_whitespace();
    let ours = words.next() == Some(OURS) && words.next() == Some(owner);
    let group: Option<Name> = words.next().filter(|_| ours).map(Name::from);
    Server {
        id: id.into(),
        host: host.into(),
        mark: if group.is_some() { Mark::Ours } else { Mark::Foreign },
        group: group.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_tell_whose_it_is() {
        let mark = |notes: &str| {
            let server = server("1", "a", notes, "blue");
            (server.mark, server.group.to_string())
        };
        assert_eq!(
            mark("vpsie-autoscaler blue kube-system/workers"),
            (Mark::Ours, "kube-system/workers".into())
        );
        for notes in
            ["", "web server", "vpsie-autoscaler green workers", "vpsie-autoscaler blue", "blue workers"]
        {
            assert_eq!(mark(notes), (Mark::Foreign, String::new()), "{notes}");
        }
    }
}
