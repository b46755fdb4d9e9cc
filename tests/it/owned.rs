//! What a package owns is never touched, whatever the command, the flag or the trick with links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::support::{Output, PRODUCTION, Project, WATCH_NOBODY, copy_dir, files, repo};

/// Every command (with its subcommand) and every flag of its own, as `--help` lists them. `{event}` is the oldest occurrence.
const COMMANDS: &[(&str, &[&[&str]])] = &[
    (
        "init",
        &[&["--dry-run"], &["--json"], &["--private"], &["--skill", "production-deployment-phase"]],
    ),
    (
        "record",
        &[
            &["rollback", "--cause", "missing-rollback-plan", "--feature", "f", "--version", "v1"],
            &["rollback", "--service", "api", "--note", "a note", "--at", "2026-11-01", "--json"],
            &["rollback", "--detected-by", "user", "--detected-at", "2026-11-01T10:00:00Z"],
            &["rollback", "--resolved-at", "2026-11-02T10:00:00Z", "--key", "k", "--of", "{event}"],
            &["brand-new", "--new", "--impact", "low", "--skill", "production-deployment-phase"],
            &["SKILL", "--new", "--impact", "low", "--skill", "linked-nowhere"],
            &["rollback", "--dry-run"],
        ],
    ),
    (
        "use",
        &[
            &["zero-downtime", "--feature", "f", "--version", "v1", "--note", "n", "--json"],
            &["zero-downtime", "--failed", "--at", "2026-11-01", "--key", "u"],
            &["zero-downtime", "--skill", "production-deployment-phase", "--dry-run"],
        ],
    ),
    (
        "resolve",
        &[
            &["{event}", "--dry-run"],
            &["{event}", "--at", "2026-11-23T00:00:00Z", "--json"],
            &["--last"],
        ],
    ),
    (
        "rename",
        &[
            &["rollback-needed", "rolled-back", "--dry-run"],
            &["rollback-needed", "rolled-back", "--skill", "production-deployment-phase", "--json"],
            &["rolled-back", "rollback-needed"],
        ],
    ),
    (
        "mute",
        &[
            &["rollback-needed", "--dry-run"],
            &["rollback-needed", "--skill", "production-deployment-phase", "--json"],
            &["rollback-needed", "--off"],
        ],
    ),
    (
        "retract",
        &[
            &["--last", "--why", "a drill", "--dry-run"],
            &["--last", "--why", "a drill", "--json"],
            &["{event}", "--why", "a drill"],
        ],
    ),
    (
        "log",
        &[
            &[
                "--skill",
                "production-deployment-phase",
                "--pitfall",
                "rollback-needed",
                "--kind",
                "occurrence",
            ],
            &["--key", "k", "--since", "2026-01-01", "--proposed", "--counting", "--json"],
        ],
    ),
    ("show", &[&[], &["--json"], &["rollback"], &["--skill", "production-deployment-phase"]]),
    (
        "sync",
        &[
            &["--check"],
            &["--diff"],
            &["--json"],
            &["--skill", "production-deployment-phase"],
            // Here there is nothing to bring back; tests/it/update.rs has what there is.
            &["--restore", "production-deployment-phase"],
        ],
    ),
    ("pack", &[&["--older-than", "0", "--dry-run"], &["--older-than", "0", "--json"]]),
    (
        "deploy",
        &[
            &[
                "succeeded",
                "--feature",
                "f",
                "--version",
                "v1",
                "--env",
                "production",
                "--sha",
                "0123456789abcdef",
            ],
            &[
                "failed",
                "--run",
                "7",
                "--started",
                "2026-11-22T10:00:00Z",
                "--finished",
                "2026-11-22T10:12:00Z",
            ],
            &["succeeded", "--duration", "12m", "--recovers", "{event}", "--hotfix", "--dry-run"],
            &[
                "blocked",
                "--service",
                "api",
                "--note",
                "quota",
                "--at",
                "2026-11-21",
                "--key",
                "run-8",
            ],
            &["unknown", "--skill", "production-deployment-phase", "--json"],
        ],
    ),
    (
        "detect",
        &[
            &["--json", "--strict", "--specs", "specs"],
            &["--record", "--dry-run", "--skill", "production-deployment-phase"],
            &["f", "--transcript", "-"],
            &["f", "--run-json", "not-there.json"],
        ],
    ),
    ("catalog list", &[&["--json"]]),
    ("catalog show", &[&["migration", "--json"]]),
    (
        "catalog add",
        &[
            &["no-bake-time", "--dry-run", "--skill", "production-deployment-phase"],
            &["no-bake-time", "--json"],
        ],
    ),
    (
        "watch",
        &[
            WATCH_NOBODY.split_at(1).1,
            &["http://127.0.0.1:9/", "--resume", "NONE", "--skill", "production-deployment-phase"],
            &[
                "http://127.0.0.1:9/",
                "--fail-after",
                "0",
                "--recover-after",
                "1",
                "--max-fail",
                "5%",
            ],
            &["x", "--expect", "200", "--match", "a", "--reject", "b", "--max-latency", "1s"],
            &["x", "--version-match", "v1", "--version", "v1", "--feature", "f"],
            &["x", "--no-record", "--allow-link-local"],
        ],
    ),
    ("explain", &[&["metric", "Rollback frequency"], &["rule", "broken-link"]]),
    ("confirm", &[&["{event}", "--dry-run"], &["{event}", "--json"]]),
    (
        "adopt",
        &[
            &["rollback-needed", "--prevention", "a gate", "--dry-run"],
            &["rollback-needed", "--prevention", "a gate", "--at", "2026-11-01", "--json"],
            &["rollback-needed", "--prevention", "x", "--skill", "production-deployment-phase"],
        ],
    ),
    ("context", &[&["phase-2-ship", "--tokens", "300"], &["--now", "2026-12-01", "--json"]]),
    ("effect", &[&["--skill", "production-deployment-phase"], &["--json"]]),
    ("hook", &[&["--agent", "claude"]]),
    ("hooks", &[&["install", "--print"], &["check"], &["remove"]]),
    (
        "import",
        &[
            &["list.csv", "--dry-run"],
            &["--git"],
            &["list.csv", "--from", "csv", "--service", "api", "--env", "production", "--json"],
            &["runs.json", "--workflow", "Deploy", "--skill", "production-deployment-phase"],
        ],
    ),
    (
        "measure",
        &[
            &["test coverage", "81%", "--dry-run", "--skill", "production-deployment-phase"],
            &[
                "test coverage",
                "81%",
                "--note",
                "by hand",
                "--at",
                "2026-11-21",
                "--key",
                "m-1",
                "--json",
            ],
        ],
    ),
    (
        "metrics",
        &[&[], &["--json", "--skill", "production-deployment-phase"], &["--fail-on", "missed"]],
    ),
    (
        "report",
        &[
            &[],
            &["--html", "report.html", "--dry-run"],
            // Written to a folder of the user's own: tests/it/report.rs.
            &["--html", "nowhere/report.html", "--skill", "production-deployment-phase"],
            &["--html", ".claude/skills/production-deployment-phase/SKILL.md"],
            &["--html", ".claude/skills/production-deployment-phase/report.html"],
            &["--markdown", "--since", "2026-01-01"],
            &["--json", "--stale-days", "30"],
            &["--csv"],
            &["--openmetrics"],
        ],
    ),
    ("doctor", &[&[], &["--json"]]),
    ("scan", &[&[], &["--json"], &["--redact"], &["--redact", "--dry-run"]]),
    ("completions", &[&["bash"], &["powershell"]]),
    ("man", &[&[], &["record"], &["--list"]]),
    (
        "lint",
        &[
            &[],
            &["--format", "json", "--profile", "portable", "--fail-on", "warning"],
            &["--select", "all", "--ignore", "long-body", "--severity", "broken-link=info"],
            &["--statistics"],
            &["--format", "sarif", "--baseline", "known.txt"],
            &["--write-baseline"],
            &["--since", "HEAD"],
            &["--stdin", "--stdin-filename", ".claude/skills/linked-nowhere/SKILL.md"],
            &["--fix"],
            // The one exception, where it is none; tests/it/lint_fix.rs has what it writes.
            &["--fix", "--author", "node_modules/pkg/skills"],
            &["--diff", "--dry-run"],
            &["--rules"],
        ],
    ),
];

