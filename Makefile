# Everything a contributor or a CI needs. Each command says what it installs and can be repeated.

# Only the release profile is used: heavy crates are built once, and tests run at full speed.
CARGO := cargo
# Random cases begin at the same place in each run, so that what fails is what was changed. Another number finds others.
export PROPTEST_RNG_SEED ?= 1
NOW := 2026-11-20T10:00:00Z
# Without a version in it the API server reports none, and clients refuse it.
KUBE_VERSION := -s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
	-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36

.PHONY: demo test e2e bench setup lint wasm programs go

## demo: decide about a shipped example cluster and show why; no cluster, no account
demo: setup
	$(CARGO) run --release --quiet -p vpsie-autoscaler -- plan -f examples/cluster.yaml --now $(NOW)

## test: everything that must hold
test: setup lint wasm programs
	$(CARGO) build --release -p vpsie-autoscaler
	$(CARGO) test --workspace --release --no-fail-fast

## e2e: the controller in real control planes
e2e: setup programs
	$(CARGO) build --release -p vpsie-autoscaler
	$(CARGO) test -p tests --release --test plane --test live --test e2e

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
	$(CARGO) build --release --target wasm32-unknown-unknown -p decide -p policy-sdk -p priority -p schedule -p safety \
		-p balanced -p cheapest-last -p slo-guard -p zone-balance

# The real kube-scheduler's filters, against which placement is compared, and a whole control plane to run against.
# The three of Kubernetes share most packages: one command builds those once.
programs: go
	@echo "programs: building the kube-scheduler's filters, kube-apiserver, kube-controller-manager, kube-scheduler, etcd and kwok from the Go module proxy into tests/bin (some ten minutes the first time)"
	cd tests && go build -trimpath -ldflags "$(KUBE_VERSION)" -o bin/ k8s.io/kubernetes/cmd/kube-apiserver \
		k8s.io/kubernetes/cmd/kube-controller-manager k8s.io/kubernetes/cmd/kube-scheduler
	cd tests && go build -trimpath -o bin/etcd go.etcd.io/etcd/server/v3
	cd tests && go build -trimpath -o bin/judge ./judge
	cd tests/kwok && go build -trimpath -o ../bin/kwok sigs.k8s.io/kwok/cmd/kwok

go:
	@command -v go >/dev/null || { echo "go 1.26 or newer is needed to build programs of Kubernetes for the tests: https://go.dev/dl"; exit 1; }
