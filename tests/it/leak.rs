//! A secret that is handed in stands nowhere afterwards but where a person put it: every command that stores, every
//! option, every file it reads.

use std::fs;
use std::path::PathBuf;

use regex::Regex;
use serde_json::{Value, json};

use crate::hook::feed;
use crate::support::{Output, PRODUCTION, Project, WATCH_NOBODY, copy_dir, files, repo};
use crate::watch::{Do, serve};

/// Put together here so that nobody takes this file for one with a secret.
const TOKEN: &str = concat!("gh", "p_9fK2mQ7xR4vT1wY8zB3nC6dE5hJ0aLs2PqUb");
const SKILL: &str = "production-deployment-phase";

/// Commands that store what they are told, each as short as it can be.
const STORING: &[&[&str]] = &[
    &["record", "rollback"],
    &["record", "brand-new", "--new", "--impact", "low"],
    &["use", "zero-downtime"],
    &["deploy", "succeeded"],
    &["measure", "test coverage", "81%"],
    &["resolve", "{event}"],
    &["retract", "{event}", "--why", "a drill"],
    &["adopt", "rollback", "--prevention", "a gate"],
    &["rename", "rollback-needed", "rolled-back"],
    &["mute", "rollback"],
    &["catalog", "add", "no-bake-time"],
    &["import", "list.csv"],
    &["detect", "--record"],
    WATCH_NOBODY,
    &["context", "phase-2-ship"],
    &["init"],
    &["sync"],
];

/// A project with an occurrence, a metric that is measured, and a list to import.
fn project() -> Project {
    let project = Project::new();
    let row = "| Deploy duration | <15 min | null | - |\n";
    let text =
        project.learnings().replace(row, &format!("{row}| Test coverage | ≥80% | null | - |\n"));
    project.write(&format!("{PRODUCTION}/learnings.md"), text);
    project.write("list.csv", "outcome,at\nfailed,2026-11-01\nsucceeded,2026-11-02\n");
    project.ok(&["record", "rollback"]);
    project
}

/// Returns the files that have the secret, written as it was or as an id is, without those of git.
fn holding(project: &Project) -> Vec<PathBuf> {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    };
    let token = plain(TOKEN);
    let has =
        |it: &PathBuf| plain(&String::from_utf8_lossy(&fs::read(it).unwrap())).contains(&token);
    let git = project.path(".git");
    files(&project.dir).into_iter().filter(|it| !it.starts_with(&git) && has(it)).collect()
}

#[track_caller]
fn holds_nothing(project: &Project, what: &str, out: &Output) {
    assert_eq!(holding(project), Vec::<PathBuf>::new(), "{what}: {out:#?}");
    assert!((0..=3).contains(&out.code), "{what}: {out:#?}");
}

fn oldest(project: &Project) -> String {
    let log = project.ok(&["log", "--kind", "occurrence", "--json"]);
    let value: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    value["id"].as_str().unwrap().to_owned()
}