/// Flags of every command.
const GLOBAL: [&str; 3] = ["--root", "--color", "--help"];

/// What is known of a file that has to stay: bytes, time of change, mode and the file itself.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    bytes: Vec<u8>,
    modified: std::time::SystemTime,
    readonly: bool,
    inode: u64,
}

/// Everything below a folder but `.learn/`, the lists of git, and the learnings.md of the skills.
fn kept(dir: &Path, own_learnings: bool) -> BTreeMap<PathBuf, Kept> {
    let mut res = BTreeMap::new();
    for entry in walkdir::WalkDir::new(dir).into_iter().map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type());
        let relative = path.strip_prefix(dir).unwrap();
        let is_own = own_learnings
            && relative.ends_with("learnings.md")
            && !relative.starts_with("node_modules");
        if relative.starts_with(".learn") || relative.starts_with(".git/info") || is_own {
            continue;
        }
        let meta = fs::symlink_metadata(path).unwrap();
        let bytes = match () {
            () if kind.is_file() => fs::read(path).unwrap(),
            () if kind.is_symlink() => {
                fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
            }
            () => Vec::new(),
        };
        // A folder's time changes with the learnings.md in it.
        let modified = if kind.is_dir() { std::time::UNIX_EPOCH } else { meta.modified().unwrap() };
        let readonly = meta.permissions().readonly();
        res.insert(path.to_owned(), Kept { bytes, modified, readonly, inode: inode(&meta) });
    }
    res
}

