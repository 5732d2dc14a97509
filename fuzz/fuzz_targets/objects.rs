//! Bytes of any kind into the reader of objects: a world or an error comes out, and soon.
//!
//! What `host/src/objects/testdata` holds is a good corpus to begin with.

#![no_main]

use decide::time::Time;
use libfuzzer_sys::fuzz_target;
use vpsie_autoscaler::objects::{Input, read};

fuzz_target!(|bytes: &[u8]| {
    let input = Input { name: "x".to_string(), bytes: bytes.to_vec() };
    let _ = read(&[input], Time(1_795_168_800));
});
