//! A person who saves learnings.md while the program writes it.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::fault::{Stop, frequency, leftovers, occurrences};
use crate::support::{PRODUCTION, Project, files};

/// Saves by rename, as editors do, each time with a line more, while others record. Every line must be there at the end.
pub fn save_and_record(saves: usize, pause: Duration) -> Duration {
    let project = Project::new();
    let path = project.path(&format!("{PRODUCTION}/learnings.md"));
    let ours = project.path("editor.tmp");
    let done = AtomicBool::new(false);
    let start = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (project, done) = (&project, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let res = project.run(&["record", "rollback", "--feature", "checkout-v2"]);
                    assert_eq!(res.code, 0, "{res:?}");
                    assert!(!res.stdout.contains("counted by hand"), "{res:?}");
                }
            });
        }
        let _stop = Stop(&done);
        let mut missing = 0;
        for number in 0..saves {
            // The editor reloads before each change. Its last save may be on its way back, for a
            // moment: no editor would go on from a text that lacks what it just saved.
            let mut text = fs::read_to_string(&path).unwrap();
            let end = std::time::Instant::now() + Duration::from_secs(2);
            while number > 0 && !text.contains(&line(number - 1)) {
                missing += 1;
                assert!(std::time::Instant::now() < end, "save {number} does not come back");
                text = fs::read_to_string(&path).unwrap();
            }
            fs::write(&ours, format!("{text}{}\n", line(number))).unwrap();
            fs::rename(&ours, &path).unwrap();
            std::thread::sleep(pause);
        }
        println!("{missing} times a save was on its way back when the editor looked");
    });
    let took = start.elapsed();
    project.ok(&["sync"]);
    let text = project.learnings();
    let kept: Vec<String> = files(&project.path(".learn/local/backups"))
        .iter()
        .map(|it| fs::read_to_string(it).unwrap())
        .collect();
    let lost: Vec<usize> = (0..saves).filter(|it| !text.contains(&line(*it))).collect();
    assert!(
        lost.is_empty(),
        "{} of {saves} saves are lost: {lost:?}; {} backups",
        lost.len(),
        kept.len()
    );
    assert_eq!(frequency(&text, "rollback-needed"), occurrences(&project).len() as u64);
    project.ok(&["sync", "--check"]);
    assert!(leftovers(&project).is_empty());
    took
}

fn line(number: usize) -> String {
    format!("Line {number} of a person.")
}

#[test]
fn what_a_person_saves_is_never_lost() {
    let took = save_and_record(2000, Duration::from_millis(4));
    println!("{took:?}");
}

/// Puts the temporary file of an exchange there, as a killed process leaves it; `new` and `old` are the
/// texts that it was about, `found` is what the file holds.
fn leave_swap(project: &Project, new: &str, old: &str, found: &str) {
    let target = project.path(&format!("{PRODUCTION}/learnings.md"));
    let crc = |it: &[u8]| format!("{:08x}", crc32fast::hash(it));
    let name = format!(
        "production-deployment-phase-{}.{}.{}.swap",
        crc(target.as_os_str().as_encoded_bytes()),
        crc(new.as_bytes()),
        crc(old.as_bytes())
    );
    project.write(&format!(".learn/local/tmp/{name}"), found);
}

#[test]
fn what_was_saved_before_a_kill_comes_back() {
    for command in [&["sync"][..], &["record", "rollback"]] {
        let project = Project::new();
        project.ok(&["record", "rollback"]);
        let old = project.learnings();
        project.ok(&["record", "rollback"]);
        // The exchange put our text there and took out a save that nobody has looked at yet.
        let ours = project.learnings();
        leave_swap(&project, &ours, &old, &format!("{old}\nSaved in between.\n"));
        let res = project.run(command);
        assert_eq!(res.code, 0, "{res:?}");
        assert!(res.stderr.contains("put back what was saved"), "{res:?}");
        let text = project.learnings();
        assert!(text.contains("Saved in between."), "{text}");
        assert_eq!(frequency(&text, "rollback-needed"), occurrences(&project).len() as u64);
        assert!(leftovers(&project).is_empty());
        project.ok(&["sync", "--check"]);
    }
}

#[test]
fn what_was_saved_before_a_kill_and_again_after_it_is_a_backup() {
    let project = Project::new();
    let old = project.learnings();
    project.ok(&["record", "rollback"]);
    let ours = project.learnings();
    leave_swap(&project, &ours, &old, &format!("{old}\nSaved in between.\n"));
    project.write(&format!("{PRODUCTION}/learnings.md"), format!("{ours}\nSaved after it.\n"));
    let res = project.run(&["sync"]);
    assert_eq!(res.code, 0, "{res:?}");
    assert!(res.stderr.contains("kept a text that was saved"), "{res:?}");
    assert!(project.learnings().contains("Saved after it."));
    let backups = files(&project.path(".learn/local/backups"));
    assert_eq!(backups.len(), 1, "{backups:?}");
    assert!(fs::read_to_string(&backups[0]).unwrap().contains("Saved in between."));
    assert!(leftovers(&project).is_empty());
}

#[test]
fn the_temporary_file_of_a_finished_exchange_just_goes() {
    let project = Project::new();
    let old = project.learnings();
    project.ok(&["record", "rollback"]);
    let ours = project.learnings();
    for found in [&old, &ours] {
        leave_swap(&project, &ours, &old, found);
        let res = project.run(&["sync"]);
        assert_eq!((res.code, &*res.stderr), (0, ""));
        assert_eq!(project.learnings(), ours);
        assert!(leftovers(&project).is_empty());
        assert!(!project.path(".learn/local/backups").exists());
    }
}
