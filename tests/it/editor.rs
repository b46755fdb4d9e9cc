//! A person who saves learnings.md while the program writes it.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::fault::{frequency, leftovers, occurrences};
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
        done.store(true, Ordering::Relaxed);
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
