//! An update of the package takes learnings.md, and everything in it comes back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Output, Project, copy_dir, files, has, output, repo};

const SKILL: &str = ".claude/skills/release-phase";
const LEARNINGS: &str = ".claude/skills/release-phase/learnings.md";
const SENTENCE: &str = "We page Ines first; she wrote the rollback script.";
const SECTION: &str =
    "## Our night shift\n\n- Bring coffee.\n- 2026-03-04: the badge reader failed.\n";

/// A project in which a version of the package was lived with: counts, sentences and a section of its own.
struct Lived {
    project: Project,
    /// learnings.md as it was before the update.
    before: String,
    /// What `show --json` said before the update.
    shown: serde_json::Value,
}

/// Packs a version with npm and returns the skills folder of the tarball's content.
fn packed(version: &str, scratch: &Project) -> PathBuf {
    let target = scratch.path(version);
    fs::create_dir_all(&target).unwrap();
    let mut npm = Command::new("npm");
    npm.args(["pack", "--offline", "--ignore-scripts", "--loglevel=error", "--pack-destination"])
        .arg(&target)
        .current_dir(repo().join("fixtures/update").join(version))
        .env("npm_config_cache", scratch.path("npm-cache"))
        .env("npm_config_userconfig", scratch.path("npmrc"))
        .env("npm_config_update_notifier", "false")
        .env("HOME", &scratch.dir);
    let out = output(&mut npm);
    assert_eq!(out.code, 0, "{out:?}");
    let tarball = target.join(out.stdout.trim().lines().last().unwrap());
    let out = output(Command::new("tar").arg("-xzf").arg(&tarball).arg("-C").arg(&target));
    assert_eq!(out.code, 0, "{out:?}");
    target.join("package/skills")
}

fn install(version: &str, project: &Project) {
    let scratch = Project::empty();
    copy_dir(&packed(version, &scratch), &project.path(".claude/skills"));
    let shipped = fs::read(
        repo().join("fixtures/update").join(version).join("skills/release-phase/learnings.md"),
    );
    assert_eq!(fs::read(project.path(LEARNINGS)).unwrap(), shipped.unwrap());
}

fn lived() -> Option<Lived> {
    if !(has("npm") && has("tar") && has("git")) {
        return None;
    }
    let project = Project::empty();
    install("v1", &project);
    project.git(&["init", "-q"]);
    let text = project.read(LEARNINGS);
    let text = text.replacen("### noisy-alerts", &format!("{SENTENCE}\n\n### noisy-alerts"), 1);
    let text = text.replacen("## Metrics", &format!("{SECTION}\n## Metrics"), 1);
    project.write(LEARNINGS, text);
    for args in [
        &[
            "record",
            "missing-config",
            "--feature",
            "checkout",
            "--cause",
            "REDIS was not set",
            "--at",
            "2026-05-01",
        ][..],
        &[
            "record",
            "missing-config",
            "--feature",
            "search",
            "--cause",
            "PORT was taken",
            "--at",
            "2026-06-02",
        ],
        &["record", "slow-rollback", "--at", "2026-07-03"],
        &["record", "noisy-alerts", "--feature", "search"],
        &["record", "noisy-alerts", "--feature", "billing"],
        &["record", "noisy-alerts"],
        &["use", "canary-first", "--feature", "search"],
        &["use", "canary-first", "--failed"],
    ] {
        project.ok(args);
    }
    commit(&project, "what we learned");
    let before = project.read(LEARNINGS);
    assert!(before.contains(SENTENCE) && before.contains(SECTION), "{before}");
    assert!(
        before.contains("**Frequency**: 2/5 ⭐⭐☆☆☆\n**Last seen**: 2026-06-02 (feature: search)"),
        "{before}"
    );
    let shown = shown(&project);
    Some(Lived { project, before, shown })
}

fn commit(project: &Project, message: &str) {
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", message]);
}

/// What the journal says, without what the files say.
fn shown(project: &Project) -> serde_json::Value {
    let json: serde_json::Value = serde_json::from_str(&project.ok(&["show", "--json"])).unwrap();
    let entries = json["skills"][0]["entries"].as_array().unwrap().iter();
    let keep =
        ["kind", "id", "count", "last_seen", "last_feature", "first_used", "instances", "causes"];
    let mut res: Vec<serde_json::Value> = entries
        .filter(|it| it["count"] != 0)
        .map(|it| keep.iter().map(|key| ((*key).to_owned(), it[key].clone())).collect())
        .collect();
    res.sort_by_key(|it| it["id"].to_string());
    res.into()
}

