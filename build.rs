//! How the program is linked.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LEARN_PIE");
    // A position-independent program has 10,000 pointers to relocate at every start, which is a tenth of what `learn record`
    // takes. What is given up is the random place of the program's own code; heap, stack and libraries
    // keep theirs, and there is no unsafe code here. `LEARN_PIE=1` builds it position-independent.
    let cfg = |name: &str| env::var(format!("CARGO_CFG_{name}")).unwrap_or_default();
    let is_glibc = cfg("TARGET_OS") == "linux" && cfg("TARGET_ENV") == "gnu";
    let is_static = cfg("TARGET_FEATURE").split(',').any(|it| it == "crt-static");
    if is_glibc && !is_static && env::var_os("LEARN_PIE").is_none() {
        println!("cargo::rustc-link-arg-bin=learn=-no-pie");
    }
}
