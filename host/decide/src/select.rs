//! Labels and what selects by them, with the semantics of Kubernetes' own `labels` and
//! `nodeaffinity` packages.

use crate::world::Name;
use serde::{Deserialize, Serialize};

/// Keys and values, by key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Labels(pub Vec<(Name, Name)>);

impl Labels {
    #[must_use]
    pub fn of(mut pairs: Vec<(Name, Name)>) -> Labels {
        pairs.sort();
        pairs.dedup_by(|later, earlier| later.0 == earlier.0);
        Labels(pairs)
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Name> {
        self.0.binary_search_by(|it| (*it.0).cmp(key)).ok().map(|at| &self.0[at].1)
    }

    #[must_use]
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).is_some_and(|it| &**it == value)
    }

    /// The entries whose key starts with `prefix`.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a Name, &'a Name)> {
        let from = self.0.partition_point(|it| &*it.0 < prefix);
        self.0[from..].iter().take_while(move |it| it.0.starts_with(prefix)).map(|it| (&it.0, &it.1))
    }
}

/// A label selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Selector {
    /// Absent: selects nothing.
    Nothing,
    /// All of these must hold; none at all selects everything.
    All(Vec<Requirement>),
    /// Refused by Kubernetes' own reader; the reason.
    Unreadable(Name),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Requirement {
    pub key: Name,
    pub operator: Operator,
    pub values: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    /// Of nodes alone.
    Gt,
    Lt,
}

impl Selector {
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        match self {
            Selector::Nothing | Selector::Unreadable(_) => false,
            Selector::All(requirements) => requirements.iter().all(|it| it.holds(labels)),
        }
    }

    /// What apimachinery's `LabelSelectorAsSelector` makes of the two halves, and what it refuses.
    #[must_use]
    pub fn read(
        labels: impl IntoIterator<Item = (Name, Name)>,
        expressions: impl IntoIterator<Item = (Name, Name, Vec<Name>)>,
    ) -> Selector {
        let mut requirements = Vec::new();
        for (key, value) in labels {
            requirements.push(Requirement { key, operator: Operator::In, values: vec![value] });
        }
        for (key, operator, mut values) in expressions {
            let operator = match &*operator {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => {
                    return Selector::Unreadable(
                        format!("{other:?} is not a label selector operator").into(),
                    );
                }
            };
            values.sort();
            values.dedup();
            requirements.push(Requirement { key, operator, values });
        }
        for it in &requirements {
            if let Some(why) = it.fault() {
                return Selector::Unreadable(why.into());
            }
        }
        requirements.sort_by(|a, b| {
            (&a.key, a.operator as u8, &a.values).cmp(&(&b.key, b.operator as u8, &b.values))
        });
        requirements.dedup();
        Selector::All(requirements)
    }
}

impl Requirement {
    #[must_use]
    pub fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|it| self.values.contains(it)),
            Operator::NotIn => value.is_none_or(|it| !self.values.contains(it)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt | Operator::Lt => {
                let number = |text: &Name| text.parse::<i64>().ok();
                match (value.and_then(number), self.values.first().and_then(number)) {
                    (Some(have), Some(limit)) if self.operator == Operator::Gt => have > limit,
                    (Some(have), Some(limit)) => have < limit,
                    _ => false,
                }
            }
        }
    }

    /// What is wrong with it, by the rules for label selectors.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if !is_label_key(&self.key) {
            return Some(format!("{:?} is not a label key", self.key));
        }
        let empty = self.values.is_empty();
        match self.operator {
            Operator::In | Operator::NotIn if empty => {
                Some(format!("operator {:?} on {} needs values", self.operator, self.key))
            }
            Operator::Exists | Operator::DoesNotExist if !empty => {
                Some(format!("operator {:?} on {} takes no values", self.operator, self.key))
            }
            Operator::Gt | Operator::Lt
                if self.values.len() != 1 || self.values[0].parse::<i64>().is_err() =>
            {
                Some(format!("operator {:?} on {} needs one whole number", self.operator, self.key))
            }
            _ => {
                let bad = self.values.iter().find(|it| !is_label_value(it));
                bad.map(|it| format!("{it:?} is not a label value"))
            }
        }
    }
}

/// Required node affinity: any of the terms.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct NodeSelector(pub Vec<NodeTerm>);

/// All of both lists. A term that says nothing selects no node, and so does one that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct NodeTerm {
    pub labels: Vec<Requirement>,
    /// On `metadata.name`, the only field there is.
    pub names: Vec<Requirement>,
    pub unreadable: bool,
}

impl NodeSelector {
    #[must_use]
    pub fn matches(&self, name: &Name, labels: &Labels) -> bool {
        self.0.iter().any(|it| it.matches(name, labels))
    }
}

impl NodeTerm {
    #[must_use]
    pub fn matches(&self, name: &Name, labels: &Labels) -> bool {
        if self.unreadable || (self.labels.is_empty() && self.names.is_empty()) {
            return false;
        }
        let named = |it: &Requirement| match it.operator {
            Operator::In => it.values.first() == Some(name),
            Operator::NotIn => it.values.first() != Some(name),
            _ => false,
        };
        self.labels.iter().all(|it| it.holds(labels)) && self.names.iter().all(named)
    }
}

/// `[prefix/]name` as Kubernetes takes it.
#[must_use]
pub fn is_label_key(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let dns = |text: &str| {
        !text.is_empty()
            && text.len() <= 253
            && text.split('.').all(|part| {
                let edge = |it: Option<&u8>| it.is_some_and(u8::is_ascii_alphanumeric);
                edge(part.as_bytes().first())
                    && edge(part.as_bytes().last())
                    && part.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
            })
    };
    prefix.is_none_or(dns) && !name.is_empty() && is_label_value(name)
}

#[must_use]
pub fn is_label_value(value: &str) -> bool {
    let edge = |it: Option<&u8>| it.is_none_or(u8::is_ascii_alphanumeric);
    value.len() <= 63
        && edge(value.as_bytes().first())
        && edge(value.as_bytes().last())
        && value.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'))
}
