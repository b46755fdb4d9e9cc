//! `learn import`: what other programs know about deployments.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use learn::event::{Id, Kind};
use serde_json::Value;

use crate::fault::{Bench, CHANGING, State, age_leftovers, events, inject, share};
use crate::support::{Output, Project};

/// Three runs, of which one failed, one is not finished and one is of a tag.
const RUNS: &str = r#"[
  {"attempt": 1, "conclusion": "success", "createdAt": "2026-11-01T09:59:50Z", "databaseId": 101,
   "headBranch": "v1.4.0", "headSha": "1111111111111111111111111111111111111111", "startedAt": "2026-11-01T10:00:00Z",
   "status": "completed", "updatedAt": "2026-11-01T10:12:00Z", "workflowName": "Deploy"},
  {"attempt": 2, "conclusion": "failure", "createdAt": "2026-11-02T09:59:50Z", "databaseId": 102,
   "headBranch": "main", "headSha": "2222222222222222222222222222222222222222", "startedAt": "2026-11-02T10:00:00Z",
   "status": "completed", "updatedAt": "2026-11-02T10:07:00Z", "workflowName": "Deploy",
   "jobs": [{"name": "build", "conclusion": "success", "steps": []},
            {"name": "deploy", "conclusion": "failure", "steps": [
              {"name": "Checkout", "conclusion": "success", "number": 1},
              {"name": "Run migrations", "conclusion": "failure", "number": 2}]}]},
  {"attempt": 1, "conclusion": "", "createdAt": "2026-11-03T09:59:50Z", "databaseId": 103,
   "headBranch": "main", "headSha": "3333333333333333333333333333333333333333", "startedAt": "0001-01-01T00:00:00Z",
   "status": "in_progress", "updatedAt": "2026-11-03T10:00:00Z", "workflowName": "Deploy"}
]"#;

const LIST: &str = "version,Status,started at,finished_at,service,rolled back,team\n\
    v1,success,2026-11-01T10:00:00Z,2026-11-01T10:10:00Z,api,,a\n\
    v2,failed,2026-11-02T10:00:00Z,2026-11-02T10:20:00Z,api,no,a\n\
    \"v3\",success,2026-11-03T10:00:00Z,2026-11-03T10:30:00Z,api,2026-11-03T11:30:00Z,\"b,\"\"c\"\n";

fn import(project: &Project, args: &[&str], input: &str) -> Output {
    let mut command = project.command(&[&["import", "-"], args].concat());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let res = child.wait_with_output().unwrap();
    Output {
        code: res.status.code().unwrap_or(-1),
        stdout: String::from_utf8(res.stdout).unwrap(),
        stderr: String::from_utf8(res.stderr).unwrap(),
    }
}

fn json(output: &Output) -> Value {
    assert_eq!(output.code, 0, "{output:?}");
    serde_json::from_str(&output.stdout).unwrap()
}

/// Returns all events of a project, as `learn log --json` has them.
fn log(project: &Project) -> Vec<Value> {
    let text = project.ok(&["log", "--json"]);
    text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[test]
fn finished_runs_are_deployments_and_come_once() {
    let project = Project::new();
    let first = json(&import(&project, &["--json"], RUNS));
    assert_eq!(first["left_out"], serde_json::json!({ "not finished": 1 }), "{first}");
    let events = log(&project);
    assert_eq!(events.len(), 2, "{events:?}");
    let (good, bad) = (&events[0], &events[1]);
    for (field, expected) in [
        ("outcome", "succeeded"),
        ("by", "ci"),
        ("run", "101"),
        ("version", "v1.4.0"),
        ("sha", "1111111111111111111111111111111111111111"),
        ("started", "2026-11-01T10:00:00Z"),
        ("finished", "2026-11-01T10:12:00Z"),
        ("duration_from", "ci"),
        ("key", "run:101/1:production"),
    ] {
        assert_eq!(good[field], expected, "{field}: {good}");
    }
    assert_eq!((&bad["outcome"], &bad["version"]), (&"failed".into(), &Value::Null), "{bad}");
    assert_eq!(bad["note"], "failed in job deploy, step Run migrations");
    let again = json(&import(&project, &["--json"], RUNS));
    assert_eq!((&again["known"], log(&project).len()), (&2.into(), 2), "{again}");
    // Once it is finished it comes too, also as `gh run view` has it: one object.
    let done = r#"{"databaseId": 103, "conclusion": "success", "status": "completed",
        "startedAt": "2026-11-03T10:00:00Z", "updatedAt": "2026-11-03T10:11:00Z"}"#;
    assert_eq!(json(&import(&project, &["--json"], done))["events"][0]["run"], "103");
    let row = "| Production deploy success | ≥98% | 67% (2/3) |";
    assert!(project.learnings().contains(row), "{}", project.learnings());
}

