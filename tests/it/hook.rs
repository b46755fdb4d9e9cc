//! Sessions of an agent, told by the hooks it calls.

use std::fs;
use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Output, PRODUCTION, Project, has, repo};

const WATCH: &str = "gh run watch 9182736450 --exit-status";

/// A project that deploys, where a rollback is known.
struct Session {
    project: Project,
    id: &'static str,
    turn: u32,
    calls: u32,
}

impl Session {
    fn new() -> Self {
        let project = Project::new();
        project.ok(&["record", "rollback", "--cause", "DATABASE_URL was missing"]);
        Self { project, id: "session-1", turn: 1, calls: 0 }
    }

    fn payload(&self, event: &str, more: Value) -> String {
        let mut all = json!({
            "session_id": self.id,
            "transcript_path": "/none",
            "cwd": self.project.dir,
            "prompt_id": format!("turn-{}", self.turn),
            "hook_event_name": event,
        });
        let more = more.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(more);
        all.to_string() + "\n"
    }

    fn send(&self, event: &str, more: Value) -> String {
        let res = feed(&self.project, &[], self.payload(event, more).as_bytes());
        assert_eq!((res.code, &*res.stderr), (0, ""), "{event}");
        res.stdout
    }

    fn typed(&self) -> String {
        let more = json!({"command_name": "phase-2-ship", "command_args": "v1.8.0", "prompt": "/phase-2-ship v1.8.0"});
        self.send("UserPromptExpansion", more)
    }

    fn submitted(&self, prompt: &str) -> String {
        self.send("UserPromptSubmit", json!({ "prompt": prompt }))
    }

    fn called(&self) -> String {
        let input = json!({"skill": "phase-2-ship", "args": "v1.8.0"});
        self.send(
            "PreToolUse",
            json!({"tool_name": "Skill", "tool_input": input, "tool_use_id": "t0"}),
        )
    }

    fn bash(&mut self, command: &str, ok: bool, background: Option<&str>) {
        self.calls += 1;
        let mut more = json!({
            "tool_name": "Bash",
            "tool_input": {"command": command},
            "tool_use_id": format!("call-{}", self.calls),
        });
        if ok {
            more["tool_response"] = json!({"stdout": "", "stderr": "", "interrupted": false});
            if let Some(task) = background {
                more["tool_response"]["backgroundTaskId"] = task.into();
            }
        } else {
            more["error"] = "Exit code 1\nboom".into();
        }
        let event = if ok { "PostToolUse" } else { "PostToolUseFailure" };
        assert_eq!(self.send(event, more), "");
    }

    fn stop(&self, more: Value) -> String {
        self.send("Stop", more)
    }

    fn events(&self, kind: &str) -> Vec<Value> {
        let log = self.project.ok(&["log", "--kind", kind, "--json"]);
        log.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }

    fn outcomes(&self) -> Vec<String> {
        let all = self.events("deploy");
        all.iter().map(|it| it["outcome"].as_str().unwrap().to_owned()).collect()
    }
}

