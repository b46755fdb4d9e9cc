//! The speed promises, each as a ratio of medians measured in one run: `cargo bench --bench speed`.
//!
//! Commands run in turn (A B A B …), so that a machine that gets slower slows both.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use learn::event::{Event, Id, Kind, Outcome, Timestamp};
use learn::journal::Journal;
use learn::measure::{Rules, measure};
use learn::projection::project as project_journal;
use learn::store::{Store, pack};

mod lint;

/// The program as it is installed.
static LEARN: OnceLock<PathBuf> = OnceLock::new();
const RUNS: usize = 41;
const SKILL: &str = "production-deployment-phase";

fn main() {
    let dir = std::env::temp_dir().join(format!("learn-bench-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    LEARN.set(install()).unwrap();
    let floor = compile(&dir);
    println!("{:<58} {:>9} {:>9} {:>7} {:>7}", "promise", "median", "against", "ratio", "limit");

    let mut empty = || timed(Command::new(&floor));
    let mut version = || timed(command(&dir, &["--version"]));
    row("`learn --version` against an empty program", pair(&mut version, &mut empty), 1.5);

    let fresh = project(&dir, "fresh", 0, 0);
    let disk = dir.join("floor");
    fs::create_dir_all(&disk).unwrap();
    let mut number = 0;
    let mut write = || {
        number += 1;
        let mut it = Command::new(&floor);
        it.arg(&disk).arg(number.to_string());
        timed(it)
    };
    let mut record = || timed(command(&fresh, &["record", "rollback", "--feature", "f"]));
    row("`learn record` against writing two files with fsync", pair(&mut record, &mut write), 1.5);

    let large = project(&dir, "large", 100_000, 1_000);
    let small = project(&dir, "small", 0, 0);
    let mut with = || timed(command(&large, &["record", "rollback", "--feature", "f"]));
    let mut without = || timed(command(&small, &["record", "rollback", "--feature", "f"]));
    row(
        "`learn record`, 100,000 packed + 1,000 loose, against none",
        pair(&mut with, &mut without),
        1.5,
    );

    let other =
        json(&fresh, "PostToolUse", r#""tool_name":"Read","tool_input":{},"tool_response":{}"#);
    let mut not_ours = || hook(&fresh, &other);
    row("`learn hook`, not ours, against an empty program", pair(&mut not_ours, &mut empty), 2.0);
    let many = project(&dir, "many", 10_000, 0);
    let mut turn = 0;
    let mut begins = || {
        turn += 1;
        let more = format!(r#""command_name":"phase-2-ship","prompt_id":"turn {turn}""#);
        hook(&many, &json(&many, "UserPromptExpansion", &more))
    };
    row(
        "`learn hook`, a start with 10,000 events, against empty",
        pair(&mut begins, &mut empty),
        5.0,
    );
    let mut told: Vec<Duration> =
        (0..RUNS).map(|_| timed(command(&large, &["context", "phase-2-ship"]))).collect();
    told.sort_unstable();
    println!(
        "{:<58} {:>6.1} ms {:>9} {:>7}   30 ms",
        "`learn context` with 101,000 events",
        told[RUNS / 2].as_secs_f64() * 1e3,
        "",
        ""
    );

    let million = project(&dir, "million", 1_000_000, 0);
    let mut fold: Vec<Duration> =
        (0..5).map(|_| timed(command(&million, &["sync", "--check"]))).collect();
    fold.sort_unstable();
    println!(
        "{:<58} {:>6.0} ms {:>9} {:>7} 1500 ms",
        "1,000,000 packed events fold",
        fold[2].as_secs_f64() * 1e3,
        "",
        ""
    );
    println!(
        "{:<58} {:>6} MiB {:>9} {:>7} 400 MiB",
        "… and at most this much memory",
        peak_mib(&million),
        "",
        ""
    );
    let mut deploys: Vec<Duration> = (0..5).map(|_| measured(10_000)).collect();
    deploys.sort_unstable();
    println!(
        "{:<58} {:>6.1} ms {:>9} {:>7}   50 ms",
        "10,000 deployments project into a metrics table",
        deploys[2].as_secs_f64() * 1e3,
        "",
        ""
    );
    lint_rows(&dir, &floor);
    let size = fs::metadata(LEARN.get().unwrap()).unwrap().len() as f64 / f64::from(1 << 20);
    println!("{:<58} {size:>6.1} MiB {:>9} {:>7}   8 MiB", "the program", "", "");
    fs::remove_dir_all(&dir).unwrap();
}

/// The linter's promises; they need real skills.
fn lint_rows(dir: &Path, floor: &Path) {
    let Some((all, one)) = lint::collection(dir) else {
        println!("skipped: no corpus at hand for the linter (`LEARN_CORPUS`)");
        return;
    };
    let learn = LEARN.get().unwrap();
    let mut ours = || lint::timed(learn, &["lint", "."], &all);
    let files = lint::markdown(&all);
    let mut parse = || lint::parse(&files);
    row("`learn lint`, 1,300 skills, against parsing them", pair(&mut ours, &mut parse), 2.0);
    let texts = lint::markdown(&one);
    let mut single = || lint::timed(learn, &["lint", "."], &one);
    let mut read = || {
        let mut it = Command::new(floor);
        it.arg("--read").args(&texts);
        timed(it)
    };
    row("`learn lint`, one skill, against reading it", pair(&mut single, &mut read), 2.0);
    // Other linters count against ours: the larger the better.
    for (name, args) in [("agnix", &["."][..]), ("skilo", &["lint", "."])] {
        let Some(program) = lint::installed(name) else {
            println!("skipped: `{name}` is not installed");
            continue;
        };
        let mut theirs = || lint::timed(&program, args, &all);
        let (a, b) = pair(&mut theirs, &mut ours);
        let ratio = a.as_secs_f64() / b.as_secs_f64();
        println!("{:<58} {ratio:>27.1}", format!("… `{name}` takes so many times as long"));
    }
}

fn row(name: &str, (a, b): (Duration, Duration), limit: f64) {
    let ratio = a.as_secs_f64() / b.as_secs_f64();
    let ms = |it: Duration| it.as_secs_f64() * 1e3;
    println!("{name:<58} {:>6.2} ms {:>6.2} ms {ratio:>7.2} {limit:>7.2}", ms(a), ms(b));
}

/// Medians of two commands that run in turn.
fn pair(a: &mut dyn FnMut() -> Duration, b: &mut dyn FnMut() -> Duration) -> (Duration, Duration) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let (one, two) = (a(), b());
        if run > 1 {
            left.push(one);
            right.push(two);
        }
    }
    left.sort_unstable();
    right.sort_unstable();
    (left[left.len() / 2], right[right.len() / 2])
}

fn timed(mut command: Command) -> Duration {
    let start = Instant::now();
    let status =
        command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).status().unwrap();
    let res = start.elapsed();
    assert!(status.success(), "{command:?} failed");
    res
}

/// The payload of a hook.
fn json(root: &Path, event: &str, more: &str) -> String {
    let root = root.display();
    format!(r#"{{"session_id":"s","cwd":"{root}","hook_event_name":"{event}",{more}}}"#)
}

fn hook(root: &Path, payload: &str) -> Duration {
    let mut command = command(root, &["hook"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(payload.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    start.elapsed()
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut res = Command::new(LEARN.get().unwrap());
    res.args(args).current_dir(dir);
    res
}

/// Builds the program as `cargo install` does. The one that stands beside a benchmark is larger: the
/// crates of the tests switch on parts of others that it does not need.
fn install() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_learn"));
    let target = beside.ancestors().nth(2).unwrap().join("installed");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--bin", "learn", "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(status.success(), "cargo builds the program");
    target.join("release").join(beside.file_name().unwrap())
}

fn compile(dir: &Path) -> PathBuf {
    let res = dir.join("floor-program");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/floor.rs");
    let status = Command::new("rustc")
        .args(["-O", "--edition", "2024", "-o"])
        .arg(&res)
        .arg(source)
        .status()
        .unwrap();
    assert!(status.success(), "rustc compiles the floor program");
    res
}

/// The time from the lines of that many deployments to the cells of four rows.
fn measured(deployments: usize) -> Duration {
    let line = |number: usize| {
        let id = Id::new(1_700_000_000_000 + number as u64 * 3_600_000, number as u128);
        let mut event = Event::new(id, id.written(), SKILL, Kind::Deploy);
        event.outcome =
            Some(if number.is_multiple_of(10) { Outcome::Failed } else { Outcome::Succeeded });
        event.version = Some(format!("v1.{number}").into());
        event.started = Some(Timestamp(event.at.0 - 600));
        event.finished = Some(event.at);
        event.line()
    };
    let text: String = (0..deployments).map(line).collect();
    let sources = ["packs/all.jsonl".to_owned()];
    let load = |_: &str| Ok(text.clone().into_bytes());
    let start = Instant::now();
    let projection = project_journal(&Journal::index(&sources, &load));
    for (name, target) in [
        ("Deploy success", "≥98%"),
        ("Rollback frequency", "<5%"),
        ("Deploy duration", "<15 min"),
        ("Deployment frequency", "Track"),
    ] {
        let res = measure(name, target, &projection.skills[SKILL], Rules::default());
        assert!(res.is_some(), "{name}");
    }
    start.elapsed()
}

/// A project with one skill and that many events, the packed ones sealed in packs of 20,000.
fn project(dir: &Path, name: &str, packed: usize, loose: usize) -> PathBuf {
    let root = dir.join(name);
    let skill = root.join(".claude/skills").join(SKILL);
    fs::create_dir_all(&skill).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("skills").join(SKILL);
    for file in ["SKILL.md", "learnings.md"] {
        fs::copy(source.join(file), skill.join(file)).unwrap();
    }
    let store = Store::at(root.clone());
    store.create().unwrap();
    fs::create_dir_all(store.path("packs")).unwrap();
    // Two years of events that end a minute ago.
    let end =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
            as u64
            - 60_000;
    let total = (packed + loose).max(1) as u64;
    let mut lines = String::new();
    for number in 0..packed + loose {
        let millis = end - (total - number as u64) * (63_000_000_000 / total);
        let event = event(number, millis);
        if number >= packed {
            let path = store.path(&Store::event_path(event.id));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, event.line()).unwrap();
            continue;
        }
        lines += &event.line();
        if (number + 1) % 20_000 == 0 || number + 1 == packed {
            fs::write(store.path("packs").join(pack::name(lines.as_bytes())), &lines).unwrap();
            lines.clear();
        }
    }
    // Without this the first run would pay for the cache of all of them.
    assert!(command(&root, &["sync"]).stdout(Stdio::null()).status().unwrap().success());
    root
}

fn event(number: usize, millis: u64) -> Event<'static> {
    let id = Id::new(millis, number as u128 * 0x9E37_79B9_7F4A_7C15 % (1 << 80));
    let pitfalls = [
        "rollback-needed",
        "production-deploy-failures",
        "monitoring-alerts-missed",
        "missing-rollback-plan",
    ];
    let mut res = Event::new(id, id.written(), SKILL, Kind::Occurrence);
    res.pitfall = Some(pitfalls[number % pitfalls.len()].into());
    res.feature = Some(format!("feature-{}", number % 300).into());
    res.cause_text =
        Some(format!("setting number {} was missing at start-up", number % 1000).into());
    res
}

/// Peak memory of a fold, from the kernel.
fn peak_mib(root: &Path) -> u64 {
    let mut child = command(root, &["sync", "--check"]).stdout(Stdio::null()).spawn().unwrap();
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let line = text.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        let kib = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    }
    peak / 1024
}
