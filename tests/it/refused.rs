//! Full disks and folders that may not be written: what is not stored is not acknowledged, and said so.

use std::fs;
use std::process::Command;

use crate::fault::{RECORD, SYNC, events, frequency, leftovers, occurrences, wrap};
use crate::support::{Output, PRODUCTION, Project, has, output};

/// Root may write anywhere, so the tests of modes run as another user.
fn nobody() -> Option<Command> {
    let root = output(Command::new("id").arg("-u")).stdout.trim() == "0";
    if !root {
        println!("skipped: only root can become another user");
        return None;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    has("setpriv").then_some(command)
}

fn run(outer: Option<Command>, project: &Project, args: &[&str]) -> Output {
    output(&mut wrap(outer.unwrap(), project, args))
}

/// A project that belongs to the other user, with what the modes are to be.
fn given_away(modes: &[(&str, u32)]) -> Project {
    let project = Project::new();
    project.ok(RECORD);
    output(Command::new("chown").args(["-R", "65534:65534"]).arg(&project.dir));
    for (path, mode) in modes {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(project.path(path), fs::Permissions::from_mode(*mode)).unwrap();
    }
    project
}

#[test]
fn a_journal_that_may_not_be_written_is_no_acknowledgement() {
    if nobody().is_none() {
        return;
    }
    for paths in [
        &[(".learn/local/tmp", 0o500)][..],
        &[(".learn/events/2026-11", 0o500)],
        &[(".learn/events/2026-11", 0o500), (".learn/events", 0o500), (".learn", 0o500)],
        &[(".learn/local", 0o500), (".learn/local/tmp", 0o500), (".learn/local/lock", 0o400)],
    ] {
        let project = given_away(paths);
        let res = run(nobody(), &project, RECORD);
        assert_eq!(res.code, 2, "{paths:?}: {res:?}");
        assert!(res.stderr.contains("error: "), "{res:?}");
        assert!(res.stderr.contains("Permission denied"), "{res:?}");
        assert_eq!(res.stdout, "");
        assert_eq!(occurrences(&project).len(), 1, "{paths:?}");
    }
}

#[test]
fn a_skill_that_may_not_be_written_keeps_nothing_from_the_journal() {
    if nobody().is_none() {
        return;
    }
    let project = given_away(&[(PRODUCTION, 0o500)]);
    let before = project.learnings();
    let res = run(nobody(), &project, RECORD);
    assert_eq!(res.code, 0, "{res:?}");
    assert!(res.stdout.starts_with("recorded"), "{res:?}");
    assert!(res.stderr.contains("recorded, but learnings.md was not written"), "{res:?}");
    assert!(res.stderr.contains("Permission denied"), "{res:?}");
    assert_eq!(project.learnings(), before);
    assert_eq!(occurrences(&project).len(), 2);
    let sync = run(nobody(), &project, SYNC);
    assert_eq!(sync.code, 2, "{sync:?}");
    // With the right to write again, the next command heals.
    project.ok(SYNC);
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), 2);
    assert!(leftovers(&project).is_empty());
}

/// A disk of 300 KB that is filled up, byte by byte less.
#[test]
fn a_full_disk_is_no_acknowledgement_and_the_next_command_heals() {
    let project = Project::new();
    fs::create_dir_all(project.path(".learn")).unwrap();
    let mount = output(
        Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=300k,mode=777", "learn-full"])
            .arg(project.path(".learn")),
    );
    if mount.code != 0 {
        println!("skipped: cannot mount a file system here: {}", mount.stderr.trim());
        return;
    }
    let end = Unmount(project.path(".learn"));
    // The exchange does not work from one file system to another; only the journal is looked at.
    let (mut stored, mut refused) = (0, 0);
    for number in 0..200 {
        let res = project.run(RECORD);
        match res.code {
            0 => stored += 1,
            2 => {
                refused += 1;
                assert!(res.stderr.contains("No space left on device"), "{res:?}");
            }
            _ => panic!("{res:?}"),
        }
        let (found, problems) = events(&project);
        assert!(problems.is_empty(), "{number}: {problems:?}");
        assert_eq!(found.len(), stored, "{number}: {res:?}");
        if refused > 3 {
            break;
        }
    }
    assert!(refused > 3, "the disk was never full");
    let size = ["-o", "remount,size=3m"];
    output(Command::new("mount").args(size).arg(project.path(".learn")));
    project.ok(RECORD);
    assert_eq!(events(&project).0.len(), stored + 1);
    assert_eq!(project.count("rollback-needed"), stored as u64 + 1);
    drop(end);
}

struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        output(Command::new("umount").arg("-l").arg(&self.0));
    }
}

/// The lock is held by somebody for longer than anybody waits.
#[test]
fn a_lock_that_is_never_free_costs_two_seconds_and_no_event() {
    let project = Project::new();
    project.ok(RECORD);
    let lock = fs::File::options().write(true).open(project.path(".learn/local/lock")).unwrap();
    lock.lock().unwrap();
    let before = project.learnings();
    let res = project.run(RECORD);
    assert_eq!(res.code, 0, "{res:?}");
    assert!(res.stderr.contains("has been writing for more than 2 seconds"), "{res:?}");
    assert_eq!((occurrences(&project).len(), project.learnings()), (2, before));
    drop(lock);
    project.ok(RECORD);
    assert_eq!(frequency(&project.learnings(), "rollback-needed"), 3);
}

#[test]
fn an_answer_that_cannot_be_printed_is_said_so() {
    let project = Project::new();
    for (args, stored) in [(RECORD, 1), (SYNC, 1), (&["log"][..], 1)] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let res = crate::support::output_to(&mut project.command(args), full);
        assert_eq!(occurrences(&project).len(), stored);
        // Whoever sees a failure records again: what is stored is no failure.
        assert_eq!(res.code, if args == RECORD { 0 } else { 2 }, "{args:?}: {res:?}");
        assert!(res.stderr.contains("No space left on device"), "{args:?}: {res:?}");
    }
}
