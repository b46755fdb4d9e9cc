//! The workflows of `.github`, as far as they can be looked at without their service.

use serde_yaml::Value;

use crate::support::{files, repo};

fn workflows() -> Vec<(String, Value)> {
    let all = files(&repo().join(".github/workflows"));
    assert!(all.len() > 1, "{all:?}");
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let value = serde_yaml::from_str(&text).unwrap();
        (text, value)
    };
    all.into_iter().map(read).collect()
}

#[test]
fn actions_are_pinned_to_a_commit_with_its_version() {
    for (text, _) in workflows() {
        for line in text.lines().filter(|it| it.contains("uses:")) {
            let (action, version) = line.split_once(" # v").expect(line);
            let (_, commit) = action.rsplit_once('@').expect(line);
            assert!(
                commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit()),
                "{line}"
            );
            assert!(version.starts_with(|it: char| it.is_ascii_digit()), "{line}");
        }
    }
}

#[test]
fn jobs_may_only_what_they_need() {
    for (text, value) in workflows() {
        assert_eq!(value["permissions"]["contents"].as_str(), Some("read"));
        for (name, job) in value["jobs"].as_mapping().unwrap() {
            assert!(job["timeout-minutes"].is_u64(), "{name:?}");
            for step in job["steps"].as_sequence().unwrap() {
                // What an event or an input says is no part of a script.
                let run = step["run"].as_str().unwrap_or_default();
                assert!(!run.contains("${{"), "{run}");
                let uses = step["uses"].as_str().unwrap_or_default();
                if uses.starts_with("actions/checkout@") {
                    assert_eq!(step["with"]["persist-credentials"].as_bool(), Some(false));
                }
            }
        }
        assert!(!text.contains("pull_request_target") && !text.contains("secrets."));
    }
}

/// The npm packages that a release makes are those that the launcher's package names.
#[test]
fn a_release_builds_every_platform() {
    let script = std::fs::read_to_string(repo().join("npm/build.mjs")).unwrap();
    let list = script.split("const PLATFORMS = [").nth(1).unwrap().split(']').next().unwrap();
    let known: Vec<&str> = list.split(", ").map(|it| it.trim_matches('"')).collect();
    let (_, release) = workflows().pop().unwrap();
    let matrix = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_sequence().unwrap();
    let built: Vec<&str> = matrix.iter().map(|it| it["platform"].as_str().unwrap()).collect();
    assert_eq!(built, known);
}
