//! Programs on the search path, and what the agent on this machine says of itself.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Returns where a shell finds a program. On Windows its name has an ending, and npm installs scripts.
pub fn on_path(path: &OsStr, program: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    let names = |dir: PathBuf| endings.iter().map(move |it| dir.join(format!("{program}{it}")));
    std::env::split_paths(path).flat_map(names).find(|it| it.is_file())
}

/// Asks Claude Code for its version; `None` where it is not on the search path, or answers otherwise.
pub fn claude_version(path: &OsStr) -> Option<(u32, u32, u32)> {
    let mut command = Command::new(on_path(path, "claude")?);
    command.arg("--version").stdin(Stdio::null()).stderr(Stdio::null());
    let text = String::from_utf8(command.output().ok()?.stdout).ok()?;
    let mut numbers = text.split_whitespace().next()?.split('.').map(|it| it.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}