#[test]
fn runs_of_several_workflows_need_a_choice() {
    let project = Project::new();
    let other = RUNS.replacen("\"Deploy\"", "\"Tests\"", 1);
    let res = import(&project, &[], &other);
    assert_eq!(res.code, 2);
    assert!(res.stderr.contains("`input`:5:3: runs of several workflows"), "{}", res.stderr);
    assert!(res.stderr.contains("`Deploy`, `Tests`"), "{}", res.stderr);
    assert!(!project.path(".learn").exists());
    let res = json(&import(&project, &["--workflow", "Deploy", "--json"], &other));
    assert_eq!(res["events"].as_array().unwrap().len(), 1, "{res}");
    assert_eq!(res["left_out"]["of another workflow"], 1, "{res}");
    assert_eq!(import(&project, &["--workflow", "Release"], &other).code, 2);
}

#[test]
fn a_list_tells_deployments_and_their_rollbacks() {
    let project = Project::new();
    let res = json(&import(&project, &["--json"], LIST));
    assert_eq!(res["unread"], serde_json::json!(["team"]), "{res}");
    let events = log(&project);
    assert_eq!(events.len(), 4, "{events:?}");
    assert_eq!((&events[3]["kind"], &events[3]["of"]), (&"occurrence".into(), &events[2]["id"]));
    assert_eq!((&events[3]["role"], &events[3]["service"]), (&"rollback".into(), &"api".into()));
    let text = project.learnings();
    for row in [
        "| Production deploy success | ≥98% | 67% (2/3) |",
        "| Rollback frequency | <5% | 1/2 |",
        "| Deploy duration | <15 min | 20 min (median, n=3, max 30 min) |",
    ] {
        assert!(text.contains(row), "{row}\n{text}");
    }
    // The same as JSON, in another order and with other names, is known.
    let lines = r#"{"tag": "v3", "outcome": "succeeded", "service": "api", "finishedAt": "2026-11-03T10:30:00Z", "duration": "30m"}
        {"version": "v1", "result": "success", "started": "2026-11-01T11:00:00+01:00", "duration": "10m", "service": "api"}"#;
    let res = json(&import(&project, &["--json"], lines));
    assert_eq!(res["known"], 2, "{res}");
    // A rollback that was added to the list later belongs to the deployment that is known.
    let later = LIST.replace("10:10:00Z,api,", "10:10:00Z,api,2026-11-01T12:00:00Z");
    let res = json(&import(&project, &["--json"], &later));
    assert_eq!(res["events"].as_array().unwrap().len(), 1, "{res}");
    assert_eq!(res["events"][0]["of"], events[0]["id"], "{res}");
    assert_eq!(project.count("rollback-needed"), 2);
}

#[test]
fn a_dry_run_shows_the_events_and_writes_nothing() {
    let project = Project::new();
    let res = import(&project, &["--dry-run"], LIST);
    assert_eq!(res.code, 0, "{res:?}");
    for part in ["2026-11-02T10:20:00Z  failed", "rolled back", "would import 3 deployments"] {
        assert!(res.stdout.contains(part), "{part}: {}", res.stdout);
    }
    assert!(!project.path(".learn").exists());
    assert!(
        json(&import(&project, &["--dry-run", "--json"], LIST))["events"][0]["key"].is_string()
    );
}

