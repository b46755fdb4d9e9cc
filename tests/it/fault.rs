//! Faults for one run of the program, and what must hold after each: shared by `crash` and the soak.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use learn::event::{Id, Kind};
use learn::store::Store;

use crate::support::{self, PRODUCTION, Project, copy_dir, repo};

/// What a project looked like before the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Skills and no `.learn/`.
    Fresh,
    /// Three occurrences, one of them in a pack.
    Used,
    /// Used, and an update put the shipped learnings.md over the user's.
    Updated,
    /// Used, and killed commands left their temporary files.
    Leftovers,
    /// Used, and a person counted nine.
    ByHand,
    /// Used, and learnings.md is gone.
    Gone,
}

pub const STATES: [State; 6] =
    [State::Fresh, State::Used, State::Updated, State::Leftovers, State::ByHand, State::Gone];

pub const RECORD: &[&str] = &["record", "rollback", "--cause", "DATABASE_URL was missing"];
pub const SYNC: &[&str] = &["sync"];
pub const PACK: &[&str] = &["pack", "--older-than", "0"];
pub const COMMANDS: [&[&str]; 3] = [RECORD, SYNC, PACK];

/// Calls that change a file or a folder. The states between them are all there are.
pub const CHANGING: &[&str] = &[
    "openat",
    "write",
    "fsync",
    "rename",
    "renameat2",
    "unlink",
    "mkdir",
    "ftruncate",
    "link",
    "linkat",
    "flock",
    "chmod",
    "fchmod",
    "chown",
];

pub const NOTE: &str = "A note of the team: call Kim before a rollback on Fridays.";

/// A project that is put back after each fault. The path stays the same, as the program knows files by it.
pub struct Bench {
    pub project: Project,
    kept: Project,
    state: State,
    occurrences: Vec<Id>,
    old: Option<Vec<u8>>,
    count: u64,
}

impl Bench {
    pub fn new(state: State) -> Self {
        let project = Project::new();
        let path = format!("{PRODUCTION}/learnings.md");
        project.write(&path, format!("{}\n{NOTE}\n", project.learnings()));
        if state != State::Fresh {
            project.ok(&["record", "rollback", "--feature", "search"]);
            project.ok(PACK);
            project.ok(&["record", "rollback", "--feature", "checkout-v2"]);
            project.ok(&["record", "rollback", "--key", "ci-7"]);
        }
        match state {
            State::Fresh | State::Used => {}
            State::Updated => {
                let shipped = repo().join("skills/production-deployment-phase/learnings.md");
                project.write(&path, fs::read(shipped).unwrap());
            }
            State::Leftovers => {
                for (call, number) in [("rename", 1), ("rename", 2), ("renameat2", 1)] {
                    // An event that was stored or not, a new text in a temporary file, both before the exchange.
                    inject(&project, RECORD, &format!("{call}:signal=KILL:when={number}"));
                }
                assert!(!leftovers(&project).is_empty(), "the kills left nothing");
            }
            State::ByHand => {
                let text = project.learnings();
                let new =
                    text.replacen("**Frequency**: 3/5", "**Frequency**: 5/5 (9 occurrences)", 1);
                assert_ne!(text, new);
                project.write(&path, new);
            }
            State::Gone => fs::remove_file(project.path(&path)).unwrap(),
        }
        let kept = Project::empty();
        copy_dir(&project.dir, &kept.dir);
        let occurrences = occurrences(&project);
        let old = fs::read(project.path(&path)).ok();
        let count = if state == State::ByHand { 9 } else { occurrences.len() as u64 };
        Self { project, kept, state, occurrences, old, count }
    }