#[cfg(unix)]
fn inode(meta: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

#[track_caller]
fn same(before: &BTreeMap<PathBuf, Kept>, dir: &Path, own_learnings: bool, what: &str) {
    let after = kept(dir, own_learnings);
    for (path, it) in before {
        assert_eq!(after.get(path), Some(it), "{what}: {} was touched", path.display());
    }
    for path in after.keys() {
        assert!(before.contains_key(path), "{what}: {} is new", path.display());
    }
}

/// A project with a package's files all around: read-only, in several roots, and in node_modules.
fn project() -> Project {
    let project = Project::new();
    let skill = repo().join("skills/production-deployment-phase");
    for root in [".codex/skills/production-deployment-phase", "node_modules/pkg/skills/other-skill"]
    {
        copy_dir(&skill, &project.path(root));
    }
    project.write(".claude/skills/linked-nowhere/SKILL.md", "---\nname: linked-nowhere\n---\n# Other\n\n## Common Pitfalls\n\n### 🚫 First One\n\n**Impact**: High\n\nAs [above](#firstone).\n");
    project.write(".claude/skills/linked-nowhere/scripts/run.sh", "#!/bin/sh\n");
    project.write("README.md", "# A project\n");
    project.write("known.txt", "");
    project.write(
        "list.csv",
        "outcome,at\nfailed,2026-11-01\nsucceeded,2026-11-02\nsucceeded,2026-11-03\n",
    );
    let run = r#"{"databaseId": 7, "workflowName": "Deploy", "conclusion": "success", "startedAt": "2026-11-01T10:00:00Z"}"#;
    project.write("runs.json", run);
    for root in [PRODUCTION, ".codex/skills/production-deployment-phase"] {
        let text = project.read(&format!("{root}/learnings.md"));
        let row = "| Deploy duration | <15 min | null | - |\n";
        let text = text.replace(row, &format!("{row}| Test coverage | ≥80% | null | - |\n"));
        project.write(&format!("{root}/learnings.md"), text);
    }
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "start"]);
    protect(&project.dir);
    project
}