impl Lived {
    /// Holds the file against what it was: all of it is there, in order, and the new things with it.
    fn check_text(&self, new_at_zero: bool) {
        let after = self.project.read(LEARNINGS);
        let mut rest = after.lines();
        let mut more = Vec::new();
        for line in self.before.lines() {
            let gone = || panic!("{line:?} is gone or moved\n{after}");
            loop {
                match rest.next().unwrap_or_else(gone) {
                    it if it == line => break,
                    it => more.push(it),
                }
            }
        }
        more.extend(rest);
        more.retain(|it| !it.is_empty());
        let expected = [
            "### expired-certificate",
            "**ID**: `expired-certificate`",
            "**Frequency**: 0/5 ⭐☆☆☆☆",
            "**Last seen**: Never",
            "**Impact**: High",
            "**Instances**: []",
            "| Time to roll back | <5 min | null | - |",
        ];
        let expected: &[&str] = if new_at_zero { &expected } else { &[] };
        assert_eq!(more, expected, "{after}");
        assert_eq!(shown(&self.project), self.shown);
    }

    /// The package's own files are as the package shipped them, and nothing else lies beside them.
    fn check_package(&self, version: &str) {
        let shipped = repo().join("fixtures/update").join(version).join("skills/release-phase");
        let dir = self.project.path(SKILL);
        for file in files(&shipped).iter().filter(|it| !it.ends_with("learnings.md")) {
            let there = dir.join(file.strip_prefix(&shipped).unwrap());
            assert_eq!(fs::read(file).unwrap(), fs::read(&there).unwrap(), "{}", there.display());
        }
        assert_eq!(files(&dir).len(), files(&shipped).len());
    }

    fn check_backup(&self, there: bool) {
        let shipped = repo().join("fixtures/update/v2/skills/release-phase/learnings.md");
        let shipped = fs::read(shipped).unwrap();
        let backups = files(&self.project.path(".learn/local/backups"));
        let found = backups.iter().any(|it| fs::read(it).unwrap() == shipped);
        assert_eq!(found, there, "{backups:?}");
    }

    fn check_twice(&self) {
        let tree = tree(&self.project);
        assert_eq!(self.project.ok(&["sync"]), "1 file up to date\n");
        assert!(tree == self::tree(&self.project), "a second sync wrote something");
    }

    /// Checks, syncs and checks again.
    fn sync(&self) -> Output {
        let before = tree(&self.project);
        let look = self.project.run(&["sync", "--check"]);
        assert_eq!(look.code, 1, "{look:?}");
        let diff = self.project.run(&["sync", "--check", "--diff"]);
        assert_eq!(diff.code, 1, "{diff:?}");
        for line in ["--- a/.claude", "+++ b/.claude"] {
            assert!(diff.stdout.contains(line), "{diff:?}");
        }
        assert!(diff.stdout.contains("+**Frequency**: 2/5"), "{diff:?}");
        assert!(before == tree(&self.project), "--check wrote something");
        let res = self.project.run(&["sync"]);
        assert_eq!(res.code, 0, "{res:?}");
        let look = self.project.run(&["sync", "--check"]);
        assert_eq!(look.code, 0, "{look:?}");
        assert_eq!(look.stdout, "1 file up to date\n");
        res
    }
}

/// Every file with its bytes; the lock and the cache of this machine are nobody's text.
fn tree(project: &Project) -> Vec<(PathBuf, Vec<u8>)> {
    let local = project.path(".learn/local");
    let passing = [local.join("cache"), local.join("lock"), project.path(".git")];
    let all = files(&project.dir).into_iter();
    all.filter(|it| !passing.iter().any(|p| it.starts_with(p)))
        .map(|it| (it.clone(), fs::read(&it).unwrap()))
        .collect()
}

fn remove(path: &Path) {
    fs::remove_dir_all(path).unwrap();
}

#[test]
fn everything_comes_back_after_an_update() {
    let Some(lived) = lived() else { return };
    install("v2", &lived.project);
    let out = lived.sync();
    assert!(out.stdout.contains("overwritten by an update"), "{out:?}");
    assert!(
        out.stdout.contains("kept as .learn/local/backups/release-phase.shipped.1.md"),
        "{out:?}"
    );
    lived.check_text(true);
    lived.check_package("v2");
    lived.check_backup(true);
    lived.check_twice();
    // What the package no longer describes goes on counting.
    lived.project.ok(&["record", "noisy-alerts"]);
    assert_eq!(lived.project.count("noisy-alerts"), 4);
}

