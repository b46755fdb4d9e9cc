//! The handlers in an agent's settings, and the plugin that brings the same ones.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{BIN, Output, Project, output, repo};

const USER: &str = "{\n  \"model\": \"opus\",\n   \"odd\" : [1,2 ,3],\n  \"hooks\": {\n    \"Stop\": [\n      { \"hooks\": [{ \"type\": \"command\", \"command\": \"say done\" }] }\n    ]\n  }\n}";

/// Runs with this program on the PATH, and a Claude Code of a version if one is given.
fn run(project: &Project, args: &[&str], claude: Option<&str>) -> Output {
    let bin = project.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let link = |from: &str, to: &str| {
        let path = bin.join(to);
        drop(fs::remove_file(&path));
        fs::copy(from, &path).unwrap();
    };
    link(BIN, "learn");
    if let Some(version) = claude {
        let path = bin.join("claude");
        fs::write(&path, format!("#!/bin/sh\necho '{version} (Claude Code)'\n")).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut command = project.command(args);
    command.env("PATH", &bin).env("HOME", project.path("home"));
    output(&mut command)
}

#[test]
fn what_goes_in_comes_out_byte_for_byte() {
    for before in [Some(USER), Some("{}"), None] {
        for scope in ["project", "local", "user"] {
            let project = Project::new();
            project.ok(&["init"]);
            let name = match scope {
                "project" => ".claude/settings.json",
                "local" => ".claude/settings.local.json",
                _ => "home/.claude/settings.json",
            };
            if let Some(text) = before {
                project.write(name, text);
            }
            let check = run(&project, &["hooks", "check"], None);
            assert_eq!(check.code, 1, "{check:?}");
            let install = ["hooks", "install", "--settings", scope];
            for said in ["installed 8 hooks", "there already"] {
                let res = run(&project, &install, None);
                assert!(res.code == 0 && res.stdout.contains(said), "{res:?}");
            }
            assert_eq!(run(&project, &["hooks", "check"], None).code, 0);
            let res = run(&project, &["hooks", "remove", "--settings", scope], None);
            assert_eq!(res.code, 0, "{res:?}");
            assert_eq!(fs::read_to_string(project.path(name)).ok().as_deref(), before, "{scope}");
        }
    }
}

#[test]
fn what_was_added_since_stays() {
    let project = Project::new();
    project.ok(&["init"]);
    project.write(".claude/settings.json", USER);
    assert_eq!(run(&project, &["hooks", "install"], None).code, 0);
    let text = project.read(".claude/settings.json").replacen("\"opus\"", "\"sonnet\"", 1);
    project.write(".claude/settings.json", text);
    assert_eq!(run(&project, &["hooks", "remove"], None).code, 0);
    assert_eq!(project.read(".claude/settings.json"), USER.replacen("\"opus\"", "\"sonnet\"", 1));
}

#[test]
fn printing_writes_nothing_and_an_old_agent_gets_no_name_it_does_not_know() {
    let project = Project::new();
    project.ok(&["init"]);
    let res = run(&project, &["hooks", "install", "--print"], Some("2.0.76"));
    assert!(!res.stdout.contains("UserPromptExpansion") && res.stdout.contains("UserPromptSubmit"));
    let res = run(&project, &["hooks", "install", "--print"], Some("2.1.330"));
    assert!(res.stdout.contains("UserPromptExpansion"), "{res:?}");
    assert!(!project.path(".claude/settings.json").exists());
}

#[test]
fn what_cannot_work_is_refused_or_named() {
    let project = Project::new();
    project.ok(&["init"]);
    let mut command = project.command(&["hooks", "install"]);
    let res = output(command.env("PATH", "/nowhere"));
    assert!(res.code == 2 && res.stderr.contains("not on the PATH"), "{res:?}");
    project.write(".claude/settings.json", "{\n  \"a\": 1,\n}\n");
    let res = run(&project, &["hooks", "install"], None);
    assert!(res.code == 2 && res.stderr.contains("line 2, column"), "{res:?}");
    assert_eq!(project.read(".claude/settings.json"), "{\n  \"a\": 1,\n}\n");
    project.write(".claude/settings.json", r#"{"enabledPlugins": {"learn@market": true}}"#);
    assert_eq!(run(&project, &["hooks", "check"], None).code, 0);
    assert_eq!(run(&project, &["hooks", "install", "--settings", "local"], None).code, 0);
    let res = run(&project, &["hooks", "check"], None);
    assert!(res.code == 1 && res.stdout.contains("registered twice"), "{res:?}");
    let doctor = run(&project, &["doctor"], None);
    assert!(doctor.stdout.contains("registered twice"), "{doctor:?}");
}

#[test]
fn the_plugin_brings_the_same_handlers_and_says_when_the_program_is_missing() {
    let read = |path: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(repo().join(path)).unwrap()).unwrap()
    };
    assert_eq!(read(".claude-plugin/plugin.json")["version"], env!("CARGO_PKG_VERSION"));
    let project = Project::new();
    let printed = run(&project, &["hooks", "install", "--print"], None).stdout;
    let own: Value = serde_json::from_str(&printed).unwrap();
    let plugin = read("hooks/hooks.json");
    let of = |all: &Value| -> Vec<(String, Value)> {
        let events = all["hooks"].as_object().unwrap();
        events.iter().map(|it| (it.0.clone(), it.1[0]["matcher"].clone())).collect()
    };
    let sorted = |mut all: Vec<(String, Value)>| {
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    // The plugin has the commands of the default settings, in any order.
    let same = |a: &Value, b: &Value| {
        let words = |it: &Value| {
            let text = it.as_str().unwrap_or_default().to_owned();
            let mut all: Vec<String> = text.split(['|', '(', ')']).map(str::to_owned).collect();
            all.sort();
            all
        };
        words(a) == words(b)
    };
    for (own, plugin) in sorted(of(&own)).iter().zip(&sorted(of(&plugin))) {
        assert!(own.0 == plugin.0 && same(&own.1, &plugin.1), "{own:?} {plugin:?}");
    }
    for (event, groups) in plugin["hooks"].as_object().unwrap() {
        let command = groups[0]["hooks"][0]["command"].as_str().unwrap();
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", command]).env_clear().env("PATH", "/nowhere").stdin(Stdio::null());
        let res = output(&mut shell);
        assert_eq!((res.code, &*res.stderr), (0, ""), "{event}");
        assert_eq!(res.stdout.contains("not on the PATH"), event == "SessionStart", "{event}");
    }
}
