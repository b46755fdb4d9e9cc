//! The outside world: arguments, clock, environment and terminal go in, an exit code comes out.

use std::process::ExitCode;

use learn::cli::{self, World};

fn main() -> ExitCode {
    let world = World {
        args: std::env::args_os().collect(),
        cwd: std::env::current_dir().unwrap_or_else(|_| ".".into()),
        millis: now(),
        path: std::env::var_os("PATH"),
        exe: std::env::current_exe().ok(),
        clock: now,
        is_terminal: std::io::IsTerminal::is_terminal(&std::io::stderr()),
    };
    let mut out = anstream::AutoStream::auto(std::io::stdout().lock());
    let mut err = anstream::AutoStream::auto(std::io::stderr().lock());
    ExitCode::from(cli::run(&world, &mut std::io::stdin().lock(), &mut out, &mut err))
}

/// Milliseconds since 1970; `LEARN_NOW` (RFC 3339) stands in for the clock, for tests and back-filling.
fn now() -> u64 {
    let set = std::env::var("LEARN_NOW").ok();
    let set = set.and_then(|it| chrono::DateTime::parse_from_rfc3339(&it).ok());
    let real = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |it| it.as_millis() as u64)
    };
    set.map_or_else(real, |it| it.timestamp_millis().max(0) as u64)
}
