//! The workflows of this repository, as far as they can be read without GitHub: what they run is pinned, may do little,
//! and takes no text from strangers into a script.

use std::fs;
use std::path::PathBuf;

use serde_yaml::Value;

use crate::support::{files, repo};

/// The workflows: path, text, and what YAML makes of it.
fn workflows() -> Vec<(PathBuf, String, Value)> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let yaml = serde_yaml::from_str(&text).unwrap_or_else(|err| panic!("{path:?}: {err}"));
        (path, text, yaml)
    };
    let res: Vec<_> = files(&repo().join(".github/workflows")).into_iter().map(read).collect();
    assert_eq!(res.len(), 2, "ci.yml and release.yml");
    res
}

fn jobs(workflow: &Value) -> Vec<(&str, &Value)> {
    let jobs = workflow["jobs"].as_mapping().unwrap();
    jobs.iter().map(|(name, job)| (name.as_str().unwrap(), job)).collect()
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_sequence().unwrap()
}

#[test]
fn every_action_is_pinned_to_a_commit_and_says_its_version() {
    for (path, text, yaml) in workflows() {
        let used =
            text.lines().filter_map(|it| it.trim_start_matches([' ', '-']).strip_prefix("uses:"));
        let mut count = 0;
        for line in used {
            let (action, version) =
                line.split_once(" # v").unwrap_or_else(|| panic!("{path:?}:{line}"));
            let (name, commit) = action.trim().split_once('@').unwrap();
            assert!(name.starts_with("actions/"), "{path:?}: only GitHub's own: {name}");
            let is_commit = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(is_commit, "{path:?}:{line}");
            assert_eq!(
                version.split('.').filter(|it| it.parse::<u16>().is_ok()).count(),
                3,
                "{line}"
            );
            count += 1;
        }
        // None is written in a way that the loop above does not see.
        let uses = |job: &Value| steps(job).iter().filter(|it| it.get("uses").is_some()).count();
        assert_eq!(count, jobs(&yaml).iter().map(|it| uses(it.1)).sum::<usize>(), "{path:?}");
    }
}

#[test]
fn one_action_has_one_commit() {
    let mut pins = std::collections::BTreeMap::new();
    for (path, _, yaml) in workflows() {
        for (_, job) in jobs(&yaml) {
            for action in steps(job).iter().filter_map(|it| it["uses"].as_str()) {
                let (name, commit) = action.split_once('@').unwrap();
                let first = pins.entry(name.to_owned()).or_insert_with(|| commit.to_owned());
                assert_eq!(first, commit, "{path:?}: {name}");
            }
        }
    }
}

#[test]
fn jobs_may_read_and_only_publishing_writes() {
    for (path, _, yaml) in workflows() {
        assert_eq!(yaml["permissions"], Value::Mapping(Default::default()), "{path:?}");
        assert!(yaml["concurrency"]["group"].is_string(), "{path:?}");
        for (name, job) in jobs(&yaml) {
            let wanted = if name == "publish" { "write" } else { "read" };
            let permissions = job["permissions"].as_mapping().unwrap();
            assert_eq!(permissions.len(), 1, "{path:?} {name}");
            assert_eq!(permissions["contents"], wanted, "{path:?} {name}");
            assert!(job["timeout-minutes"].is_number(), "{path:?} {name}");
            for step in steps(job) {
                if step["uses"].as_str().is_some_and(|it| it.starts_with("actions/checkout@")) {
                    assert_eq!(step["with"]["persist-credentials"], false, "{path:?} {name}");
                    assert_ne!(name, "publish", "what may write runs nothing of the repository");
                }
            }
        }
    }
}

#[test]
fn nothing_is_published_without_a_tag() {
    let (_, text, yaml) = workflows().into_iter().find(|it| it.0.ends_with("release.yml")).unwrap();
    let condition = yaml["jobs"]["publish"]["if"].as_str().unwrap();
    assert_eq!(condition, "github.event_name == 'push' && github.ref_type == 'tag'");
    for word in ["npm publish", "cargo publish", "secrets."] {
        assert!(!text.contains(word), "{word}");
    }
    for (name, job) in jobs(&yaml) {
        let publishes =
            steps(job).iter().any(|it| it["run"].as_str().is_some_and(|it| it.contains("gh ")));
        assert_eq!(publishes, name == "publish", "{name}");
    }
}

#[test]
fn scripts_take_values_from_variables_only() {
    for (path, text, yaml) in workflows() {
        assert!(!text.contains("pull_request_target"), "{path:?}");
        for (name, job) in jobs(&yaml) {
            for script in steps(job).iter().filter_map(|it| it["run"].as_str()) {
                assert!(!script.contains("${{"), "{path:?} {name}: {script}");
            }
        }
    }
}

#[test]
fn a_release_has_every_system_that_the_npm_package_names() {
    let script = fs::read_to_string(repo().join("npm/build.mjs")).unwrap();
    let line = script.lines().find(|it| it.starts_with("const TARGETS")).unwrap();
    let named: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    let (_, _, yaml) = workflows().into_iter().find(|it| it.0.ends_with("release.yml")).unwrap();
    let built = yaml["jobs"]["build"]["strategy"]["matrix"]["include"].as_sequence().unwrap();
    let built: Vec<&str> = built.iter().map(|it| it["npm"].as_str().unwrap()).collect();
    assert_eq!(built, named);
}
