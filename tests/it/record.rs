//! `learn record` and what people meet first.

use crate::support::Project;

#[test]
fn a_rollback_is_recorded_and_the_file_says_so() {
    let project = Project::new();
    let out = project.ok(&[
        "record",
        "rollback",
        "--cause",
        "DATABASE_URL was missing",
        "--feature",
        "checkout-v2",
    ]);
    assert!(out.contains("recorded rollback-needed"), "{out}");
    let text = project.learnings();
    assert!(
        text.contains(
            "**Frequency**: 1/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-23 (feature: checkout-v2)"
        ),
        "{text}"
    );
    assert!(text.contains("- 2026-11-23 (checkout-v2): DATABASE_URL was missing"), "{text}");
    assert_eq!(project.count("rollback-needed"), 1);
}

#[test]
fn errors_say_what_to_type_and_leave_nothing() {
    let project = Project::new();
    let res = project.run(&["record", "rolback"]);
    assert_eq!(res.code, 2);
    assert!(
        res.stderr.contains("learn record rollback-needed --skill production-deployment-phase"),
        "{}",
        res.stderr
    );
    assert!(!project.path(".learn").exists());
}

#[test]
fn a_key_counts_once() {
    let project = Project::new();
    for _ in 0..3 {
        project.ok(&["record", "rollback", "--key", "ci-run-7"]);
    }
    assert_eq!(project.count("rollback-needed"), 1);
}

#[test]
fn reading_commands_create_nothing() {
    let project = Project::new();
    for args in [
        &["show"][..],
        &["log"],
        &["sync", "--check"],
        &["sync"],
        &["record", "rollback", "--dry-run"],
        &["init", "--dry-run"],
    ] {
        project.ok(args);
        assert!(!project.path(".learn").exists(), "{args:?}");
    }
}

#[test]
fn an_event_that_is_stored_is_no_failure_even_if_nobody_hears_it() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        println!("skipped: there is no /dev/full");
        return;
    };
    let project = Project::new();
    let mut command = project.command(&["record", "rollback"]);
    let res = crate::support::output_to(&mut command, full.try_clone().unwrap());
    assert_eq!(res.code, 0, "{res:?}");
    assert!(
        res.stderr.contains("is recorded, but the answer could not be printed"),
        "{}",
        res.stderr
    );
    assert_eq!(project.count("rollback-needed"), 1);
    let res = crate::support::output_to(&mut project.command(&["show"]), full);
    assert_eq!(res.code, 2, "{res:?}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let project = Project::new();
    for _ in 0..20 {
        project.ok(&["record", "rollback"]);
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let res = crate::support::output_to(&mut project.command(&["log"]), writer);
    assert_eq!((res.code, res.stderr.as_str()), (0, ""));
}

#[test]
fn secrets_and_control_characters_do_not_reach_the_journal() {
    let project = Project::new();
    let token = format!("ghp_{}", "a1B2c3D4".repeat(5));
    let note = format!("\u{1b}[31mred\u{1b}[0m {token} \u{202e}desrever");
    let out = project.ok(&[
        "record",
        "rollback",
        "--note",
        &note,
        "--cause",
        &format!("password={}", "hunter2Xy9"),
    ]);
    assert!(out.contains("the note held what looks like a secret (github-token)"), "{out}");
    assert!(out.contains("control or invisible"), "{out}");
    for path in crate::support::files(&project.dir) {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains(&token) && !text.contains("hunter2Xy9"), "{}", path.display());
    }
}

#[test]
fn a_new_pitfall_gets_its_section_and_keeps_its_title() {
    let project = Project::new();
    project.ok(&["record", "Cache Stampede (cold start)", "--new", "--impact", "high"]);
    let text = project.learnings();
    assert!(
        text.contains("### cache-stampede\n**ID**: `cache-stampede`\n**Frequency**: 1/5"),
        "{text}"
    );
    assert!(text.contains("**Impact**: High"), "{text}");
    let out = project.ok(&["record", "stampede"]);
    assert!(out.contains("2/5"), "{out}");
    assert!(project.ok(&["show", "cache-stampede"]).contains("Cache Stampede"));
}
