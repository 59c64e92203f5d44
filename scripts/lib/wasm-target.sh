# shellcheck shell=bash
# Sourced by `setup`: the runtime's compilation target, tried out and built from source.

# Runs a command as root, or fails where that is impossible without a password.
run_as_root() {
    if ((EUID == 0)); then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        return 1
    fi
}

# Whether the sysroot $1 links a program for the target. A runtime is linked with link-time
# optimisation, which needs bitcode in `core` and `alloc`; a library alone would not show that.
wasm_target_works() {
    compgen -G "$1/lib/rustlib/$WASM_TARGET/lib/libcore-*.rlib" >/dev/null || return 1
    local folder status=0
    folder="$(mktemp -d)"
    cat >"$folder/probe.rs" <<'RUST'
#![no_std]
extern crate alloc;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
struct Nowhere;
unsafe impl GlobalAlloc for Nowhere {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 { core::ptr::null_mut() }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
#[global_allocator]
static NOWHERE: Nowhere = Nowhere;
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! { loop {} }
#[no_mangle]
pub extern "C" fn probe(n: usize) -> usize {
    let mut bytes = Vec::with_capacity(n);
    bytes.extend((0..n).map(|i| i as u8));
    bytes.clone().len()
}
RUST
    # From /, so that no configuration of this repository takes part.
    (cd / && rustc --sysroot "$1" --target "$WASM_TARGET" --edition 2021 --crate-type cdylib \
        -C opt-level=1 -C lto=fat -C panic=abort -o "$folder/probe.wasm" "$folder/probe.rs") \
        >"$folder/output" 2>&1 || status=1
    [[ -s "$folder/probe.wasm" ]] || status=1
    ((status == 0)) || cat "$folder/output" >&2
    rm -rf "$folder"
    return "$status"
}

# Prints the folder of the standard library's sources of exactly the pinned version, unpacking them
# into $1 if they come in an archive.
find_library_sources() {
    local archive="$ROOT/../shared/toolchain/rust-library-$RUST_VERSION.tar.xz"
    local from_rustup from_debian="/usr/src/rustc-$RUST_VERSION/library"
    from_rustup="$(rustc --print sysroot)/lib/rustlib/src/rust/library"
    if [[ -f "$archive" ]]; then
        has xz || run_as_root apt-get install -y -q xz-utils >&2 || return 1
        say "  sources: $archive" >&2
        tar -xJf "$archive" -C "$1"
        say "$1/library"
    elif [[ -f "$from_rustup/Cargo.lock" ]]; then
        say "  sources: $from_rustup" >&2
        say "$from_rustup"
    elif [[ -f "$from_debian/Cargo.lock" ]] || install_debian_sources; then
        say "  sources: $from_debian" >&2
        say "$from_debian"
    else
        return 1
    fi
}

# Debian's rust-src serves only if it has the very version of the compiler.
install_debian_sources() {
    has apt-cache || return 1
    local candidate
    candidate="$(apt-cache policy rust-src 2>/dev/null | sed -n 's/^ *Candidate: //p')"
    [[ "$candidate" == "$RUST_VERSION"[+~-]* ]] || return 1
    run_as_root apt-get install -y -q rust-src >&2 && [[ -f "/usr/src/rustc-$RUST_VERSION/library/Cargo.lock" ]]
}

# Builds `core`, `alloc` and `compiler_builtins` and puts them into the sysroot $1.
build_wasm_target() {
    local sysroot="$1" work library
    work="$(mktemp -d)"
    # shellcheck disable=SC2064 # the folder of now, not of the exit
    trap "rm -rf '$work'" EXIT
    library="$(find_library_sources "$work")" || die "the sources of the standard library of Rust $RUST_VERSION are not here. Run one of these where there is a network, then start again:
    rustup target add $WASM_TARGET --toolchain $RUST_VERSION
    rustup component add rust-src --toolchain $RUST_VERSION
    apt-get install -y rust-src          # if Debian's version is $RUST_VERSION"

    compile_library "$work" "$library"

    local destination="$sysroot/lib/rustlib/$WASM_TARGET/lib"
    local -a libraries=("$work/target/$WASM_TARGET"/release/deps/lib{core,alloc,compiler_builtins}-*.rlib)
    if ! replace_libraries "$destination" "${libraries[@]}" 2>/dev/null &&
        ! run_as_root bash -c "$(declare -f replace_libraries); replace_libraries \"\$@\"" - "$destination" "${libraries[@]}"; then
        die "cannot write to $destination. Run this as root:
    $ROOT/scripts/setup"
    fi
    # A sysroot of its own still needs the host's linker for the target.
    local host_libraries
    host_libraries="$(rustc --print sysroot)/lib/rustlib/$(host_triple)"
    [[ -e "$sysroot/lib/rustlib/$(host_triple)" ]] || ln -s "$host_libraries" "$sysroot/lib/rustlib/$(host_triple)"
    rm -rf "$work"
    trap - EXIT
}

# Old copies have to go: with two, rustc says that it cannot choose.
replace_libraries() {
    local destination="$1"
    shift
    mkdir -p "$destination" || return 1
    rm -f "$destination"/lib{core,alloc,compiler_builtins}-*.r* || return 1
    install -m 644 -t "$destination" "$@"
}

host_triple() { rustc --version --verbose | sed -n 's/^host: //p'; }

# Cargo reads the library's sources from the compiler's sysroot. A sysroot made of links, and a
# compiler that is told to use it, leave the real one untouched.
compile_library() {
    local work="$1" library="$2" real_sysroot
    real_sysroot="$(rustc --print sysroot)"
    mkdir -p "$work/sysroot/lib/rustlib/src/rust" "$work/probe/src"
    ln -s "$library" "$work/sysroot/lib/rustlib/src/rust/library"
    ln -s "$real_sysroot/lib/rustlib/$(host_triple)" "$work/sysroot/lib/rustlib/$(host_triple)"
    printf '#!/bin/sh\nexec "%s" --sysroot "%s" "$@"\n' "$real_sysroot/bin/rustc" "$work/sysroot" >"$work/rustc"
    chmod +x "$work/rustc"
    printf '[package]\nname = "probe"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/probe/Cargo.toml"
    printf '#![no_std]\n' >"$work/probe/src/lib.rs"
    # Bootstrap: building the library is an unstable feature. Bitcode: see wasm_target_works.
    (cd "$work/probe" && env -u RUSTC_WRAPPER -u RUSTC_WORKSPACE_WRAPPER -u CARGO_ENCODED_RUSTFLAGS \
        RUSTC="$work/rustc" RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR="$work/target" \
        cargo build --release --target "$WASM_TARGET" \
        -Z build-std=core,alloc -Z build-std-features=compiler-builtins-mem) ||
        die "building the standard library for $WASM_TARGET failed; cargo's message is above. Run this where rustup has a network:
    rustup target add $WASM_TARGET --toolchain $RUST_VERSION"
}