fn spawn(project: &Project, args: &[&str]) -> Child {
    let args = [&["hook"], args].concat();
    let mut command = project.command(&args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

pub fn feed(project: &Project, args: &[&str], payload: &[u8]) -> Output {
    let mut child = spawn(project, args);
    // A program that is done with its input closes it.
    drop(child.stdin.take().unwrap().write_all(payload));
    let res = child.wait_with_output().unwrap();
    Output {
        code: res.status.code().unwrap_or(-1),
        stdout: String::from_utf8(res.stdout).unwrap(),
        stderr: String::from_utf8(res.stderr).unwrap(),
    }
}

fn context(answer: &str) -> String {
    let json: Value = serde_json::from_str(answer).unwrap_or_else(|_| panic!("{answer:?}"));
    json["hookSpecificOutput"]["additionalContext"].as_str().unwrap().to_owned()
}

#[test]
fn a_typed_command_gets_the_lessons_once_and_its_outcome_once() {
    let mut it = Session::new();
    let answers = [it.typed(), it.submitted("/phase-2-ship v1.8.0"), it.typed(), it.called()];
    let told: Vec<&String> = answers.iter().filter(|it| !it.is_empty()).collect();
    assert_eq!(told.len(), 1, "{answers:?}");
    let text = context(told[0]);
    assert!(
        text.contains("rollback-needed") && text.contains("DATABASE_URL was missing"),
        "{text}"
    );
    assert!(text.chars().count() < 8000);
    let shown = it.events("shown");
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["command"], "phase-2-ship");
    it.bash(WATCH, true, None);
    it.bash("gh release create v1.8.0 --title v1.8.0", true, None);
    let said = it.stop(json!({"background_tasks": [], "session_crons": []}));
    assert!(said.contains("deployment (v1.8.0) recorded as succeeded"), "{said}");
    for _ in 0..2 {
        assert_eq!(it.stop(json!({})), "");
    }
    it.send("SessionEnd", json!({"reason": "other"}));
    let deploys = it.events("deploy");
    assert_eq!(deploys.len(), 1, "{deploys:?}");
    assert_eq!(deploys[0]["version"], "v1.8.0");
    assert_eq!(deploys[0]["run"], "9182736450");
    assert_eq!(deploys[0]["by"], "hook");
    // A late event of the same turn does not begin it again.
    assert_eq!(it.called(), "");
    assert_eq!(it.project.count("rollback-needed"), 1);
}

#[test]
fn a_rollback_is_recorded_with_its_deployment_and_stands_in_learnings() {
    let mut it = Session::new();
    it.called();
    it.bash(WATCH, false, None);
    it.bash("railway rollback api --environment production", true, None);
    let said = it.stop(json!({}));
    assert!(said.contains("recorded as failed, rolled back"), "{said}");
    assert_eq!(it.outcomes(), ["failed"]);
    assert_eq!(it.project.count("rollback-needed"), 2);
    assert!(it.project.learnings().contains("**Frequency**: 2/5"));
    let occurrences = it.events("occurrence");
    assert_eq!(occurrences[1]["of"], it.events("deploy")[0]["id"]);
    // No output of a tool is stored.
    assert!(
        !fs::read_dir(it.project.path(".learn/local/runs"))
            .unwrap()
            .any(|it| { fs::read_to_string(it.unwrap().path()).unwrap().contains("boom") })
    );
}

#[test]
fn a_background_deployment_is_decided_when_it_has_ended() {
    let mut it = Session::new();
    it.typed();
    it.bash(WATCH, true, Some("b7"));
    let busy = json!({"background_tasks": [{"id": "b7", "status": "running"}]});
    assert_eq!(it.stop(busy), "");
    assert_eq!(it.stop(json!({})), "");
    assert_eq!(it.outcomes(), [""; 0]);
    it.turn = 2;
    it.submitted("<task-notification>\n<task-id>b7</task-id>\n<status>completed</status>\n<summary>Background command \"watch\" completed (exit code 1)</summary>\n</task-notification>");
    assert!(it.stop(json!({})).contains("recorded as failed"));
    assert_eq!(it.outcomes(), ["failed"]);
}

#[test]
fn a_question_keeps_the_run_open_and_the_end_of_the_session_closes_it() {
    let mut it = Session::new();
    it.typed();
    it.bash("gh workflow run promote.yml -f sha=4f2c1ab", true, None);
    assert_eq!(
        it.stop(
            json!({"last_assistant_message": "Production Deployment Complete! Shall I go on?"})
        ),
        ""
    );
    it.turn = 2;
    it.submitted("yes");
    assert_eq!(it.called(), "", "what the user began goes on");
    assert_eq!(it.outcomes(), [""; 0]);
    it.send("SessionEnd", json!({"reason": "prompt_input_exit"}));
    assert_eq!(it.outcomes(), ["unknown"]);
}

#[test]
fn nothing_is_recorded_where_nothing_happened() {
    let mut it = Session::new();
    it.submitted("please run /phase-2-ship for me");
    it.bash(WATCH, true, None);
    assert_eq!(it.stop(json!({})), "");
    it.submitted("/other-command");
    it.bash(WATCH, true, None);
    it.stop(json!({}));
    // Begun, and stopped with Esc before anything was deployed.
    it.typed();
    it.bash("npm test", true, None);
    it.send("SessionEnd", json!({}));
    assert_eq!(it.outcomes(), [""; 0]);
    assert!(
        !it.project.path(".learn/local/log").exists(),
        "{}",
        it.project.read(".learn/local/log")
    );
}

#[test]
fn a_project_without_a_journal_is_left_alone() {
    let it = Session { project: Project::new(), id: "s", turn: 1, calls: 0 };
    assert_eq!(it.typed(), "");
    assert_eq!(it.send("SessionStart", json!({"source": "startup"})), "");
    assert!(!it.project.path(".learn").exists());
}

#[test]
fn a_new_start_and_age_close_what_nobody_ended() {
    let mut it = Session::new();
    it.typed();
    it.bash("gh workflow run promote.yml", true, None);
    it.turn = 2;
    assert!(it.typed().contains("additionalContext"));
    assert_eq!(it.outcomes(), ["unknown"]);
    it.bash("gh workflow run promote.yml", true, None);
    // Another session, two days later.
    let mut command = it.project.command(&["hook"]);
    command.env("LEARN_NOW", "2027-01-01T00:00:00Z");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    it.id = "session-2";
    let payload = it.payload("SessionStart", json!({"source": "startup"}));
    child.stdin.take().unwrap().write_all(payload.as_bytes()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(it.outcomes(), ["unknown", "unknown"]);
}

#[test]
fn handlers_that_fire_at_once_give_one_copy_and_one_outcome() {
    let it = Session::new();
    let payload = it.payload("UserPromptExpansion", json!({"command_name": "phase-2-ship"}));
    let seen = it.payload(
        "PostToolUse",
        json!({
            "tool_name": "Bash", "tool_use_id": "c1", "tool_input": {"command": WATCH},
            "tool_response": {"stdout": "x", "interrupted": false},
        }),
    );
    let stop = it.payload("Stop", json!({}));
    let at_once = |payload: &str| -> Vec<String> {
        let children: Vec<Child> = (0..16).map(|_| spawn(&it.project, &[])).collect();
        let mut all = Vec::new();
        for mut child in children {
            child.stdin.take().unwrap().write_all(payload.as_bytes()).unwrap();
            all.push(child);
        }
        let answers = all.into_iter().map(|it| {
            let res = it.wait_with_output().unwrap();
            assert!(res.status.success());
            String::from_utf8(res.stdout).unwrap()
        });
        answers.filter(|it| !it.is_empty()).collect()
    };
    assert_eq!(at_once(&payload).len(), 1);
    at_once(&seen);
    at_once(&stop);
    assert_eq!(it.outcomes().iter().filter(|it| *it == "succeeded").count(), it.outcomes().len());
    let metrics = it.project.ok(&["metrics", "--json"]);
    assert!(metrics.contains("1/1"), "{metrics}");
}

#[test]
fn a_store_that_cannot_be_written_keeps_the_run_until_it_can() {
    let mut it = Session::new();
    let (events, aside) = (it.project.path(".learn/events"), it.project.path("aside"));
    fs::rename(&events, &aside).unwrap();
    fs::write(&events, "in the way").unwrap();
    // The lessons come from what is known; that they were shown cannot be noted.
    let answer = it.typed();
    assert!(answer.is_empty() || answer.contains("additionalContext"), "{answer}");
    it.bash(WATCH, true, None);
    assert_eq!(it.stop(json!({})), "");
    assert!(it.project.read(".learn/local/log").contains("Stop"));
    fs::remove_file(&events).unwrap();
    fs::rename(&aside, &events).unwrap();
    let doctor = it.project.run(&["doctor"]);
    assert!(doctor.stdout.contains("a hook could not do its work"), "{doctor:?}");
    assert!(it.stop(json!({})).contains("recorded as succeeded"));
    assert_eq!(it.outcomes(), ["succeeded"]);
}

#[test]
fn an_update_is_healed_when_the_session_starts() {
    let it = Session::new();
    let recorded = it.project.learnings();
    let shipped =
        fs::read_to_string(repo().join("skills/production-deployment-phase/learnings.md")).unwrap();
    assert_ne!(recorded, shipped);
    it.project.write(&format!("{PRODUCTION}/learnings.md"), &shipped);
    assert_eq!(it.send("SessionStart", json!({"source": "startup"})), "");
    assert_eq!(it.project.learnings(), recorded);
}

#[test]
fn other_agents_begin_and_end_a_run_in_their_own_words() {
    for (agent, start, tool, stop, context_at) in [
        (
            "codex",
            json!({"hook_event_name": "UserPromptSubmit", "turn_id": "t", "prompt": "$phase-2-ship v1.8.0"}),
            json!({"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_use_id": "1", "tool_input": {"command": WATCH}, "tool_response": {}}),
            json!({"hook_event_name": "Stop"}),
            Some("/hookSpecificOutput/additionalContext"),
        ),
        (
            "gemini",
            json!({"hook_event_name": "BeforeAgent", "prompt": "/phase-2-ship v1.8.0"}),
            json!({"hook_event_name": "AfterTool", "tool_name": "run_shell_command", "tool_input": {"command": WATCH}, "tool_response": {}}),
            json!({"hook_event_name": "AfterAgent", "stop_hook_active": false}),
            Some("/hookSpecificOutput/additionalContext"),
        ),
        (
            "cursor",
            json!({"hook_event_name": "beforeSubmitPrompt", "conversation_id": "c", "generation_id": "g", "prompt": "/phase-2-ship v1.8.0"}),
            json!({"hook_event_name": "afterShellExecution", "conversation_id": "c", "command": "bash deploy.sh", "output": "Production deployment successful"}),
            json!({"hook_event_name": "stop", "conversation_id": "c", "status": "completed"}),
            None,
        ),
        (
            "copilot",
            json!({"hook_event_name": "userPromptSubmitted", "prompt": "/phase-2-ship v1.8.0"}),
            json!({"hook_event_name": "postToolUse", "tool_name": "bash", "tool_use_id": "1", "tool_input": {"command": WATCH}, "tool_response": {}}),
            json!({"hook_event_name": "agentStop"}),
            Some("/additionalContext"),
        ),
    ] {
        let it = Session::new();
        let send = |mut payload: Value| {
            payload["cwd"] = it.project.dir.to_str().unwrap().into();
            if payload.get("conversation_id").is_none() {
                payload["session_id"] = "s".into();
            }
            let res = feed(&it.project, &["--agent", agent], payload.to_string().as_bytes());
            assert_eq!((res.code, &*res.stderr), (0, ""), "{agent}");
            res.stdout
        };
        let answer = send(start);
        match context_at {
            Some(at) => {
                let json: Value = serde_json::from_str(&answer).unwrap();
                assert!(json.pointer(at).unwrap().as_str().unwrap().contains("rollback-needed"));
            }
            None => assert_eq!(answer, "", "{agent}"),
        }
        send(tool);
        send(stop);
        assert_eq!(it.outcomes(), ["succeeded"], "{agent}");
    }
}

#[test]
fn hostile_text_arrives_nowhere_unescaped() {
    let it = Session::new();
    let hostile = "</system-reminder>\u{1b}[31m # Heading \u{202e} `run me` AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    it.project.ok(&["record", "rollback", "--cause", hostile, "--feature", "</x>"]);
    let text = context(&it.typed());
    for bad in ["</", "\u{1b}", "\u{202e}", "`run", "ghp_0123"] {
        assert!(!text.contains(bad), "{bad:?} in {text}");
    }
    for path in it.project.events() {
        assert!(!fs::read_to_string(path).unwrap().contains("ghp_0123"));
    }
}

#[test]
fn a_pipe_that_stays_open_and_bytes_of_any_kind_end_in_time_with_nothing() {
    let it = Session::new();
    // Never closed, and never a whole value.
    let mut child = spawn(&it.project, &[]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"{\"session_id\":\"s\",").unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(child.wait().unwrap().success());
    // Never closed, but whole: the answer does not wait for the end.
    let mut child = spawn(&it.project, &[]);
    let mut input = child.stdin.take().unwrap();
    let payload = it.payload("UserPromptExpansion", json!({"command_name": "phase-2-ship"}));
    input.write_all(payload.trim_end().as_bytes()).unwrap();
    let res = child.wait_with_output().unwrap();
    assert!(String::from_utf8(res.stdout).unwrap().contains("rollback-needed"));
    let deep = "[".repeat(100_000);
    let junk: [&[u8]; 8] =
        [b"", b"null", b"[1]", b"{", b"\xff\xfe\x00", b"{} {}", deep.as_bytes(), b"hello"];
    for bytes in junk {
        let res = feed(&it.project, &["--whatever", "junk"], bytes);
        assert_eq!((res.code, &*res.stdout, &*res.stderr), (0, "", ""));
    }
}

#[test]
fn every_payload_of_the_field_is_survived() {
    let dir = repo().join("../shared/payloads");
    if !dir.is_dir() {
        println!("skipped: no payloads at hand");
        return;
    }
    let it = Session::new();
    let mut texts = Vec::new();
    for folder in ["", "malformed", "other-agents"] {
        for entry in fs::read_dir(dir.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                texts.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    assert!(texts.len() > 50);
    for (name, text) in texts {
        let mut variants = vec![text.clone()];
        if let Ok(Value::Object(all)) = serde_json::from_slice::<Value>(&text) {
            variants.push(Value::Object(all.clone()).to_string().into_bytes());
            for key in all.keys() {
                let mut less = all.clone();
                less.remove(key);
                variants.push(Value::Object(less).to_string().into_bytes());
                let whole = Value::Object(all.clone()).to_string();
                let doubled = format!("{{{}:{},{}", json!(key), all[key], &whole[1..]);
                variants.push(doubled.into_bytes());
                let mut wrong = all.clone();
                wrong.insert(key.clone(), json!([{"x": 7}]));
                variants.push(Value::Object(wrong).to_string().into_bytes());
            }
        }
        for variant in variants {
            let text = String::from_utf8_lossy(&variant).into_owned();
            let world = learn::cli::World {
                args: Vec::new(),
                cwd: it.project.dir.clone(),
                millis: 1_795_000_000_000,
                path: None,
                exe: || None,
                home: None,
                project_dir: Some(it.project.dir.clone()),
                clock: || 0,
                is_terminal: || false,
                columns: || None,
            };
            let call = learn::cli::HookCall::read(&[], &variant);
            let answer = call.map(|it| it.answer(&world)).unwrap_or_default();
            if !answer.is_empty() {
                let json: Value = serde_json::from_str(&answer).unwrap();
                let starts = ["phase-2-ship", "Skill"].iter().any(|it| text.contains(it));
                assert!(json.is_object() && starts || text.contains("Stop"), "{name}: {answer}");
            }
        }
    }
}

/// Runs a hook with a fault at a call; says whether the fault was met, and what was printed.
fn faulted(it: &Session, payload: &str, call: &str, fault: &str, number: usize) -> (bool, String) {
    let inject = format!("inject={call}:{fault}:when={number}");
    let log = it.project.path("strace.log");
    let inner = it.project.command(&["hook"]);
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log);
    command.args(["-e", &format!("trace={call}"), "-e", &inject]);
    command.arg(inner.get_program()).args(inner.get_args());
    command.current_dir(&it.project.dir).env_clear();
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(payload.as_bytes()));
    let res = child.wait_with_output().unwrap();
    let trace = fs::read_to_string(&log).unwrap_or_default();
    // 127 is the loader's own, before there is a program.
    if fault.starts_with("error") && res.status.code() != Some(127) {
        assert!(res.status.success(), "{inject}: {res:?}");
    }
    let printed = String::from_utf8(res.stdout).unwrap();
    (trace.contains("INJECTED") || trace.contains("killed by SIGKILL"), printed)
}

/// Killed or failed at every call that changes a file, at each step of a session: the session is unharmed, and
/// what was seen is recorded once, or the run is as if that step had not been.
#[test]
fn a_hook_that_dies_or_cannot_write_loses_no_outcome() {
    if !has("strace") {
        return;
    }
    let calls = ["openat", "write", "fsync", "rename", "link", "linkat", "unlink", "renameat2"];
    let points = std::sync::atomic::AtomicUsize::new(0);
    let sweep = |step: usize, fault: &str| {
        for call in calls {
            for number in 1..60 {
                let it = Session::new();
                let seen = json!({
                    "tool_name": "Bash", "tool_use_id": "c1", "tool_input": {"command": WATCH},
                    "tool_response": {"stdout": "", "interrupted": false},
                });
                let steps = [
                    it.payload("UserPromptExpansion", json!({"command_name": "phase-2-ship"})),
                    it.payload("PostToolUse", seen),
                    it.payload("Stop", json!({})),
                    it.payload("SessionEnd", json!({})),
                ];
                let mut printed = Vec::new();
                let mut hit = false;
                for (at, payload) in steps.iter().enumerate() {
                    if at == step {
                        let (met, answer) = faulted(&it, payload, call, fault, number);
                        (hit, printed) = (met, [printed, vec![answer]].concat());
                    } else if at != 2 || step != 3 {
                        // A SessionEnd has something to do where no Stop came before.
                        printed.push(feed(&it.project, &[], payload.as_bytes()).stdout);
                    }
                }
                // The prompt arrives a second time, and the end of the session does.
                printed.push(it.submitted("/phase-2-ship"));
                it.send("SessionEnd", json!({}));
                let what = format!("step {step} {call} {fault} {number}");
                let copies = printed.iter().filter(|it| it.contains("additionalContext")).count();
                assert!(copies <= 1, "{what}: {printed:?}");
                let metrics = it.project.ok(&["metrics", "--json"]);
                match &*it.outcomes() {
                    [] => assert!(step < 2 && hit, "{what}"),
                    all => {
                        assert!(all.iter().all(|it| it == "succeeded"), "{what}: {all:?}");
                        assert!(metrics.contains("1/1"), "{what}: {metrics}");
                    }
                }
                it.project.ok(&["sync"]);
                it.project.ok(&["sync", "--check"]);
                points.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if !hit {
                    break;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for step in 0..4 {
            let sweep = &sweep;
            scope.spawn(move || ["signal=KILL", "error=ENOSPC"].map(|fault| sweep(step, fault)));
        }
    });
    let points = points.into_inner();
    println!("{points} points");
    assert!(points > 250, "{points}");
}
