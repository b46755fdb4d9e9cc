//! The long version of the tests with faults, for a release: thousands of points instead of hundreds.
//!
//! `cargo test --release --test soak -- --points 10000`, with the names of some parts to run only those:
//! `kills errors writes storm parallel editor`. Not part of `cargo test`, since it takes minutes.
//! `… --test soak -- life --minutes 60 --seed 1` is the life of a project, only when it is named.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[path = "it/editor.rs"]
#[allow(dead_code, unused_imports, reason = "the tests in it are run elsewhere")]
mod editor;
#[path = "it/fault.rs"]
mod fault;
#[path = "soak/life.rs"]
mod life;
#[path = "it/parallel.rs"]
#[allow(dead_code, unused_imports, reason = "the tests in it are run elsewhere")]
mod parallel;
#[path = "it/support.rs"]
#[expect(dead_code, reason = "the other tests need the rest")]
mod support;

use fault::{Bench, COMMANDS, RECORD, STATES, SYNC, State, share};
use support::{Project, has};

/// How many processes run at once, and how many of them the storm has.
const THREADS: usize = 4;
const WORKERS: usize = 16;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = args.iter().position(|it| it == name)?;
        let value = args.get(at + 1).and_then(|it| it.parse::<u64>().ok());
        Some(value.unwrap_or_else(|| panic!("{name} takes a number")))
    };
    let points = number("--points").unwrap_or(10_000) as usize;
    if args.iter().any(|it| it == "life") {
        let start = Instant::now();
        let done = life::live(number("--minutes").unwrap_or(60), number("--seed").unwrap_or(1));
        println!("life: {done} commands in {:.1?}", start.elapsed());
        return;
    }
    let parts: Vec<&String> =
        args.iter().filter(|it| PARTS.iter().any(|part| part.0 == *it)).collect();
    for (name, part) in PARTS {
        if parts.is_empty() || parts.iter().any(|it| it == name) {
            let start = Instant::now();
            let done = part(points);
            println!("{name}: {done} points in {:.1?}", start.elapsed());
        }
    }
}

type Part = fn(usize) -> usize;
const PARTS: &[(&str, Part)] = &[
    ("kills", kills),
    ("errors", errors),
    ("writes", writes),
    ("storm", storm),
    ("parallel", |_| {
        for others in [&[][..], parallel::OTHERS] {
            let (took, impatient) = parallel::hammer(64, 100, others);
            println!(
                "64 processes with 100 records each, beside {others:?}: {took:.1?}, {impatient} waited in vain"
            );
        }
        12_800
    }),
    ("editor", |_| {
        for it in [0, 1, 4] {
            editor::save_and_record(2_000, Duration::from_millis(it));
        }
        6_000
    }),
];

/// Kills at every system call there is, not only at those that change something.
fn kills(_: usize) -> usize {
    if !has("strace") {
        return 0;
    }
    let calls = |it: &str| !matches!(it, "execve" | "exit" | "exit_group");
    fault::sweep(&STATES, calls, |_, _| vec!["signal=KILL".to_owned()], THREADS)
}

fn errors(_: usize) -> usize {
    if !has("strace") {
        return 0;
    }
    let errors = ["ENOSPC", "EIO", "EINTR", "EACCES"];
    let faults = |_: &str, _| errors.iter().map(|it| format!("error={it}")).collect();
    fault::sweep(&STATES, |it| fault::CHANGING.contains(&it), faults, THREADS)
}

/// Cuts and kills at every byte that is written.
fn writes(points: usize) -> usize {
    let jobs: Vec<(State, &[&str])> =
        STATES.iter().flat_map(|state| COMMANDS.map(|command| (*state, command))).collect();
    // The largest file that is written has this many bytes.
    let step = (3_000 * jobs.len()).div_ceil(points.max(1)).max(1);
    let done = AtomicUsize::new(0);
    share(&jobs, THREADS, |(state, args)| {
        let bench = Bench::new(*state);
        let (_, new) = bench.dry(args);
        for limit in (0..3_000).step_by(step) {
            fault::cut_writes(&bench, args, limit, new.as_deref());
            done.fetch_add(1, Ordering::Relaxed);
        }
    });
    done.into_inner()
}

/// Many processes at once, of which each may be killed at any moment.
fn storm(points: usize) -> usize {
    let project = Project::new();
    project.ok(RECORD);
    let start = Instant::now();
    project.ok(RECORD);
    let spread = start.elapsed().as_micros() as u64 * WORKERS as u64;
    let (killed, acknowledged) = (AtomicUsize::new(0), AtomicUsize::new(2));
    let jobs: Vec<usize> = (0..points / 2).collect();
    share(&jobs, WORKERS, |job| {
        let args = match job % 8 {
            0 => SYNC,
            1 => fault::PACK,
            _ => RECORD,
        };
        let mut command = project.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Spread over the time that a command takes, without random numbers: each failure can be run again.
        std::thread::sleep(Duration::from_micros((*job as u64 * 7_919) % spread));
        child.kill().unwrap();
        let res = child.wait_with_output().unwrap();
        if res.stdout.starts_with(b"recorded") {
            acknowledged.fetch_add(1, Ordering::Relaxed);
        } else if res.status.code().is_none() {
            killed.fetch_add(1, Ordering::Relaxed);
        }
        assert!(!String::from_utf8_lossy(&res.stderr).contains("damaged"), "{res:?}");
    });
    let (events, problems) = fault::events(&project);
    assert!(problems.is_empty(), "{problems:?}");
    let count = events.len();
    assert_eq!(fault::occurrences(&project).len(), count, "nobody counted by hand");
    let (killed, acknowledged) = (killed.into_inner(), acknowledged.into_inner());
    assert!(count >= acknowledged, "{count} events, {acknowledged} acknowledged");
    assert!(
        count <= acknowledged + killed,
        "{count} events, {acknowledged} acknowledged, {killed} killed"
    );
    fault::age_leftovers(&project);
    project.ok(SYNC);
    assert!(fault::leftovers(&project).is_empty());
    assert_eq!(fault::frequency(&project.learnings(), "rollback-needed"), count as u64);
    project.ok(&["sync", "--check"]);
    println!("storm: {killed} killed, {acknowledged} acknowledged, {count} there");
    points / 2
}