#[test]
fn a_skill_folder_that_was_deleted_and_made_again_gets_everything_back() {
    let Some(lived) = lived() else { return };
    remove(&lived.project.path(SKILL));
    install("v2", &lived.project);
    let out = lived.sync();
    assert!(out.stdout.contains("overwritten by an update"), "{out:?}");
    lived.check_text(true);
    lived.check_package("v2");
    lived.check_backup(true);
    lived.check_twice();
}

#[test]
fn a_file_that_is_gone_comes_back() {
    let Some(lived) = lived() else { return };
    fs::remove_file(lived.project.path(LEARNINGS)).unwrap();
    let out = lived.sync();
    assert!(out.stdout.contains("was gone, restored with your text"), "{out:?}");
    assert_eq!(lived.project.read(LEARNINGS), lived.before);
    lived.check_twice();
}

#[test]
fn a_fresh_clone_takes_the_text_from_git() {
    let Some(mut lived) = lived() else { return };
    install("v2", &lived.project);
    commit(&lived.project, "update the package");
    let clone = Project::empty();
    let out = clone.git(&["clone", "-q", &lived.project.dir.display().to_string(), "."]);
    assert_eq!(out, "");
    assert!(!clone.path(".learn/local").exists());
    lived.project = clone;
    let out = lived.sync();
    assert!(out.stdout.contains("overwritten by an update"), "{out:?}");
    lived.check_text(true);
    lived.check_package("v2");
    lived.check_backup(true);
    lived.check_twice();
}

#[test]
fn without_a_text_from_before_the_counts_come_back_and_nothing_goes() {
    let Some(lived) = lived() else { return };
    remove(&lived.project.path(".learn/local"));
    remove(&lived.project.path(".git"));
    install("v2", &lived.project);
    let shipped = lived.project.read(LEARNINGS);
    let out = lived.sync();
    assert!(!out.stdout.contains("overwritten"), "{out:?}");
    let after = lived.project.read(LEARNINGS);
    crate::oracle::only_values_differ("update", &shipped, &after, crate::oracle::Opaque::Known);
    assert!(after.contains("### noisy-alerts\n"), "{after}");
    assert!(after.contains("- 2026-06-02 (search): PORT was taken\n"), "{after}");
    assert_eq!(shown(&lived.project), lived.shown);
    lived.check_package("v2");
    lived.check_twice();
}

#[test]
fn the_next_record_brings_everything_back_too() {
    let Some(mut lived) = lived() else { return };
    install("v2", &lived.project);
    let out = lived.project.ok(&[
        "record",
        "slow-rollback",
        "--feature",
        "search",
        "--cause",
        "the image was gone",
    ]);
    assert!(out.contains("overwritten by an update"), "{out}");
    let after = lived.project.read(LEARNINGS);
    // The text from before, with the one more in it.
    let updated = lived.before.lines().find(|it| it.starts_with("**Last updated**")).unwrap();
    let now = after.lines().find(|it| it.starts_with("**Last updated**")).unwrap();
    lived.before = lived
        .before
        .replacen(
            "**Frequency**: 1/5 ⭐⭐☆☆☆\n**Last seen**: 2026-07-03\n**Impact**: High\n**Instances**: [2026-07-03]\n",
            "**Frequency**: 2/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-23 (feature: search)\n**Impact**: High\n**Instances**: [search, 2026-07-03]\n**Recent causes**:\n- 2026-11-23 (search): the image was gone\n",
            1,
        )
        .replacen(updated, now, 1);
    lived.shown = shown(&lived.project);
    lived.check_text(true);
    lived.check_package("v2");
    lived.check_backup(true);
    lived.check_twice();
    assert_eq!(lived.project.count("slow-rollback"), 2);
}