#[test]
fn bad_input_names_its_place_and_stores_nothing() {
    let project = Project::new();
    let row = |it: &str| format!("outcome,at,duration,sha\nfailed,2026-11-01,,\n{it}\n");
    for (input, place, why) in [
        (row("sucess,2026-11-02,,"), ":3:1:", "`sucess` is no outcome"),
        (row("failed,yesterday,,"), ":3:8:", "`yesterday` is no day"),
        (row("failed,2026-11-02,-5m,"), ":3:19:", "negative"),
        (row("failed,2026-11-02,5 parsecs,"), ":3:19:", "parsecs"),
        (row("failed,2026-11-02,5,"), ":3:19:", "no unit of time"),
        (row("failed,2026-11-02,\"5,m\",xyz"), ":3:19:", "5,m"),
        (row("\"failed\",2026-11-02,\"5m\",xyz"), ":3:26:", "no commit"),
        (row("failed,,,"), ":3:1:", "no time"),
        (row("failed,2029-01-01,,"), ":3:1:", "in the future"),
        (row("failed,2026-11-02"), ":3:1:", "2 values"),
        ("outcome,at\nfailed,\"x".to_owned(), ":2:8:", "`x` is no day"),
        ("version,at\nv1,2026-11-01\n".to_owned(), ":1:1:", "no column `outcome`"),
        ("at,date,outcome\n".to_owned(), ":1:4:", "second column"),
        (
            "outcome,started,finished\nfailed,2026-11-02,2026-11-01\n".to_owned(),
            ":2:1:",
            "before it started",
        ),
        (
            RUNS.replace("2026-11-02T10:07:00Z", "2026-11-02T09:00:00Z"),
            ":5:3:",
            "before it started",
        ),
        (RUNS.replace("2026-11-02T10:07:00Z", "tomorrow"), ":7:49:", "`tomorrow` is no time"),
        (RUNS.replace("\"conclusion\": \"\", ", "\"conclusion\": 7, "), ":12:32:", "invalid type"),
        (RUNS.trim_end_matches(']').to_owned(), ":15:1:", "EOF"),
        ("[{\"databaseId\": 1}]".to_owned(), ":1:2:", "no `conclusion`"),
        ("{\"outcome\": \"failed\"}\n{\"outcome\": 3}".to_owned(), ":1:1:", "no time"),
        (
            "{\"outcome\": \"failed\", \"at\": \"2026-11-01\"}\n{\"outcome\": 3}".to_owned(),
            ":2:13:",
            "`3`",
        ),
        ("[1, 2]".to_owned(), ":1:2:", "invalid type"),
    ] {
        let res = import(&project, &[], &input);
        assert_eq!(res.code, 2, "{input}: {res:?}");
        let expected = format!("`input`{place}");
        let is_right = res.stderr.contains(&expected) && res.stderr.contains(why);
        assert!(is_right, "{expected} {why}\n{input}\n{}", res.stderr);
        assert!(res.stderr.contains("nothing was recorded"), "{}", res.stderr);
    }
    assert_eq!(import(&project, &["--from", "xml"], RUNS).code, 2);
    assert_eq!(import(&project, &["--env", "qa"], RUNS).code, 2);
    assert_eq!(project.run(&["import", "nowhere.csv"]).code, 2);
    project.write("latin.csv", b"outcome\n\xe9\n");
    assert!(project.run(&["import", "latin.csv"]).stderr.contains("`latin.csv`:2: byte 9"));
    assert!(!project.path(".learn").exists());
}

/// Makes a commit at an hour of 20 November 2026, and a tag where it has a name.
fn commit(project: &Project, hour: u32, message: &str, tag: Option<&str>) -> String {
    let date = format!("2026-11-20T{hour:02}:00:00Z");
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command
            .args(["-c", "user.name=t", "-c", "user.email=t@t.invalid"])
            .args(args)
            .current_dir(&project.dir)
            .env("HOME", &project.dir)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        assert_eq!(crate::support::output(&mut command).code, 0, "{args:?}");
    };
    if !message.is_empty() {
        git(&["commit", "-q", "--allow-empty", "-m", message]);
    }
    if let Some(tag) = tag {
        git(&["tag", "-a", tag, "-m", "a release"]);
    }
    project.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

