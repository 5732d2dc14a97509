//! How figures are registered: what each is called and what it means is written down once, for the registry
//! and for the documentation.

use prometheus::{
    CounterVec, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry,
};

pub const PREFIX: &str = "vpsie_autoscaler_";

/// What there is to know about a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// With the prefix.
    pub name: String,
    pub kind: &'static str,
    pub labels: Vec<String>,
    pub help: String,
}

/// Makes families, and keeps a list of them.
#[derive(Debug)]
pub struct Maker {
    pub registry: Registry,
    pub about: Vec<About>,
}

macro_rules! make {
    ($($(#[$doc:meta])* $name:ident: $vec:ident, $kind:literal;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(&mut self, name: &str, labels: &[&str], help: &str) -> $vec {
                let name = self.note(name, $kind, labels, help);
                let made = $vec::new(Opts::new(name, help), labels).expect("a valid name");
                self.registry.register(Box::new(made.clone())).expect("a name of its own");
                made
            }
        )*
    };
}

impl Maker {
    pub fn new() -> Maker {
        Maker { registry: Registry::new(), about: Vec::new() }
    }

    make! {
        counter: IntCounterVec, "counter";
        gauge: IntGaugeVec, "gauge";
        /// For money, which has fractions.
        decimal_counter: CounterVec, "counter";
        decimal_gauge: GaugeVec, "gauge";
    }

    pub fn histogram(&mut self, name: &str, labels: &[&str], help: &str, bounds: Vec<f64>) -> HistogramVec {
        let name = self.note(name, "histogram", labels, help);
        let made = HistogramVec::new(HistogramOpts::new(name, help).buckets(bounds), labels);
        let made = made.expect("a valid name");
        self.registry.register(Box::new(made.clone())).expect("a name of its own");
        made
    }

    fn note(&mut self, name: &str, kind: &'static str, labels: &[&str], help: &str) -> String {
        let name = format!("{PREFIX}{name}");
        let labels = labels.iter().map(ToString::to_string).collect();
        self.about.push(About { name: name.clone(), kind, labels, help: help.to_string() });
        name
    }
}