fn protect(dir: &Path) {
    let git = dir.join(".git");
    for file in
        files(dir).iter().filter(|it| !it.ends_with("learnings.md") && !it.starts_with(&git))
    {
        let mut permissions = fs::metadata(file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(file, permissions).unwrap();
    }
}

fn oldest_occurrence(project: &Project) -> String {
    let log = project.run(&["log", "--kind", "occurrence", "--counting", "--json"]).stdout;
    let mut ids = log.lines().filter_map(|it| serde_json::from_str::<serde_json::Value>(it).ok());
    ids.next().map_or_else(|| "NONE".to_owned(), |it| it["id"].as_str().unwrap().to_owned())
}

/// Runs every command with every flag; `check` is asked after each.
fn run_all(project: &Project, check: &dyn Fn(&[&str], &Output)) {
    for (command, variants) in COMMANDS {
        for args in *variants {
            let event = oldest_occurrence(project);
            let mut line: Vec<&str> = command.split(' ').collect();
            line.extend(args.iter().map(|it| if *it == "{event}" { event.as_str() } else { it }));
            let out = project.run(&line);
            assert!((0..=3).contains(&out.code), "learn {line:?}: {out:?}");
            check(&line, &out);
        }
    }
}

#[test]
fn the_list_of_commands_and_flags_is_whole() {
    let project = Project::new();
    let help = project.ok(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed: BTreeSet<&str> = commands
        .lines()
        .filter_map(|it| it.strip_prefix("  "))
        .filter(|it| !it.starts_with(' '))
        .filter_map(|it| it.split(' ').next())
        .collect();
    let tried: BTreeSet<&str> = COMMANDS.iter().filter_map(|it| it.0.split(' ').next()).collect();
    assert_eq!(tried, listed);
    let flag = Regex::new(r"(?m)^ +(?:-[A-Za-z], )?(--[a-z-]+)").unwrap();
    for (command, variants) in COMMANDS {
        let words = command.split(' ').chain(["--help"]).collect::<Vec<_>>();
        let help = project.ok(&words);
        let listed: BTreeSet<&str> = flag
            .captures_iter(&help)
            .map(|it| it.get(1).unwrap().as_str())
            .filter(|it| !GLOBAL.contains(it))
            .collect();
        // `hooks` and `explain` have their flags a level below.
        let below = ["hooks", "explain"].contains(command);
        let tried: BTreeSet<&str> =
            variants.concat().into_iter().filter(|it| it.starts_with("--") && !below).collect();
        assert_eq!(tried, listed, "learn {command}");
    }
}

#[test]
fn no_command_touches_what_a_package_owns() {
    let project = project();
    let before = kept(&project.dir, true);
    assert!(before.len() > 12, "{before:?}");
    let learnings = |dir: &Path| {
        let all = files(dir).into_iter();
        all.filter(|it| it.ends_with("learnings.md")).collect::<BTreeSet<_>>()
    };
    let allowed: BTreeSet<PathBuf> = [
        PRODUCTION,
        ".codex/skills/production-deployment-phase",
        ".claude/skills/linked-nowhere",
        "node_modules/pkg/skills/other-skill",
    ]
    .iter()
    .map(|it| project.path(it).join("learnings.md"))
    .collect();
    run_all(&project, &|line, out| {
        let may_find =
            matches!(line[0], "doctor" | "metrics" | "hooks" | "lint" | "detect" | "watch")
                || line.contains(&"--check");
        // There may be no older text to restore, no deployment to recover, no file of that name, no
        // proposal, and `x` is no address; a copy of a package has no author, and a page is refused there.
        let may_fail = [
            "--restore",
            "--recovers",
            "--run-json",
            "--resume",
            "--fail-after",
            "--author",
            "--html",
            "x",
        ];
        let may_fail = may_fail.iter().any(|it| line.contains(it))
            || line[0] == "confirm"
            || line.contains(&"--of") && out.stderr.contains("is no deployment");
        let found = may_find && (out.code == 1 || out.code == 3);
        assert!(out.code == 0 || found || may_fail, "learn {line:?}: {out:?}");
        same(&before, &project.dir, true, &format!("learn {line:?}"));
    });
    assert_eq!(learnings(&project.dir), allowed);
    let text = project.read(&format!("{PRODUCTION}/learnings.md"));
    assert!(text.contains("### brand-new"), "the commands did their work: {text}");
    assert_eq!(text, project.read(".codex/skills/production-deployment-phase/learnings.md"));
}

#[test]
fn from_any_folder_and_with_any_root_too() {
    let project = project();
    let before = kept(&project.dir, true);
    for (cwd, root) in [
        (PRODUCTION, None),
        ("node_modules/pkg/skills/other-skill", None),
        (".", Some(".")),
        ("node_modules", Some("..")),
    ] {
        for args in [&["record", "rollback"][..], &["sync"], &["init"]] {
            let mut command = project.command(args);
            command
                .current_dir(project.path(cwd))
                .args(root.map(|it| format!("--root={it}")))
                .arg("--color=always");
            let out = crate::support::output(&mut command);
            assert_eq!(out.code, 0, "{cwd}: {out:?}");
            same(&before, &project.dir, true, cwd);
        }
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Sets a trap, runs everything, and holds all files against what they were: here even learnings.md,
    /// where it is a link, stays one.
    fn trap(name: &str, writes: bool, set: impl Fn(&Project, &Path)) {
        let (project, outside) = (Project::new(), Project::empty());
        copy_dir(&project.path(PRODUCTION), &outside.path("skill"));
        outside.write(
            "diary.md",
            "# Mine\n\n## Common Pitfalls\n\n### rollback-needed\n**Frequency**: 0/5\n",
        );
        copy_dir(
            &project.path(PRODUCTION),
            &project.path("node_modules/pkg/skills/production-deployment-phase"),
        );
        project.write(".claude/skills/linked-nowhere/SKILL.md", "# Other\n");
        project.git(&["init", "-q"]);
        set(&project, &outside.dir);
        protect(&project.dir);
        let mine = kept(&project.dir, writes);
        let theirs = kept(&outside.dir, false);
        run_all(&project, &|line, _| {
            same(&mine, &project.dir, writes, &format!("{name}: learn {line:?}"));
            same(&theirs, &outside.dir, false, &format!("{name}: learn {line:?}"));
        });
        // Whatever became of the file, the facts are safe.
        assert!(!project.events().is_empty(), "{name}");
    }

    fn relink(project: &Project, target: &Path) {
        let path = project.path(PRODUCTION).join("learnings.md");
        fs::remove_file(&path).unwrap();
        symlink(target, path).unwrap();
    }

    #[test]
    fn a_link_to_skill_md_is_not_followed() {
        // Other skills get their own learnings.md; this one stays a link.
        trap("to SKILL.md", false, |project, _| {
            relink(project, Path::new("SKILL.md"));
            fs::remove_dir_all(project.path(".claude/skills/linked-nowhere")).unwrap();
        });
    }

    #[test]
    fn a_link_out_of_the_project_is_not_followed() {
        trap("outside", false, |project, outside| {
            relink(project, &outside.join("diary.md"));
            fs::remove_dir_all(project.path(".claude/skills/linked-nowhere")).unwrap();
        });
    }

    #[test]
    fn a_link_to_a_file_of_the_same_name_elsewhere_is_not_followed() {
        trap("node_modules", false, |project, _| {
            relink(
                project,
                Path::new(
                    "../../../node_modules/pkg/skills/production-deployment-phase/learnings.md",
                ),
            );
            fs::remove_dir_all(project.path(".claude/skills/linked-nowhere")).unwrap();
        });
    }

    #[test]
    fn a_link_to_nothing_makes_nothing() {
        trap("nothing", false, |project, outside| {
            relink(project, &outside.join("not-there.md"));
            fs::remove_dir_all(project.path(".claude/skills/linked-nowhere")).unwrap();
        });
    }

    #[test]
    fn a_skill_folder_that_leads_out_of_the_project_is_not_written() {
        trap("folder outside", false, |project, outside| {
            fs::remove_dir_all(project.path(".claude/skills")).unwrap();
            fs::create_dir_all(project.path(".claude/skills")).unwrap();
            symlink(outside.join("skill"), project.path(PRODUCTION)).unwrap();
        });
    }

    #[test]
    fn a_skill_folder_that_leads_into_node_modules_is_not_written() {
        trap("folder in node_modules", false, |project, _| {
            fs::remove_dir_all(project.path(".claude/skills")).unwrap();
            fs::create_dir_all(project.path(".claude/skills")).unwrap();
            symlink(
                "../../node_modules/pkg/skills/production-deployment-phase",
                project.path(PRODUCTION),
            )
            .unwrap();
        });
    }

    #[test]
    fn folders_that_the_settings_name_are_no_exception() {
        trap("settings", false, |project, _| {
            fs::remove_dir_all(project.path(".claude")).unwrap();
            project
                .write(".learn/config.toml", "[skills]\npaths = [\"node_modules/*/skills/*\"]\n");
        });
    }

    #[test]
    fn a_hard_link_to_a_package_file_keeps_the_packages_bytes() {
        trap("hard link", true, |project, _| {
            let dir = project.path(PRODUCTION);
            fs::remove_file(dir.join("learnings.md")).unwrap();
            fs::hard_link(dir.join("SKILL.md"), dir.join("learnings.md")).unwrap();
        });
    }

    #[test]
    fn folders_of_the_journal_are_not_followed_into_a_package() {
        for folder in [
            "local",
            "local/tmp",
            "local/learnings",
            "local/backups",
            "local/cache",
            "local/watch",
            "events",
            "packs",
        ] {
            let project = project();
            project.ok(&["init"]);
            let skill = project.path(PRODUCTION);
            let hour = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
            for file in files(&skill) {
                fs::File::open(&file).unwrap().set_modified(hour).unwrap();
            }
            let link = project.path(".learn").join(folder);
            let _ = fs::remove_dir_all(&link);
            symlink(&skill, &link).unwrap();
            let before = kept(&project.dir, false);
            for args in
                [&["record", "rollback"][..], &["sync"], &["init"], &["pack", "--older-than", "0"]]
            {
                let out = project.run(args);
                assert!((0..=2).contains(&out.code), "{out:?}");
                same(&before, &project.dir, false, &format!("{folder}: learn {args:?}"));
            }
            let out = project.run(&["record", "rollback"]);
            assert!(out.code == 2 && out.stderr.contains("is a link"), "{folder}: {out:?}");
        }
    }

    #[test]
    fn a_folder_called_learnings_md_is_left() {
        trap("folder", false, |project, _| {
            let path = project.path(PRODUCTION).join("learnings.md");
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            fs::write(path.join("x"), "x").unwrap();
            fs::remove_dir_all(project.path(".claude/skills/linked-nowhere")).unwrap();
        });
    }
}

/// Functions that change files, by the names under which std, rustix and others offer them.
const WRITING: &str = r"(?-u:\b)(fs::write|fs::rename|fs::copy|hard_link|symlink|symlink_file|symlink_dir|soft_link|remove_file|remove_dir|remove_dir_all|create_dir|create_dir_all|set_permissions|set_times|set_modified|set_len|chown|File::create|File::create_new|File::options|OpenOptions|DirBuilder|NamedTempFile|tempfile|rustix|renameat|unlinkat|libc|nix)(?-u:\b)";

#[test]
fn one_module_writes() {
    let writing = Regex::new(WRITING).unwrap();
    let exempt = Regex::new(r"(expect|allow)\([ \n]*clippy::(disallowed_methods|all)").unwrap();
    let mut writers = BTreeSet::new();
    let mut programs = BTreeSet::new();
    for path in files(&repo().join("src")) {
        let name = path.strip_prefix(repo()).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&path).unwrap();
        // Tests stand at the end of a file or in one of their own, and may write where they like.
        if path.ends_with("tests.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let code: Vec<&str> =
            code.lines().filter(|it| !it.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        if exempt.is_match(&code) || writing.is_match(&code) {
            writers.insert(name.clone());
        }
        if code.replace("clap::Command::new", "").contains("Command::new") {
            programs.insert(name);
        }
    }
    assert!(writers.contains("src/store/write.rs"));
    let strange: Vec<_> = writers.iter().filter(|it| !it.starts_with("src/store/write")).collect();
    assert!(strange.is_empty(), "{strange:?}");
    // Another program could write too; git is asked for what it knows, the agent for its version.
    let known = ["src/store/agent.rs", "src/store/git.rs"].map(str::to_owned);
    assert_eq!(programs, BTreeSet::from(known));
    let lib = fs::read_to_string(repo().join("src/lib.rs")).unwrap();
    assert!(lib.contains("#![deny(clippy::disallowed_methods"), "{lib}");
}

#[test]
fn git_is_only_asked() {
    let asked = Regex::new(r#"(?:output|lossy)\([^;]*?&?\[[ \n]*"([a-z-]+)""#).unwrap();
    let vec = Regex::new(r#"vec!\["([a-z-]+)", "--no-index""#).unwrap();
    let mut commands = BTreeSet::new();
    for path in files(&repo().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        if text.contains("git::output") || path.ends_with("store/git.rs") {
            let found = asked.captures_iter(&text).chain(vec.captures_iter(&text));
            commands.extend(found.map(|it| it[1].to_owned()).filter(|it| it != "-c"));
        }
    }
    let harmless = BTreeSet::from(
        ["check-ignore", "diff", "for-each-ref", "log", "ls-files", "rev-parse", "show"]
            .map(str::to_owned),
    );
    assert!(commands.is_subset(&harmless) && !commands.is_empty(), "{commands:?}");
}