#[test]
fn tags_and_reverts_tell_releases_and_rollbacks() {
    if !crate::support::has("git") {
        return;
    }
    let project = Project::new();
    project.git(&["init", "-q"]);
    assert!(project.run(&["import", "--git"]).stderr.contains("git knows no commits"));
    commit(&project, 1, "one", Some("v1.0.0"));
    let bad = commit(&project, 2, "two", None);
    let second = commit(&project, 4, "three", Some("v1.1.0"));
    let revert = format!("Revert \"two\"\n\nThis reverts commit {bad}.");
    commit(&project, 5, &revert, None);
    commit(&project, 6, "four", Some("v1.2.0"));
    commit(&project, 7, "", Some("v1.2.0-rollback"));
    commit(&project, 8, "", Some("v0.9.0-rollback"));
    commit(&project, 9, "", Some("v2.0.0-rc.1"));
    project.git(&["tag", "v1.1.1"]);
    project.git(&["tag", "nightly"]);
    let shown = project.ok(&["import", "--git", "--dry-run"]);
    assert!(shown.contains("would import 3 deployments (3 succeeded) and 3 rollbacks"), "{shown}");
    assert!(!project.path(".learn").exists());
    let res: Value = serde_json::from_str(&project.ok(&["import", "--git", "--json"])).unwrap();
    assert_eq!(
        res["left_out"],
        serde_json::json!({
            "lightweight tags, which have no time of their own": 1,
            "tags of prereleases": 1,
            "tags that name no version": 1,
        })
    );
    let events = log(&project);
    let list: Vec<(&str, &str, &str)> = events
        .iter()
        .map(|it| (&it["at"], &it["version"], &it["kind"]))
        .map(|it| (it.0.as_str().unwrap(), it.1.as_str().unwrap(), it.2.as_str().unwrap()))
        .collect();
    assert_eq!(
        list,
        [
            ("2026-11-20T01:00:00Z", "v1.0.0", "deploy"),
            ("2026-11-20T04:00:00Z", "v1.1.0", "deploy"),
            ("2026-11-20T05:00:00Z", "v1.1.0", "occurrence"),
            ("2026-11-20T06:00:00Z", "v1.2.0", "deploy"),
            ("2026-11-20T07:00:00Z", "v1.2.0", "occurrence"),
            // The tag of what was rolled back is gone; its version stays.
            ("2026-11-20T08:00:00Z", "v0.9.0", "occurrence"),
        ]
    );
    assert_eq!((&events[1]["by"], &events[1]["sha"]), (&"detect".into(), &second.as_str().into()));
    // Commits of two and four o'clock, released at four; then those of five and six.
    assert_eq!((&events[0]["lead_s"], &events[1]["lead_s"]), (&Value::Null, &3600.into()));
    assert_eq!(events[3]["lead_s"], 1800);
    assert_eq!(events[2]["cause_text"], "Revert \"two\"");
    assert!(project.learnings().contains("| Rollback frequency | <5% | 67% (2/3) |"));
    let again = project.ok(&["import", "--git"]);
    assert!(again.contains("imported 0 deployments from git; 6 events known"), "{again}");
    // Hours later the release is published: no second deployment.
    let release = r#"[{"tagName": "v1.2.0", "publishedAt": "2026-11-20T12:00:00Z"},
        {"tagName": "v1.3.0", "publishedAt": "2026-11-20T13:00:00Z"},
        {"tagName": "v1.4.0", "isDraft": true}]"#;
    let res = json(&import(&project, &["--json"], release));
    assert_eq!((&res["known"], &res["left_out"]["a draft"]), (&1.into(), &1.into()), "{res}");
    assert_eq!(res["events"][0]["version"], "v1.3.0", "{res}");
}

