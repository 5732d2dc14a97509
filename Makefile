# Everything a contributor or a CI needs. Each command says what it installs and can be repeated.

# Only the release profile is used: heavy crates are built once, and tests run at full speed.
CARGO := cargo
NOW := 2026-11-20T10:00:00Z
JUDGE := tests/bin/judge

.PHONY: demo test setup lint wasm judge bench

## demo: decide about a shipped example cluster and show why; no cluster, no account
demo: setup
	$(CARGO) run --release --quiet -p vpsie-autoscaler -- plan -f examples/cluster.yaml --now $(NOW)

## test: everything that must hold
test: setup lint wasm judge
	$(CARGO) test --workspace --release --no-fail-fast

## bench: the figures of the README, each with its limit
bench: setup
	$(CARGO) bench -p tests

setup:
	@command -v rustup >/dev/null || { echo "rustup is needed: https://rustup.rs"; exit 1; }
	@echo "setup: installing what rust-toolchain.toml names (compiler, clippy, rustfmt, the wasm32 target), if it is not there"
	@rustup toolchain install

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --release -- -D warnings

# The core and the SDK know no thread, socket or clock: they build where there is none.
wasm:
	$(CARGO) build --release --target wasm32-unknown-unknown -p decide -p policy-sdk -p priority -p schedule -p safety

# The real kube-scheduler's filters, against which placement is compared.
judge:
	@command -v go >/dev/null || { echo "go 1.26 or newer is needed to build the scheduler's own filters: https://go.dev/dl"; exit 1; }
	@echo "judge: building the kube-scheduler's filter plugins from the Go module proxy into $(JUDGE)"
	cd tests/judge && go build -trimpath -o ../bin/judge .
