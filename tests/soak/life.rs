//! The life of a project in an hour: sixteen processes run commands at random in three clones, are killed and find the
//! disk full, while a person saves, packages are updated and branches merge. A model knows what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use learn::event::{Event, Id, Kind};
use learn::learnings::{EntryKind, LearningsDoc};
use learn::store::Store;
use serde_json::Value;

use crate::fault::{self, PACK, SYNC};
use crate::support::{BIN, Output, PRODUCTION, Project, copy_dir, files, repo};

const CLONES: usize = 3;
const WORKERS: u64 = 16;
/// Longer than this no command may take, in seconds.
const LONGEST: u64 = 30;

/// A small generator, so that a seed says as much as the scheduler lets it (Steele et al., SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// A fact that somebody tried to record, by its key.
struct Fact {
    clone: usize,
    kind: Kind,
    /// Pitfall or pattern.
    id: String,
    acknowledged: bool,
}

#[derive(Default)]
struct Model {
    facts: BTreeMap<String, Fact>,
    /// Events of this program whose reply said so, with their clone.
    events: Vec<(usize, Id)>,
    retracted: Vec<(usize, Id)>,
    /// Sentences of a person, by clone, since its last merge.
    sentences: Vec<(usize, String)>,
}

#[derive(Default)]
struct Counts {
    commands: AtomicU64,
    acknowledged: AtomicU64,
    killed: AtomicU64,
    failed: AtomicU64,
    saves: AtomicU64,
    updates: AtomicU64,
    merges: AtomicU64,
    conflicts: AtomicU64,
    checks: AtomicU64,
}

struct World {
    clones: Vec<Project>,
    /// What the clones push to; goes when they do.
    _origin: Project,
    pitfalls: Vec<String>,
    patterns: Vec<String>,
    model: Mutex<Model>,
    counts: Counts,
    number: AtomicU64,
    /// Held by a worker for a command, and by the checks for all of them.
    run: RwLock<()>,
    /// One person at a time edits a file.
    person: Mutex<()>,
}

/// Lives for so many minutes; returns how many commands ran.
pub fn live(minutes: u64, seed: u64) -> usize {
    let world = World::new();
    // The first thing that is wrong ends it all, with the clones as they are.
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |it| {
        say(it);
        std::process::exit(1);
    }));
    let until = Instant::now() + Duration::from_secs(minutes * 60);
    println!("life: {minutes} minutes, seed {seed}");
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let world = &world;
            let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(worker));
            scope.spawn(move || {
                while Instant::now() < until {
                    let _running = world.run.read().unwrap();
                    world.step(&mut random);
                }
            });
        }
        let mut random = Random(seed);
        while Instant::now() < until {
            std::thread::sleep(Duration::from_secs(15));
            let _all = world.run.write().unwrap();
            world.pause(&mut random);
        }
    });
    world.end();
    world.counts.commands.load(Ordering::Relaxed) as usize
}

impl World {
    fn new() -> Self {
        let first = Project::new();
        let doc = LearningsDoc::parse(&first.learnings());
        let ids = |kind| {
            let own = doc.entries.iter().filter(|it| it.kind == kind);
            own.map(|it| it.id.clone()).take(3).collect::<Vec<String>>()
        };
        let (pitfalls, patterns) = (ids(EntryKind::Pitfall), ids(EntryKind::Pattern));
        assert!(pitfalls.len() > 1 && !patterns.is_empty());
        first.ok(&["init"]);
        first.git(&["init", "-q", "-b", "main"]);
        first.git(&["add", "-A"]);
        first.git(&["commit", "-q", "-m", "start"]);
        let origin = Project::empty();
        origin.git(&["init", "-q", "--bare", "-b", "main"]);
        first.git(&["remote", "add", "origin", origin.dir.to_str().unwrap()]);
        first.git(&["push", "-q", "origin", "main"]);
        let mut clones = vec![first];
        for _ in 1..CLONES {
            let clone = Project::empty();
            clone.git(&["clone", "-q", origin.dir.to_str().unwrap(), "."]);
            clones.push(clone);
        }
        let (model, counts) = Default::default();
        let number = AtomicU64::new(0);
        let (run, person) = (RwLock::new(()), Mutex::new(()));
        Self { clones, _origin: origin, pitfalls, patterns, model, counts, number, run, person }
    }

