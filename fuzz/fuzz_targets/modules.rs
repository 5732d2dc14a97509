//! Whatever bytes lie in a policy directory as a module: they are refused with a reason, or asked within their
//! limits; the host lives.

#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::Specimen;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(specimen) = Specimen::load(bytes, None) {
        for asked in specimen.ask(&policy::example_world(2, 1)) {
            assert!(asked.spent.fuel <= asked.fuel_max);
        }
        let _ = specimen.probe(1);
    }
});
