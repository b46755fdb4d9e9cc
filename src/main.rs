//! The outside world: arguments, clock, environment and terminal go in, an exit code comes out.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice, StripStream};
use learn::cli::{self, HookCall, World};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// How long a hook waits for its payload. Some agents never close the input; SessionEnd has 1.5 s in all.
const PAYLOAD_TIME: Duration = Duration::from_secs(1);
/// How long a hook may work. Whatever it is cut off from is done by the next one.
const HOOK_TIME: Duration = Duration::from_secs(5);
/// Largest payload that is read, in bytes.
const PAYLOAD_MAX: u64 = 16 << 20;

fn main() -> ExitCode {
    let world = World {
        args: std::env::args_os().collect(),
        cwd: std::env::current_dir().unwrap_or_else(|_| ".".into()),
        millis: now(),
        path: std::env::var_os("PATH"),
        exe: || std::env::current_exe().ok(),
        home: std::env::home_dir(),
        project_dir: std::env::var_os("CLAUDE_PROJECT_DIR").map(Into::into),
        clock: now,
        is_terminal: || std::io::IsTerminal::is_terminal(&io::stderr()),
        columns,
    };
    // Before the parser is built: an exit code other than 0 would block the agent's session.
    if let [_, first, rest @ ..] = &*world.args
        && first == "hook"
        && !rest.iter().any(|it| it == "--help" || it == "-h")
    {
        hook(&world);
    }
    if let Some(it) = cli::color(&world.args) {
        it.write_global();
    }
    let mut out = output();
    let mut err = AutoStream::auto(io::stderr().lock());
    ExitCode::from(cli::run(&world, &mut io::stdin().lock(), &mut *out, &mut err))
}

/// Returns where answers go: one write each, and whoever tells of something as it happens flushes.
fn output() -> Box<dyn Write> {
    let stdout = io::stdout().lock();
    match AutoStream::choice(&stdout) {
        // What takes colours out writes each piece between two of them, so the buffer comes behind it.
        ColorChoice::Never => {
            let behind: Box<dyn Write> = Box::new(BufWriter::new(stdout));
            Box::new(StripStream::new(behind))
        }
        _ => Box::new(BufWriter::new(AutoStream::auto(stdout))),
    }
}

/// Answers a hook and ends the program with 0, whatever happens.
fn hook(world: &World) -> ! {
    std::panic::set_hook(Box::new(|_| std::process::exit(0)));
    let args: Vec<String> =
        world.args[2..].iter().map(|it| it.to_string_lossy().into_owned()).collect();
    if let Some(call) = payload().and_then(|it| HookCall::read(&args, &it)) {
        let world = world.clone();
        let answer = in_time(HOOK_TIME, move || Some(call.answer(&world))).unwrap_or_default();
        if !answer.is_empty() {
            drop(io::stdout().write_all(format!("{answer}\n").as_bytes()));
        }
    }
    // A thread may wait for ever: for the input, or for a disk that hangs.
    std::process::exit(0)
}

/// Returns what the work comes to; `None` when it takes too long or comes to nothing.
fn in_time<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    let run = move || work().map(|it| drop(sender.send(it)));
    std::thread::Builder::new().spawn(run).ok()?;
    receiver.recv_timeout(time).ok()
}

/// Returns one JSON value from the input; `None` when none came in time.
fn payload() -> Option<Vec<u8>> {
    in_time(PAYLOAD_TIME, || {
        let mut input = BufReader::new(io::stdin().take(PAYLOAD_MAX));
        if input.fill_buf().is_ok_and(|it| it.starts_with(b"\xef\xbb\xbf")) {
            input.consume(3);
        }
        let mut copy = Copy { input, read: Vec::new() };
        let whole = IgnoredAny::deserialize(&mut serde_json::Deserializer::from_reader(&mut copy));
        whole.is_ok().then_some(copy.read)
    })
}

/// Keeps what is read.
struct Copy<R> {
    input: R,
    read: Vec<u8>,
}

impl<R: Read> Read for Copy<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(into)?;
        self.read.extend_from_slice(&into[..n]);
        Ok(n)
    }
}

/// How wide the output is: as `COLUMNS` says, else as wide as the terminal.
fn columns() -> Option<usize> {
    let set = std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
    set.or_else(|| terminal_size::terminal_size_of(io::stdout()).map(|it| usize::from(it.0.0)))
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