    /// Does one thing in one clone.
    fn step(&self, random: &mut Random) {
        let clone = random.below(CLONES);
        match random.below(100) {
            0..=44 => self.fact(clone, Kind::Occurrence, random),
            45..=54 => self.fact(clone, Kind::Use, random),
            55..=62 => self.fact(clone, Kind::Deploy, random),
            63..=66 => self.retract(clone, random),
            67..=69 => self.save(clone, random),
            70..=73 => self.hook(clone, random),
            _ => {
                let args: &[&str] = match random.below(10) {
                    0..=2 => SYNC,
                    3 => PACK,
                    4 => &["sync", "--check"],
                    5 => &["show", "--json"],
                    6 => &["log"],
                    7 => &["doctor"],
                    8 => &["context", "phase-2-ship"],
                    _ => &["lint"],
                };
                self.run(clone, args, random);
            }
        }
    }

    fn fact(&self, clone: usize, kind: Kind, random: &mut Random) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let key = format!("soak-{number}");
        let version = format!("v{}", number / 10);
        let id = match kind {
            Kind::Use => self.patterns[random.below(self.patterns.len())].clone(),
            Kind::Deploy => String::new(),
            _ => self.pitfalls[random.below(self.pitfalls.len())].clone(),
        };
        let feature = format!("feature-{}", random.below(9));
        let mut args: Vec<&str> = match kind {
            Kind::Use => vec!["use", &id, "--feature", &feature],
            Kind::Deploy => {
                vec!["deploy", random.one_of(&["succeeded", "failed"]), "--version", &version]
            }
            _ => vec!["record", &id, "--cause", "a cause, with | and *stars*"],
        };
        args.extend(["--key", &key, "--json"]);
        let fact = Fact { clone, kind, id: id.clone(), acknowledged: false };
        self.model.lock().unwrap().facts.insert(key.clone(), fact);
        let res = self.run(clone, &args, random);
        let Ok(reply) = serde_json::from_str::<Value>(&res.stdout) else { return };
        if res.code != 0 || reply["recorded"] != true {
            return;
        }
        self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
        let mut model = self.model.lock().unwrap();
        model.facts.get_mut(&key).unwrap().acknowledged = true;
        let event = reply["event"]["id"].as_str().and_then(Id::parse);
        model.events.extend(event.map(|it| (clone, it)));
        drop(model);
        // A script that runs twice.
        if random.below(10) == 0 {
            let res = self.run(clone, &args, random);
            let twice = res.code == 0 && res.stdout.contains("\"recorded\":true");
            assert!(!twice, "{key} was recorded twice: {res:?}");
        }
    }

    fn retract(&self, clone: usize, random: &mut Random) {
        let model = self.model.lock().unwrap();
        let own: Vec<Id> = model.events.iter().filter(|it| it.0 == clone).map(|it| it.1).collect();
        drop(model);
        if own.is_empty() {
            return;
        }
        let id = own[random.below(own.len())];
        let res = self.run(clone, &["retract", &id.to_string(), "--why", "a drill"], random);
        if res.code == 0 {
            self.model.lock().unwrap().retracted.push((clone, id));
        }
    }

    /// A person writes a sentence below the first heading, as editors save: by rename.
    fn save(&self, clone: usize, random: &mut Random) {
        let _person = self.person.lock().unwrap();
        let project = &self.clones[clone];
        let path = project.path(PRODUCTION).join("learnings.md");
        let text = project.learnings();
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let sentence = format!("Sentence {number} of somebody in clone {clone}.");
        let at = text.find("\n## ").expect("sections stay");
        let new = format!("{}\n{sentence}\n{}", &text[..at], &text[at..]);
        let staged = project.path(&format!("save-{number}"));
        std::fs::write(&staged, new).unwrap();
        std::thread::sleep(Duration::from_micros(random.below(2_000) as u64));
        std::fs::rename(&staged, &path).unwrap();
        self.model.lock().unwrap().sentences.push((clone, sentence));
        self.counts.saves.fetch_add(1, Ordering::Relaxed);
    }

    /// A session of an agent that ships.
    fn hook(&self, clone: usize, random: &mut Random) {
        let session = format!("s-{}", self.number.fetch_add(1, Ordering::Relaxed));
        let cwd = self.clones[clone].dir.display();
        let base = format!("\"session_id\":\"{session}\",\"cwd\":\"{cwd}\"");
        let ok = "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"gh release create v9.1.0\"},\"tool_response\":{\"stdout\":\"\",\"stderr\":\"\",\"interrupted\":false}";
        for payload in [
            format!(
                "{{{base},\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":\"/phase-2-ship\"}}"
            ),
            format!("{{{base},\"hook_event_name\":\"PostToolUse\",{ok}}}"),
            format!("{{{base},\"hook_event_name\":\"Stop\",\"stop_hook_active\":false}}"),
        ] {
            let mut command = self.clones[clone].command(&["hook"]);
            command.stdin(Stdio::piped());
            let res = self.spawn(command, Some(&payload), random);
            assert!(matches!(res.code, 0 | -1), "{res:?}");
        }
    }

    /// Runs a command with whatever befalls it.
    fn run(&self, clone: usize, args: &[&str], random: &mut Random) -> Output {
        let project = &self.clones[clone];
        let mut command = match random.below(100) {
            0..=2 => {
                let mut outer = Command::new("strace");
                let call = random.one_of(&["write", "fsync", "rename", "renameat2"]);
                let fault = format!("inject={call}:error=ENOSPC:when={}+", 1 + random.below(9));
                outer.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
                outer.args(["-e", &fault]);
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
                fault::wrap(outer, project, args)
            }
            _ => project.command(args),
        };
        if random.below(50) == 0 {
            command
                .env("LEARN_NOW", random.one_of(&["2020-01-01T00:00:00Z", "2026-11-24T08:00:00Z"]));
        }
        let res = self.spawn(command, None, random);
        assert!(matches!(res.code, -1..=3), "learn {args:?}: {res:?}");
        assert!(!res.stderr.contains("panicked"), "learn {args:?}: {res:?}");
        res
    }

    fn spawn(&self, mut command: Command, input: Option<&str>, random: &mut Random) -> Output {
        let start = Instant::now();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let is_ours = command.get_program() == BIN;
        let mut child = command.spawn().unwrap();
        if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
            // Who was killed reads nothing.
            drop(stdin.write_all(text.as_bytes()));
        }
        if is_ours && random.below(6) == 0 {
            std::thread::sleep(Duration::from_micros(random.below(40_000) as u64));
            child.kill().unwrap();
        }
        let res = child.wait_with_output().unwrap();
        assert!(start.elapsed().as_secs() < LONGEST, "{command:?} took {:?}", start.elapsed());
        self.counts.commands.fetch_add(1, Ordering::Relaxed);
        if res.status.code().is_none() {
            self.counts.killed.fetch_add(1, Ordering::Relaxed);
        }
        Output {
            code: res.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&res.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&res.stderr).into_owned(),
        }
    }

    /// While nobody runs: what is true is checked, then something large happens.
    fn pause(&self, random: &mut Random) {
        for clone in 0..CLONES {
            self.check(clone);
        }
        match random.below(3) {
            0 => self.update(random.below(CLONES)),
            _ => self.merge(random.below(CLONES), random),
        }
        let get = |it: &AtomicU64| it.load(Ordering::Relaxed);
        let it = &self.counts;
        println!(
            "life: {} commands, {} facts acknowledged, {} killed, {} with a full disk, {} saves, {} updates, {} merges ({} in conflict), {} checks",
            get(&it.commands),
            get(&it.acknowledged),
            get(&it.killed),
            get(&it.failed),
            get(&it.saves),
            get(&it.updates),
            get(&it.merges),
            get(&it.conflicts),
            get(&it.checks)
        );
    }

    /// A package is installed over the skill: its files, and a learnings.md at zero.
    fn update(&self, clone: usize) {
        let project = &self.clones[clone];
        project.ok(SYNC);
        copy_dir(&repo().join("skills/production-deployment-phase"), &project.path(PRODUCTION));
        self.counts.updates.fetch_add(1, Ordering::Relaxed);
        // Now and then nobody syncs before the others go on.
        if self.counts.updates.load(Ordering::Relaxed).is_multiple_of(2) {
            project.ok(SYNC);
        }
    }

    /// Commits, pulls what others pushed, and pushes; a conflict is ended as people do.
    fn merge(&self, clone: usize, random: &mut Random) {
        let project = &self.clones[clone];
        project.git(&["add", "-A"]);
        project.git(&["commit", "-q", "--allow-empty", "-m", "what was learned"]);
        let pulled = project.git_any(&["pull", "-q", "--no-rebase", "--no-edit", "origin", "main"]);
        if pulled.code != 0 {
            self.counts.conflicts.fetch_add(1, Ordering::Relaxed);
            let status = project.git(&["diff", "--name-only", "--diff-filter=U"]);
            let learnings = format!("{PRODUCTION}/learnings.md");
            assert_eq!(status.trim(), learnings, "only learnings.md may conflict: {pulled:?}");
            match random.below(3) {
                0 => drop(project.git(&["checkout", "-q", "--ours", "--", &learnings])),
                1 => drop(project.git(&["checkout", "-q", "--theirs", "--", &learnings])),
                // The markers stay in.
                _ => {}
            }
            project.git(&["add", "-A"]);
            project.git(&["commit", "-q", "-m", "merged"]);
        }
        if project.run(SYNC).code == 2 {
            // Two people wrote in one place: which of it stays, only they can say.
            let path = format!("{PRODUCTION}/learnings.md");
            project.write(&path, ours(&project.learnings()));
        }
        project.ok(SYNC);
        project.git(&["add", "-A"]);
        project.git(&["commit", "-q", "--allow-empty", "-m", "synced"]);
        project.git(&["push", "-q", "origin", "HEAD:main"]);
        // Whoever ends a conflict decides which sentences stay.
        let text = project.learnings();
        let mut model = self.model.lock().unwrap();
        model.sentences.retain(|it| it.0 != clone || text.contains(&it.1));
        self.counts.merges.fetch_add(1, Ordering::Relaxed);
    }

    /// Compares a clone with the model.
    fn check(&self, clone: usize) {
        self.counts.checks.fetch_add(1, Ordering::Relaxed);
        let project = &self.clones[clone];
        fault::age_leftovers(project);
        project.ok(SYNC);
        assert!(fault::leftovers(project).is_empty(), "{:?}", fault::leftovers(project));
        let journal = events(project);
        let model = self.model.lock().unwrap();
        let mut keys: BTreeMap<&str, &Event<'static>> = BTreeMap::new();
        for event in &journal {
            let Some(key) = event.key.as_deref().filter(|it| it.starts_with("soak-")) else {
                continue;
            };
            assert!(keys.insert(key, event).is_none(), "{key} is there twice");
            let fact = model.facts.get(key).unwrap_or_else(|| panic!("nobody recorded {key}"));
            let id = event.pitfall.as_deref().or(event.pattern.as_deref()).unwrap_or_default();
            assert_eq!((event.kind, id), (fact.kind, &*fact.id), "{key}");
        }
        for (key, fact) in model.facts.iter().filter(|it| it.1.clone == clone) {
            assert!(!fact.acknowledged || keys.contains_key(&**key), "{key} is lost in {clone}");
        }
        let retracted: BTreeSet<Id> = journal
            .iter()
            .filter(|it| it.kind == Kind::Retraction)
            .filter_map(|it| it.of)
            .collect();
        for (_, id) in model.retracted.iter().filter(|it| it.0 == clone) {
            assert!(retracted.contains(id), "the retraction of {id} is lost in {clone}");
        }
        let text = project.learnings();
        // What somebody writes into a file that an update has just wiped is kept beside it, and said.
        let backups = files(&project.path(".learn/local/backups"));
        let kept: Vec<String> =
            backups.iter().filter_map(|it| std::fs::read_to_string(it).ok()).collect();
        for (_, sentence) in model.sentences.iter().filter(|it| it.0 == clone) {
            let is_kept = text.contains(sentence) || kept.iter().any(|it| it.contains(sentence));
            assert!(is_kept, "`{sentence}` is lost in {}", project.dir.display());
        }
        drop(model);
        for pitfall in &self.pitfalls {
            let own = journal.iter().filter(|it| it.pitfall.as_deref() == Some(pitfall));
            let own = own.filter(|it| it.kind == Kind::Occurrence && !it.proposed);
            let count = own.filter(|it| !retracted.contains(&it.id)).count() as u64;
            assert_eq!(project.count(pitfall), count, "{pitfall} in {}", project.dir.display());
            assert_eq!(shown(&text, pitfall), Some(count), "{pitfall} in learnings.md: {text}");
        }
        let before = project.ok(&["show", "--json"]);
        drop(std::fs::remove_dir_all(project.path(".learn/local/cache")));
        assert_eq!(project.ok(&["show", "--json"]), before, "the cache was wrong");
        let package = repo().join("skills/production-deployment-phase");
        for path in files(&package).iter().filter(|it| !it.ends_with("learnings.md")) {
            let there = project.path(PRODUCTION).join(path.strip_prefix(&package).unwrap());
            assert!(std::fs::read(path).unwrap() == std::fs::read(&there).unwrap(), "{there:?}");
        }
        let skill = files(&project.path(PRODUCTION)).len();
        assert_eq!(skill, files(&package).len(), "something was left in the skill");
    }

    /// All clones get what all others have, and are then the same.
    fn end(&self) {
        let mut random = Random(7);
        for _ in 0..2 {
            for clone in 0..CLONES {
                self.check(clone);
                self.merge(clone, &mut random);
            }
        }
        let ids = |it: &Project| events(it).iter().map(|it| it.id).collect::<BTreeSet<Id>>();
        let counts = |it: &Project| -> Vec<u64> {
            self.pitfalls.iter().map(|pitfall| it.count(pitfall)).collect()
        };
        let (all, numbers) = (ids(&self.clones[0]), counts(&self.clones[0]));
        for clone in &self.clones[1..] {
            assert!(ids(clone) == all && counts(clone) == numbers, "{}", clone.dir.display());
        }
        let model = self.model.lock().unwrap();
        let known: BTreeSet<String> = events(&self.clones[0])
            .iter()
            .filter_map(|it| it.key.as_deref().map(str::to_owned))
            .collect();
        let acknowledged = model.facts.iter().filter(|it| it.1.acknowledged);
        let lost: Vec<&String> =
            acknowledged.map(|it| it.0).filter(|it| !known.contains(*it)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        println!("life: {} events in all clones, nothing lost, nothing twice", all.len());
    }
}

/// A text in conflict as it was on the branch that is merged into.
fn ours(text: &str) -> String {
    let mut is_theirs = false;
    let keeps = |line: &&str| {
        let is_mark =
            ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|it| line.starts_with(it));
        if is_mark {
            is_theirs = line.starts_with("=======") || line.starts_with("|||||||");
        }
        !is_mark && !is_theirs
    };
    text.split_inclusive('\n').filter(keeps).collect()
}

fn events(project: &Project) -> Vec<Event<'static>> {
    let store = Store::at(project.dir.clone());
    let read = store.ask(|journal, _| {
        assert!(journal.problems.is_empty(), "{:?}", journal.problems);
        journal.select(|_| true).into_iter().map(|it| it.event).collect()
    });
    read.unwrap()
}

/// Returns the count that learnings.md shows.
fn shown(text: &str, pitfall: &str) -> Option<u64> {
    let doc = LearningsDoc::parse(text);
    let entry = doc.entries.iter().find(|it| it.id == pitfall)?;
    doc.count(entry)
}
