//! What the agent on this machine says of itself.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// Asks Claude Code for its version; `None` where it is not on the search path, or answers otherwise.
pub fn claude_version(path: &OsStr) -> Option<(u32, u32, u32)> {
    let program =
        std::env::split_paths(path).map(|it| it.join("claude")).find(|it| it.is_file())?;
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stderr(Stdio::null());
    let text = String::from_utf8(command.output().ok()?.stdout).ok()?;
    let mut numbers = text.split_whitespace().next()?.split('.').map(|it| it.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}
