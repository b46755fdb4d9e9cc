//! How the program is linked where a start costs more than most commands do: on Linux with glibc.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LEARN_PIE");
    let cfg = |name: &str| env::var(format!("CARGO_CFG_{name}")).unwrap_or_default();
    let is_glibc = cfg("TARGET_OS") == "linux" && cfg("TARGET_ENV") == "gnu";
    let is_static = cfg("TARGET_FEATURE").split(',').any(|it| it == "crt-static");
    if !is_glibc || is_static {
        return;
    }
    // A position-independent program has 10,000 pointers to relocate at every start, which is a tenth of what `learn record`
    // takes. What is given up is the random place of the program's own code; heap, stack and libraries
    // keep theirs, and there is no unsafe code here. `LEARN_PIE=1` builds it position-independent.
    if env::var_os("LEARN_PIE").is_none() {
        println!("cargo::rustc-link-arg-bin=learn=-no-pie");
    }
    // Rust asks for libgcc_s.so to unwind panics, which this program does not do. Loading it is an eighth of an
    // empty program's time; the same code from the archive, named first, makes that unnecessary.
    if let Some(dir) = unwinder() {
        println!("cargo::rustc-link-search=native={}", dir.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Returns the folder of the linker's own `libgcc_eh.a`, if it has one: gcc does, clang may not.
fn unwinder() -> Option<PathBuf> {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let answer = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output().ok()?;
    let path = PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim());
    (path.is_absolute() && path.is_file()).then(|| path.parent().map(Into::into))?
}
