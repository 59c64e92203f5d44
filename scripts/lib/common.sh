# shellcheck shell=bash
# Sourced by the scripts beside it: where things are, how they speak, which toolchain builds.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export ROOT

RUST_VERSION="$(sed -n 's/^channel = "\(.*\)"$/\1/p' "$ROOT/rust-toolchain.toml")"
# shellcheck disable=SC2034 # read by the scripts that source this file
WASM_TARGET="wasm32v1-none"

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The comment block at the top of a script is its help text.
print_help() { sed -n '3,/^[^#]/{/^#/{s/^# \{0,1\}//;p}}' "$1"; }

has() { command -v "$1" >/dev/null 2>&1; }

is_pinned_rustc() { [[ "$("$@" --version 2>/dev/null)" == "rustc $RUST_VERSION "* ]]; }

# Makes `cargo` and `rustc` mean the pinned version, in this process and its children.
#
# Naming the toolchain in the environment also keeps rustup from fetching the components listed in
# rust-toolchain.toml at every call, which fails on a machine that rustup cannot reach the network
# from and where `setup` has built the target from source.
use_pinned_toolchain() {
    has rustup || return 0
    local candidate
    for candidate in "${RUSTUP_TOOLCHAIN:-$RUST_VERSION}" "$RUST_VERSION" stable; do
        if RUSTUP_AUTO_INSTALL=0 is_pinned_rustc rustup run "$candidate" rustc; then
            export RUSTUP_TOOLCHAIN="$candidate"
            return 0
        fi
    done
}

# Where cargo puts what it builds. The runtime's WASM builder looks for Cargo.lock upwards from
# there, so it needs a hint when that is outside the repository.
TARGET_DIR="${CARGO_TARGET_DIR:-$ROOT/target}"
export CARGO_TARGET_DIR="$TARGET_DIR"
export WASM_BUILD_WORKSPACE_HINT="$ROOT"

# shellcheck disable=SC2034
NODE_BIN="$TARGET_DIR/release/qloak-node"
# shellcheck disable=SC2034
WALLET_BIN="$TARGET_DIR/release/qloak"