/// The options that take a value are read from `--help`, so that none is forgotten.
#[test]
fn no_option_lets_a_secret_through() {
    let option = Regex::new(r"(?m)^ +(?:-[A-Za-z], )?(--[a-z-]+) <").unwrap();
    let texts = [TOKEN.to_owned(), format!("it was token={TOKEN}, see above")];
    let mut tried = 0;
    for base in STORING {
        let own = base.iter().take_while(|it| it.bytes().all(|it| it.is_ascii_lowercase()));
        let words = own.take(if base[0] == "catalog" { 2 } else { 1 }).copied().chain(["--help"]);
        let help = project().ok(&words.collect::<Vec<_>>());
        let options: Vec<&str> = option
            .captures_iter(&help)
            .map(|it| it.get(1).unwrap().as_str())
            .filter(|it| !["--root", "--color"].contains(it))
            .collect();
        let project = project();
        let event = oldest(&project);
        let given = |text: &str| -> Vec<Vec<String>> {
            let base: Vec<String> = base.iter().map(|it| it.replace("{event}", &event)).collect();
            let mut res = Vec::new();
            for at in 1..base.len() {
                let mut line = base.clone();
                line[at] = text.to_owned();
                res.push(line);
            }
            for it in &options {
                let mut line = base.clone();
                match line.iter().position(|arg| arg == it) {
                    Some(at) => line[at + 1] = text.to_owned(),
                    None => line.extend([(*it).to_owned(), text.to_owned()]),
                }
                res.push(line);
            }
            res
        };
        for line in texts.iter().flat_map(|it| given(it)) {
            let args: Vec<&str> = line.iter().map(String::as_str).collect();
            let out = project.run(&args);
            holds_nothing(&project, &format!("{args:?}"), &out);
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried}");
}

#[test]
fn addresses_and_answers_of_a_watch_are_kept_without_their_secrets() {
    let project = project();
    let rest = ["--for", "1s", "--interval", "200ms", "--timeout", "1s", "--grace", "0s"];
    let body: &'static str =
        Box::leak(format!("{{\"version\": \"{TOKEN}\", \"token\": \"{TOKEN}\"}}").into_boxed_str());
    for status in [200, 500] {
        let server = serve(move |_| Do::Say(status, body));
        let (scheme, host) = server.url.split_once("://").unwrap();
        for url in [
            server.url.clone(),
            format!("{scheme}://kim:{TOKEN}@{host}"),
            format!("{scheme}://{host}?token={TOKEN}"),
            format!("{scheme}://{host}/{TOKEN}/x#{TOKEN}"),
        ] {
            for more in [
                &[][..],
                &["--match", "nothing like it"],
                &["--reject", "token"],
                &["--version-match", "v1"],
            ] {
                let out = project.run(&[&["watch", &url][..], &rest, more].concat());
                holds_nothing(&project, &format!("{status} {more:?}"), &out);
            }
        }
    }
    assert!(project.ok(&["log", "--kind", "watch"]).lines().count() > 8);
}

#[test]
fn imported_files_leave_their_secrets_behind() {
    let project = project();
    let list = "version,Status,started at,finished_at,service,feature,sha,run,env,note,key,cause\n";
    for at in 0..12 {
        let number = at.to_string();
        let (start, end) = ("2026-11-01T10:00:00Z", "2026-11-01T10:10:00Z");
        let mut row = [
            "v1",
            "failed",
            start,
            end,
            "api",
            "f",
            "0123abcd",
            &number,
            "production",
            "n",
            &number,
            "c",
        ];
        row[at] = TOKEN;
        project.write("list.csv", format!("{list}{}\n", row.join(",")));
        let out = project.run(&["import", "list.csv"]);
        fs::remove_file(project.path("list.csv")).unwrap();
        holds_nothing(&project, &format!("column {at}"), &out);
    }
    let run = json!([{
        "attempt": 1, "conclusion": "failure", "createdAt": "2026-11-02T09:59:50Z", "databaseId": 102,
        "headBranch": TOKEN, "headSha": TOKEN, "startedAt": "2026-11-02T10:00:00Z", "status": "completed",
        "updatedAt": "2026-11-02T10:07:00Z", "workflowName": "Deploy", "displayTitle": TOKEN, "event": TOKEN,
        "name": TOKEN, "url": format!("https://example.com/?token={TOKEN}"),
        "jobs": [{"name": format!("deploy {TOKEN}"), "conclusion": "failure",
            "steps": [{"name": format!("use {TOKEN}"), "conclusion": "failure", "number": 1}]}]
    }]);
    let release = json!([{
        "tagName": TOKEN, "name": TOKEN, "body": format!("This reverts {TOKEN}"), "isDraft": false,
        "isPrerelease": false, "publishedAt": "2026-11-02T10:00:00Z", "createdAt": "2026-11-02T10:00:00Z"
    }]);
    for (value, from) in [(run, "runs"), (release, "releases")] {
        project.write("x.json", value.to_string());
        let out = project.run(&["import", "x.json", "--from", from]);
        fs::remove_file(project.path("x.json")).unwrap();
        holds_nothing(&project, from, &out);
    }
    let log = project.ok(&["log", "--kind", "deploy"]);
    assert!(log.lines().count() >= 5, "{log}");
}

#[test]
fn tags_and_reverts_leave_their_secrets_behind() {
    let project = project();
    project.git(&["init", "-q", "-b", "main"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", &format!("v1 {TOKEN}")]);
    project.git(&["tag", "-a", "v1.0.0", "-m", &format!("with {TOKEN}")]);
    project.git(&["tag", &format!("v1.0.1-{TOKEN}")]);
    project.git(&["revert", "--no-edit", "HEAD"]);
    project.git(&[
        "commit",
        "-q",
        "--amend",
        "--allow-empty",
        "-m",
        &format!("Revert \"{TOKEN}\"\n\nThis reverts commit 0123456789.\n{TOKEN}"),
    ]);
    project.git(&["checkout", "-q", "HEAD~1", "--", "."]);
    let out = project.run(&["import", "--git"]);
    holds_nothing(&project, "import --git", &out);
    assert_eq!(out.code, 0, "{out:?}");
    let out = project.run(&["detect", "--record"]);
    holds_nothing(&project, "detect", &out);
}

/// Each line of what a deployment left behind ends with a secret.
#[test]
fn what_is_detected_is_recorded_without_its_secrets() {
    let mut recorded = 0;
    for entry in fs::read_dir(repo().join("fixtures/detect")).unwrap() {
        let case = entry.unwrap().path();
        let project = Project::new();
        copy_dir(&case, &project.dir);
        let own = files(&project.dir);
        let own: Vec<PathBuf> =
            own.into_iter().filter(|it| !it.starts_with(project.path(".claude"))).collect();
        for file in &own {
            let Ok(text) = fs::read_to_string(file) else { continue };
            let is_json = file.extension().is_some_and(|it| it == "json");
            let text: String = text
                .lines()
                .map(|it| match (is_json, it.trim_end().strip_suffix("\",")) {
                    (true, Some(rest)) => format!("{rest} {TOKEN}\",\n"),
                    (false, _) if !it.trim().is_empty() && !it.starts_with("```") => {
                        format!("{it} {TOKEN}\n")
                    }
                    _ => format!("{it}\n"),
                })
                .collect();
            fs::write(file, text).unwrap();
        }
        let mut args = vec!["detect", "--record"];
        let feature = fs::read_to_string(case.join("feature")).unwrap_or_default();
        args.extend(Some(feature.trim()).filter(|it| !it.is_empty()));
        for (file, option) in [("run.json", "--run-json"), ("transcript.txt", "--transcript")] {
            if case.join(file).exists() {
                args.extend([option, file]);
            }
        }
        let out = project.run(&args);
        assert!((0..=3).contains(&out.code), "{}: {out:?}", case.display());
        let strange: Vec<PathBuf> =
            holding(&project).into_iter().filter(|it| !own.contains(it)).collect();
        assert_eq!(strange, Vec::<PathBuf>::new(), "{}: {out:?}", case.display());
        recorded += project.events().len();
    }
    assert!(recorded > 5, "{recorded}");
}

/// Counts that a person wrote are taken over; their text stays where it is, and in the copy that outlives an update.
#[test]
fn a_file_that_is_taken_over_gives_no_secret_to_the_journal() {
    let project = Project::new();
    let path = format!("{PRODUCTION}/learnings.md");
    let text = project.learnings();
    let old = "### rollback-needed\n";
    let new = format!(
        "### rollback-needed\n**Frequency**: 4/5\n**Last seen**: 2026-11-01 (feature: {TOKEN})\n**Instances**: [{TOKEN}, search]\n**Recent causes**:\n- 2026-11-01 ({TOKEN}): {TOKEN}\n"
    );
    let section = text.find(old).unwrap();
    let end = section + text[section + 4..].find("### ").unwrap() + 4;
    let more = format!("### {TOKEN}\n**Frequency**: 3/5\n**Last seen**: {TOKEN}\n\n");
    project.write(&path, format!("{}{new}\n{more}{}", &text[..section], &text[end..]));
    for args in [&["init"][..], &["sync"], &["record", "rollback"], &["pack", "--older-than", "0"]]
    {
        let out = project.run(args);
        assert_eq!(out.code, 0, "{args:?}: {out:?}");
        let allowed = [path.as_str(), ".learn/local/learnings/", ".learn/local/cache/"];
        let strange = holding(&project).into_iter().filter(|it| {
            let shown = it.strip_prefix(&project.dir).unwrap().to_str().unwrap();
            !allowed.iter().any(|it| shown.starts_with(it))
        });
        assert_eq!(strange.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "{args:?}");
    }
    assert_eq!(project.count("rollback-needed"), 5);
    // What cannot be taken over is not taken away.
    let text = project.learnings();
    let own = text.split(&format!("### {TOKEN}\n")).nth(1).unwrap_or_else(|| panic!("{text}"));
    assert!(own.starts_with("**Frequency**: 3/5"), "{text}");
}

#[test]
fn a_session_of_an_agent_leaves_its_secrets_behind() {
    let project = project();
    let send = |event: &str, more: Value| {
        let mut all = json!({
            "session_id": format!("s-{TOKEN}"), "transcript_path": format!("/none/{TOKEN}"), "cwd": project.dir,
            "prompt_id": TOKEN, "hook_event_name": event,
        });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let out = feed(&project, &[], all.to_string().as_bytes());
        holds_nothing(&project, event, &out);
    };
    let bash = |number: usize, command: &str, event: &str| {
        let mut more = json!({
            "tool_name": "Bash", "tool_use_id": format!("{TOKEN}-{number}"),
            "tool_input": {"command": command, "description": TOKEN},
        });
        more["tool_response"] = json!({"stdout": TOKEN, "stderr": TOKEN, "interrupted": false});
        more["error"] = json!(format!("Exit code 1\n{TOKEN}"));
        send(event, more);
    };
    for round in 0..2 {
        send(
            "UserPromptExpansion",
            json!({
                "command_name": "phase-2-ship", "command_args": format!("v1.8.0 {TOKEN}"),
                "prompt": format!("/phase-2-ship v1.8.0 {TOKEN}"),
            }),
        );
        send("UserPromptSubmit", json!({"prompt": format!("/phase-2-ship {TOKEN}")}));
        let event = ["PostToolUse", "PostToolUseFailure"][round];
        for (number, command) in [
            format!("GH_TOKEN={TOKEN} gh run watch 9182736450 --exit-status"),
            format!("gh run watch {TOKEN} --exit-status"),
            format!("gh release create {TOKEN} --title {TOKEN}"),
            format!("vercel deploy --prod --token {TOKEN}"),
            format!("railway rollback {TOKEN} --environment production"),
            format!("kubectl rollout undo deployment/{TOKEN}"),
        ]
        .iter()
        .enumerate()
        {
            bash(round * 10 + number, command, event);
        }
        send("Stop", json!({"background_tasks": [TOKEN], "session_crons": []}));
        send("SessionEnd", json!({"reason": TOKEN}));
    }
    assert!(project.ok(&["log", "--kind", "deploy"]).lines().count() >= 1);
}

#[test]
fn the_list_of_storing_commands_is_whole() {
    // Every command that can say what it would store, besides those that store nothing of what they are told.
    let project = Project::new();
    let help = project.ok(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let quiet = [
        "log",
        "show",
        "metrics",
        "report",
        "explain",
        "effect",
        "hook",
        "hooks",
        "pack",
        "lint",
        "doctor",
        "scan",
        "confirm",
        "completions",
        "man",
    ];
    for line in commands.lines().filter(|it| it.starts_with("  ") && !it.starts_with("   ")) {
        let name = line.trim().split(' ').next().unwrap();
        let known = STORING.iter().any(|it| it[0] == name) || quiet.contains(&name);
        assert!(known, "`{name}`: does it store what it is told?");
    }
    assert!(project.path(".claude/skills").join(SKILL).is_dir());
}