#[test]
fn a_file_that_is_merely_older_gets_numbers_only() {
    let Some(lived) = lived() else { return };
    let project = &lived.project;
    project.ok(&["record", "missing-config", "--feature", "billing"]);
    let newest = project.read(LEARNINGS).replace(SENTENCE, "Ines left; page Jo.");
    project.write(LEARNINGS, &newest);
    project.ok(&["record", "missing-config", "--feature", "mail"]);
    commit(project, "later");
    project.git(&["checkout", "-q", "HEAD~1", "--", LEARNINGS]);
    let old = project.read(LEARNINGS);
    assert_eq!(old, lived.before);
    let out = project.run(&["sync"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(!out.stdout.contains("overwritten"), "{out:?}");
    assert!(out.stdout.contains("missing-config 2 → 4"), "{out:?}");
    // A person took the old version on purpose: its words stay, and it is said that others were newer.
    let after = project.read(LEARNINGS);
    crate::oracle::only_values_differ("older", &old, &after, crate::oracle::Opaque::Known);
    assert!(after.contains(SENTENCE) && !after.contains("page Jo"), "{after}");
    assert!(out.stdout.contains("learn sync --restore release-phase"), "{out:?}");
    lived.check_twice();
}

#[test]
fn counts_by_hand_are_taken_over_once_and_survive_an_update() {
    let Some(lived) = lived() else { return };
    let project = &lived.project;
    let text = project.read(LEARNINGS).replacen(
        "**Frequency**: 2/5 ⭐⭐☆☆☆",
        "**Frequency**: 4/5 ⭐⭐⭐☆☆",
        1,
    );
    project.write(LEARNINGS, &text);
    assert_eq!(project.run(&["sync", "--check"]).code, 1);
    let out = project.ok(&["sync"]);
    assert!(
        out.contains("missing-config was counted by hand (seen 4, the journal knew 2); taken over"),
        "{out}"
    );
    assert_eq!(project.count("missing-config"), 4);
    let log = project.ok(&["log", "--kind", "baseline", "--json"]);
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("\"count\":4"), "{log}");
    lived.check_twice();
    project.ok(&["record", "missing-config"]);
    assert_eq!(project.count("missing-config"), 5);
    install("v2", project);
    let out = project.ok(&["sync"]);
    assert!(out.contains("overwritten by an update"), "{out}");
    assert_eq!(project.count("missing-config"), 5);
    let after = project.read(LEARNINGS);
    assert!(after.contains("**Frequency**: 5/5 ⭐⭐⭐⭐☆\n"), "{after}");
    assert!(after.contains(SENTENCE) && after.contains(SECTION), "{after}");
    lived.check_package("v2");
    lived.check_twice();
    assert_eq!(project.ok(&["log", "--kind", "baseline", "--json"]).lines().count(), 1);
}

#[test]
fn a_second_update_is_no_different_from_the_first() {
    let Some(lived) = lived() else { return };
    install("v2", &lived.project);
    lived.project.ok(&["sync"]);
    let after = lived.project.read(LEARNINGS);
    for version in ["v1", "v2", "v2"] {
        install(version, &lived.project);
        let out = lived.project.ok(&["sync"]);
        assert!(out.contains("overwritten by an update"), "{out}");
        assert_eq!(lived.project.read(LEARNINGS), after, "{version}");
    }
    assert_eq!(files(&lived.project.path(".learn/local/backups")).len(), 4);
}

#[test]
fn counts_that_only_git_remembers_are_taken_over() {
    let Some(lived) = lived() else { return };
    let project = &lived.project;
    // Counted by hand for a year, overwritten, and only then recorded for the first time.
    let text =
        lived.before.replacen("**Frequency**: 2/5 ⭐⭐☆☆☆", "**Frequency**: 4/5 ⭐⭐⭐☆☆", 1);
    project.write(LEARNINGS, &text);
    remove(&project.path(".learn"));
    commit(project, "by hand");
    install("v2", project);
    let out = project.ok(&["record", "slow-rollback"]);
    assert!(out.contains("overwritten by an update"), "{out}");
    assert!(
        out.contains("missing-config was counted by hand (seen 4, the journal knew 0)"),
        "{out}"
    );
    assert_eq!(project.count("missing-config"), 4);
    assert_eq!(project.count("noisy-alerts"), 3);
    assert!(project.read(LEARNINGS).contains("**Frequency**: 4/5 ⭐⭐⭐☆☆\n"));
    assert_eq!(project.run(&["sync", "--check"]).code, 0);
    lived.check_twice();
    // What is counted by hand and recorded at once is not lost either.
    let project = &lived.project;
    remove(&project.path(".learn"));
    install("v2", project);
    project.ok(&["record", "missing-config"]);
    assert!(project.count("missing-config") >= 4);
    lived.check_twice();
}