    pub fn reset(&self) {
        for entry in fs::read_dir(&self.project.dir).unwrap() {
            fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
        copy_dir(&self.kept.dir, &self.project.dir);
    }

    /// Returns how often a command makes each system call, and the learnings.md that it leaves.
    pub fn dry(&self, args: &[&str]) -> (BTreeMap<String, usize>, Option<Vec<u8>>) {
        self.reset();
        let log = self.kept.path("strace.log");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o"]).arg(&log);
        let res = support::output(&mut wrap(command, &self.project, args));
        assert_eq!(res.code, 0, "{args:?}: {res:?}");
        let mut counts = BTreeMap::new();
        for line in fs::read_to_string(&log).unwrap().lines() {
            let call = line.trim_start_matches(|it: char| it.is_ascii_digit()).trim_start();
            if let Some((name, _)) = call.split_once('(')
                && !name.is_empty()
                && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
            {
                *counts.entry(name.to_owned()).or_insert(0) += 1;
            }
        }
        fs::remove_file(&log).unwrap();
        (counts, fs::read(self.learnings()).ok())
    }

    pub fn learnings(&self) -> PathBuf {
        self.project.path(&format!("{PRODUCTION}/learnings.md"))
    }

    /// Runs a command with one fault and checks all that must hold. `new` is what the command makes of learnings.md.
    pub fn try_fault(&self, args: &[&str], fault: &str, new: Option<&[u8]>, next_records: bool) {
        self.reset();
        let res = inject(&self.project, args, fault);
        self.check(&res, &format!("{:?} {args:?} {fault}", self.state), args, new, next_records);
    }

    pub fn check(
        &self,
        res: &support::Output,
        what: &str,
        args: &[&str],
        new: Option<&[u8]>,
        next_records: bool,
    ) {
        let project = &self.project;
        let what = format!("{what}\n{res:#?}");
        // The numbers: what was there is there, what was acknowledged is, what failed is not.
        let (found, problems) = events(project);
        assert!(problems.is_empty(), "{what}\n{problems:?}");
        let now: Vec<Id> = occurrences_of(&found);
        assert!(self.occurrences.iter().all(|it| now.contains(it)), "an event is lost: {what}");
        let added = now.len() - self.occurrences.len();
        let records = args[0] == "record";
        assert!(added <= usize::from(records), "{added} events more: {what}");
        let killed = res.code == -1 || res.code >= 128;
        match res.code {
            _ if killed => assert!(
                added == 1 || !records || !res.stdout.contains("recorded"),
                "acknowledged and not there: {what}"
            ),
            0 => assert_eq!(added, usize::from(records), "acknowledged and not there: {what}"),
            2 => {
                assert_eq!(added, 0, "failed and there: {what}");
                assert!(res.stderr.contains("error: ") || args == SYNC, "no message: {what}");
            }
            // The loader could not start the program.
            127 => assert_eq!(added, 0, "{what}"),
            _ => panic!("exit code: {what}"),
        }
        let text = fs::read(self.learnings()).ok();
        assert!(
            text == self.old || text.as_deref() == new,
            "learnings.md is neither the old nor the new one: {what}\n{}",
            String::from_utf8_lossy(&text.unwrap_or_default())
        );
        // The next command heals and cleans.
        age_leftovers(project);
        let mut count = self.count + added as u64;
        if next_records {
            project.ok(RECORD);
            count += 1;
        } else {
            project.ok(SYNC);
        }
        assert_eq!(leftovers(project), Vec::<PathBuf>::new(), "{what}");
        if count == 0 {
            return;
        }
        let text = project.learnings();
        let shown = frequency(&text, "rollback-needed");
        // Where a count by hand could not be read, the event is older than the total it was in nobody's view of.
        let blind =
            self.state == State::ByHand && res.stderr.contains("learnings.md was not written");
        assert!(
            shown == count || blind && shown + 1 == count,
            "{shown}, not {count}: {what}\n{text}"
        );
        assert!(text.contains(NOTE), "{what}\n{text}");
        let check = project.run(&["sync", "--check"]);
        assert_eq!(check.code, 0, "{what}\n{check:?}");
        assert!(check.stderr.is_empty(), "{what}\n{check:?}");
    }
}

/// Runs a command under strace with faults: `CALL:WHAT:when=N`, separated by spaces.
pub fn inject(project: &Project, args: &[&str], faults: &str) -> support::Output {
    let calls: Vec<&str> = faults.split(' ').map(|it| it.split(':').next().unwrap()).collect();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={}", calls.join(","))]);
    for fault in faults.split(' ') {
        command.args(["-e", &format!("inject={fault}")]);
    }
    support::output(&mut wrap(command, project, args))
}

/// Puts a command of this program behind another one that runs it.
pub fn wrap(mut outer: Command, project: &Project, args: &[&str]) -> Command {
    let inner = project.command(args);
    outer.arg(inner.get_program()).args(inner.get_args()).current_dir(&project.dir).env_clear();
    for (name, value) in inner.get_envs() {
        outer.env(name, value.unwrap());
    }
    // Within a minute of each other, so that all runs are on one day.
    outer.env("LEARN_NOW", "2026-11-23T08:30:00Z").stdin(std::process::Stdio::null());
    outer
}

/// Returns the events and what is wrong with the store.
pub fn events(project: &Project) -> (Vec<(Id, Kind)>, Vec<learn::journal::Problem>) {
    let store = Store::at(project.dir.clone());
    store
        .ask(|journal, _| {
            let found =
                journal.select(|_| true).iter().map(|it| (it.event.id, it.event.kind)).collect();
            (found, journal.problems.clone())
        })
        .unwrap()
}

pub fn occurrences(project: &Project) -> Vec<Id> {
    occurrences_of(&events(project).0)
}

fn occurrences_of(events: &[(Id, Kind)]) -> Vec<Id> {
    events.iter().filter(|it| it.1 == Kind::Occurrence).map(|it| it.0).collect()
}

/// Returns the count that a learnings.md says a pitfall has.
pub fn frequency(text: &str, pitfall: &str) -> u64 {
    let section =
        text.split(&format!("### {pitfall}\n")).nth(1).unwrap_or_else(|| panic!("{text}"));
    let line = section.lines().find(|it| it.starts_with("**Frequency**")).unwrap();
    let of =
        |open: &str, close: &str| line.split_once(open)?.1.split_once(close)?.0.trim().parse().ok();
    of("(", " occ").or_else(|| of("**: ", "/")).unwrap_or_else(|| panic!("{line}"))
}

/// Returns the temporary files of `.learn/local/tmp`.
pub fn leftovers(project: &Project) -> Vec<PathBuf> {
    support::files(&project.path(".learn/local/tmp"))
}

/// Makes temporary files old enough to belong to nobody.
pub fn age_leftovers(project: &Project) {
    for path in leftovers(project) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(120)).unwrap();
    }
}