/// Whatever call of an import is its last, or fails: all of its events are there or none, none is torn,
/// what was acknowledged is there, and the next import makes it whole.
#[test]
fn an_import_that_is_cut_short_is_whole_or_nothing() {
    if !crate::support::has("strace") {
        return;
    }
    let source = Project::empty();
    source.write("list.csv", LIST);
    let file = source.path("list.csv");
    let args = ["import", file.to_str().unwrap()];
    let points = AtomicUsize::new(0);
    share(&[State::Fresh, State::ByHand], 2, |state| {
        let bench = Bench::new(*state);
        let (counts, new) = bench.dry(&args);
        bench.reset();
        let before = events(&bench.project).0;
        let ours = |it: &(Id, Kind)| it.1 != Kind::Baseline && !before.contains(it);
        for (call, count) in counts.iter().filter(|it| CHANGING.contains(&it.0.as_str())) {
            for (number, what) in
                (1..=*count).flat_map(|it| [(it, "signal=KILL"), (it, "error=EIO")])
            {
                bench.reset();
                let fault = format!("{call}:{what}:when={number}");
                let res = inject(&bench.project, &args, &fault);
                let (found, problems) = events(&bench.project);
                let added = found.iter().filter(|it| ours(it)).count();
                assert!(problems.is_empty(), "{state:?} {fault} {res:?}: {problems:?}");
                assert!(before.iter().all(|it| found.contains(it)), "{state:?} {fault}");
                let is_said = res.code == 0 || res.stdout.contains("imported");
                assert!(added == 4 || added == 0 && !is_said, "{state:?} {fault}: {added} {res:?}");
                assert!(res.code != 2 || added == 0, "{state:?} {fault} {res:?}");
                age_leftovers(&bench.project);
                bench.project.ok(&args);
                let found = events(&bench.project).0;
                assert_eq!(found.iter().filter(|it| ours(it)).count(), 4, "{state:?} {fault}");
                let text = fs::read(bench.learnings()).ok();
                assert!(text == new, "{state:?} {fault}\n{}", bench.project.learnings());
                points.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    println!("{points:?} points");
    assert!(points.into_inner() > 200);
}

/// Two clones import the same list, and commands in parallel too: each deployment counts once.
#[test]
fn who_else_imports_the_same_adds_nothing() {
    let (one, other) = (Project::new(), Project::new());
    let list = |project: &Project| {
        project.write("list.csv", LIST);
        let start = || project.command(&["import", "list.csv"]).stdout(Stdio::null()).spawn();
        let all: Vec<_> = (0..4).map(|_| start().unwrap()).collect();
        let codes: Vec<_> =
            all.into_iter().map(|mut it| it.wait().unwrap().code().unwrap()).collect();
        assert!(codes.contains(&0) && codes.iter().all(|it| [0, 2].contains(it)), "{codes:?}");
        assert_eq!(log(project).len(), 4);
    };
    list(&one);
    list(&other);
    for pack in other.events() {
        let name = pack.strip_prefix(&other.dir).unwrap().to_str().unwrap().to_owned();
        one.write(&name, fs::read(&pack).unwrap());
    }
    assert_eq!(one.events().len(), 2, "a pack of each");
    let before = one.learnings();
    one.ok(&["sync"]);
    assert_eq!(one.learnings(), before);
    assert!(one.learnings().contains("| 67% (2/3) |"), "{before}");
    assert_eq!(one.count("rollback-needed"), 1);
    assert!(one.run(&["sync", "--check"]).code == 0);
}

/// A clone that heard of the rollback later names a report of the deployment that is a copy there.
#[test]
fn a_rollback_finds_its_deployment_in_another_clone() {
    let (one, other) = (Project::new(), Project::new());
    json(&import(&one, &["--json"], &LIST.replace("2026-11-03T11:30:00Z", "")));
    json(&import(&other, &["--json"], LIST));
    for file in other.events() {
        let name = file.strip_prefix(&other.dir).unwrap().to_str().unwrap().to_owned();
        one.write(&name, fs::read(&file).unwrap());
    }
    one.ok(&["sync"]);
    let text = one.learnings();
    assert!(text.contains("| Rollback frequency | <5% | 1/2 |"), "{text}");
    assert!(text.contains("| 67% (2/3) |"), "{text}");
}
