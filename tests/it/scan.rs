//! `learn scan`: secrets that got into the journal, and out of it again.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use learn::event::{Event, Id, Kind, Timestamp};
use learn::store::{Store, pack};

use crate::fault::{events, inject, occurrences};
use crate::support::{Project, has};

const KEY: &str = "AKIAQ4XZ7JR2MNP5TVWB";
const REDACT: &[&str] = &["scan", "--redact"];

/// An event as a program without redaction would have written it.
fn leaky(number: u64) -> Event<'static> {
    let skill = "production-deployment-phase";
    let id = Id::new(1_795_000_000_000 + number, u128::from(number));
    let at = Timestamp(1_795_000_000);
    let mut event = Event::new(id, at, skill, Kind::Occurrence);
    event.pitfall = Some("rollback-needed".into());
    event.note = Some(format!("number {number} used {KEY}").into());
    event
}

/// A project with two leaky events in a pack among others, and two loose ones.
fn project() -> Project {
    let project = Project::new();
    project.ok(&["record", "rollback", "--note", "nothing to hide"]);
    let store = Store::at(project.dir.clone());
    let packed: String = (0..4).map(|it| clean_or_leaky(it).line()).collect();
    fs::create_dir_all(store.path("packs")).unwrap();
    fs::write(store.path("packs").join(pack::name(packed.as_bytes())), packed).unwrap();
    for number in 4..6 {
        let event = leaky(number);
        let path = store.path(&Store::event_path(event.id));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, event.line()).unwrap();
    }
    project.ok(&["sync"]);
    project
}

fn clean_or_leaky(number: u64) -> Event<'static> {
    let mut event = leaky(number);
    if number.is_multiple_of(2) {
        event.note = Some("nothing to hide".into());
    }
    event
}

/// Returns the files below `.learn` that hold the secret.
fn holders(project: &Project) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(project.path(".learn")).into_iter().filter_map(Result::ok);
    let files = all.filter(|it| it.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.filter(|it| String::from_utf8_lossy(&fs::read(it).unwrap()).contains(KEY)).collect()
}

fn ids(project: &Project) -> BTreeSet<Id> {
    events(project).0.into_iter().map(|it| it.0).collect()
}

#[test]
fn secrets_are_named_and_taken_out_and_nothing_else_changes() {
    let project = project();
    let before = ids(&project);
    let found = project.run(&["scan"]);
    assert_eq!(found.code, 1);
    assert_eq!(found.stdout.matches(", event ").count(), 4, "{found:?}");
    assert!(!found.stdout.contains(KEY) && found.stdout.contains(".jsonl:2:"), "{found:?}");
    let held = holders(&project);
    let dry = project.run(&["scan", "--redact", "--dry-run"]);
    assert_eq!((dry.code, holders(&project)), (1, held), "{dry:?}");

    let done = project.run(REDACT);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("4 secrets, 4 replaced"), "{done:?}");
    assert_eq!(holders(&project), Vec::<PathBuf>::new());
    assert_eq!((ids(&project), occurrences(&project).len()), (before, 7));
    assert_eq!(events(&project).1, Vec::new());
    assert_eq!(project.run(&["scan"]).stdout, "no stored secret found\n");
    project.ok(&["sync", "--check"]);
    project.ok(&["log"]);
}

#[test]
fn git_history_is_named_and_a_clone_with_the_old_events_changes_no_count() {
    let project = project();
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "leaky"]);
    let done = project.run(REDACT);
    assert!(done.stdout.contains("git still holds the old files in 1 commit"), "{done:?}");
    // The old files come back, as from a branch that was not redacted.
    project.git(&["checkout", "-q", "HEAD", "--", ".learn"]);
    assert_eq!(occurrences(&project).len(), 7);
    assert_eq!(project.run(&["scan"]).code, 1);
    assert_eq!(project.run(REDACT).code, 0);
    assert_eq!((holders(&project).len(), occurrences(&project).len()), (0, 7));
}

#[test]
fn damaged_files_and_files_of_the_user_are_named_and_left() {
    let project = project();
    let store = Store::at(project.dir.clone());
    let damaged = store.path(&Store::event_path(leaky(4).id));
    let text = fs::read_to_string(&damaged).unwrap().replace("number 4", "number 7");
    fs::write(&damaged, &text).unwrap();
    let (config, local) = (project.path(".learn/config.toml"), project.path(".learn/local"));
    fs::write(&config, format!("# {KEY}\n")).unwrap();
    let done = project.run(REDACT);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.contains(".learn/config.toml:1:3: aws"), "{done:?}");
    assert_eq!(fs::read_to_string(&damaged).unwrap(), text);
    // The damaged event still counts, so what is made from it holds its text too.
    let left = holders(&project);
    assert!(left.contains(&config) && left.contains(&damaged), "{left:?}");
    assert!(left.iter().all(|it| *it == config || *it == damaged || it.starts_with(&local)));
}

/// Killed, or with a full disk, at every call that changes a file: each event is there, once.
#[test]
fn a_redaction_that_is_cut_short_loses_no_event() {
    if !has("strace") {
        return;
    }
    let planted: BTreeSet<Id> = (0..6).map(|it| leaky(it).id).collect();
    let mut points = 0;
    for call in ["openat", "write", "rename", "unlink", "fsync"] {
        for fault in ["signal=KILL", "error=ENOSPC"] {
            let mut quiet = 0;
            for number in 1.. {
                let project = project();
                let res = inject(&project, REDACT, &format!("{call}:{fault}:when={number}"));
                let after = project.run(&["scan"]);
                points += 1;
                assert!(ids(&project).is_superset(&planted), "{call} {fault} {number}: {res:?}");
                assert_eq!(occurrences(&project).len(), 7, "{call} {fault} {number}");
                let done = project.run(REDACT);
                assert_eq!(done.code, 0, "{call} {fault} {number}: {done:?}");
                assert_eq!(holders(&project), Vec::<PathBuf>::new(), "{after:?}");
                // Some failures are none to the program; after three in a row the calls are over.
                quiet = if res.code == 0 { quiet + 1 } else { 0 };
                if quiet == 3 {
                    break;
                }
            }
        }
    }
    println!("{points} points");
    assert!(points > 60, "{points}");
}

/// Another clone has numbers of its own in its cache, with the old texts.
#[test]
fn a_clone_that_pulls_a_redaction_forgets_the_old_text() {
    let project = project();
    project.git(&["init", "-q", "-b", "main"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "leaky"]);
    let other = Project::new();
    let place = other.path("clone");
    project.git(&["clone", "-q", ".", place.to_str().unwrap()]);
    let clone = ["--root", place.to_str().unwrap()];
    other.ok(&[&clone[..], &["sync"]].concat());
    assert_eq!(project.run(REDACT).code, 0);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "redacted"]);
    other.git(&["-C", place.to_str().unwrap(), "pull", "-q"]);
    other.ok(&[&clone[..], &["sync"]].concat());
    let found = other.run(&[&clone[..], &["scan"]].concat());
    assert_eq!((found.code, &*found.stdout), (0, "no stored secret found\n"));
    let log = other.ok(&[&clone[..], &["log", "--json"]].concat());
    assert_eq!(log.lines().count(), 7, "{log}");
}