/// Ends the loops of other threads when it goes, also when a check fails: or they would run for ever.
pub struct Stop<'a>(pub &'a std::sync::atomic::AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Does all jobs on a few threads, each with benches of its own.
pub fn share<T: Sync>(jobs: &[T], threads: usize, work: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(job) =
                    jobs.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    work(job);
                }
            });
        }
    });
}

/// Kills each command at each of its calls, in each state, or lets the calls fail; returns the number of points.
pub fn sweep(
    states: &[State],
    calls: impl Fn(&str) -> bool + Sync,
    faults: impl Fn(&str, usize) -> Vec<String> + Sync,
    threads: usize,
) -> usize {
    let jobs: Vec<(State, &[&str])> =
        states.iter().flat_map(|state| COMMANDS.map(|command| (*state, command))).collect();
    let points = std::sync::atomic::AtomicUsize::new(0);
    share(&jobs, threads, |(state, command)| {
        let bench = Bench::new(*state);
        let (counts, new) = bench.dry(command);
        for (call, count) in counts.iter().filter(|it| calls(it.0)) {
            for number in 1..=*count {
                for fault in faults(call, number) {
                    let fault = format!("{call}:{fault}:when={number}");
                    bench.try_fault(command, &fault, new.as_deref(), number.is_multiple_of(2));
                    points.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
            }
        }
    });
    points.into_inner()
}

/// Runs a command whose files may not grow beyond a size: the write that would is cut there, and the next one kills.
pub fn cut_writes(bench: &Bench, args: &[&str], limit: u64, new: Option<&[u8]>) {
    bench.reset();
    let mut command = Command::new("prlimit");
    command.arg(format!("--fsize={limit}")).arg("--core=0");
    let res = support::output(&mut wrap(command, &bench.project, args));
    bench.check(&res, &format!("limit {limit} {args:?}"), args, new, limit.is_multiple_of(2));
}
