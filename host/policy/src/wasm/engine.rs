//! The one engine of the process, and the thread that counts its time.

use super::limits;
use std::sync::LazyLock;
use std::time::Duration;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How long one tick of the epoch is.
pub(super) const EPOCH_MILLIS: u64 = 10;

const STACK_BYTES: usize = 512 << 10;
/// Calls that run at once, with room to spare: members are asked one after the other, and tests run on
/// as many threads as there are cores.
const INSTANCES: u32 = 64;
/// What stays ready for the next call of the same module. Each holds memory, also for modules that are gone.
const WARM: u32 = 16;
/// Of each memory, so that a call finds its pages and does not fault them in.
const RESIDENT_BYTES: usize = 2 << 20;

static ENGINE: LazyLock<Started> = LazyLock::new(start);

struct Started {
    engine: Engine,
    pooled: bool,
}

pub(super) fn engine() -> &'static Engine {
    &ENGINE.engine
}

/// Whether instances come from a pool; where address space is short they do not.
#[must_use]
pub fn is_pooled() -> bool {
    ENGINE.pooled
}

fn start() -> Started {
    let pooled = Engine::new(config().allocation_strategy(pool()));
    let started = match pooled {
        Ok(engine) => Started { engine, pooled: true },
        Err(_) => {
            let engine = Engine::new(&config()).expect("the settings of the engine fit this machine");
            Started { engine, pooled: false }
        }
    };
    let ticking = started.engine.weak();
    let ticker = std::thread::Builder::new().name("policy-epoch".to_owned());
    let spawned = ticker.spawn(move || {
        while let Some(engine) = ticking.upgrade() {
            engine.increment_epoch();
            std::thread::sleep(Duration::from_millis(EPOCH_MILLIS));
        }
    });
    spawned.expect("the system gives one more thread");
    started
}

/// Nothing that differs from run to run or from machine to machine: no threads, no relaxed SIMD,
/// one bit pattern for what is not a number.
fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).consume_fuel(true).epoch_interruption(true);
    config.cranelift_nan_canonicalization(true).wasm_relaxed_simd(false);
    config.wasm_memory64(false).wasm_multi_memory(false);
    config.max_wasm_stack(STACK_BYTES).wasm_backtrace_max_frames(None);
    config
}

fn pool() -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES * limits::CORE_INSTANCES_MAX)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES * limits::TABLES_MAX)
        .max_core_instances_per_component(limits::CORE_INSTANCES_MAX)
        .max_memories_per_component(limits::MEMORIES_MAX)
        .max_tables_per_component(limits::TABLES_MAX)
        .table_elements(limits::TABLE_ELEMENTS_MAX)
        .max_memory_size(limits::MEMORY_MIB_MAX << 20)
        .linear_memory_keep_resident(RESIDENT_BYTES)
        .max_unused_warm_slots(WARM);
    InstanceAllocationStrategy::Pooling(pool)
}
