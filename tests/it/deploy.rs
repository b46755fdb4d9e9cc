//! `learn deploy` and what belongs to a deployment.

use serde_json::Value;

use crate::support::Project;

#[test]
fn a_rollback_belongs_to_the_deployment_that_is_named_else_to_the_latest() {
    let project = Project::new();
    let first =
        project.ok(&["deploy", "succeeded", "--version", "v1", "--at", "2026-11-20", "--json"]);
    let first: Value = serde_json::from_str(&first).unwrap();
    let out = project.ok(&["deploy", "succeeded", "--version", "v2", "--duration", "1h30m"]);
    assert!(
        out.contains("recorded deployment v2 succeeded in production-deployment-phase"),
        "{out}"
    );
    let out = project.ok(&["record", "rollback"]);
    assert!(out.contains("of deployment v2 (succeeded)"), "{out}");
    for args in [
        &["record", "rollback", "--version", "v1"][..],
        &["record", "rollback", "--at", "2026-11-21"],
    ] {
        let json = project.ok(&[args, &["--json"]].concat());
        let event = &serde_json::from_str::<Value>(&json).unwrap()["event"];
        assert_eq!(event["of"], first["event"]["id"], "{args:?}");
    }
}

#[test]
fn a_duration_counts_back_from_the_end() {
    let project = Project::new();
    let args = ["--finished", "2026-11-20T10:00:00Z", "--duration", "12m", "--json"];
    let json = project.ok(&[&["deploy", "failed"][..], &args].concat());
    let event = &serde_json::from_str::<Value>(&json).unwrap()["event"];
    assert_eq!(event["started"], "2026-11-20T09:48:00Z");
    assert_eq!(event["at"], "2026-11-20T10:00:00Z");
}

#[test]
fn bad_input_records_nothing_and_says_why() {
    let project = Project::new();
    for (args, why) in [
        (&["succeded"][..], "none of succeeded, failed, blocked, unknown"),
        (&["failed", "--duration=-5m"], "--duration"),
        (&["failed", "--duration", "5 parsecs"], "--duration"),
        (&["failed", "--duration", "5"], "no unit of time"),
        (
            &["failed", "--started", "2026-11-20T10:00:00Z", "--finished", "2026-11-20T09:59:59Z"],
            "lies before --started",
        ),
        (&["failed", "--finished", "2029-01-01"], "lies in the future"),
        (&["failed", "--sha", "xyz"], "hexadecimal"),
        (&["failed", "--env", "qa"], "[deploy.skills]"),
        (&["failed", "--recovers", "ABCDEFGH"], "no event ends with"),
    ] {
        let res = project.run(&[&["deploy"], args].concat());
        assert_eq!(res.code, 2, "{args:?}: {res:?}");
        assert!(res.stderr.contains(why), "{args:?}: {}", res.stderr);
    }
    assert!(!project.path(".learn").exists());
}

#[test]
fn an_environment_has_the_skill_that_is_set_for_it() {
    let project = Project::new();
    project.write(".learn/config.toml", "[deploy.skills]\nqa = \"production-deployment-phase\"\n");
    project.ok(&["deploy", "succeeded", "--env", "qa"]);
    project.ok(&["deploy", "succeeded"]);
}

#[test]
fn git_tells_the_lead_time() {
    if !crate::support::has("git") {
        return;
    }
    let project = Project::new();
    project.git(&["init", "-q"]);
    let mut commits = Vec::new();
    for hour in 1..=3 {
        let date = format!("2026-11-20T0{hour}:00:00Z");
        let mut git = std::process::Command::new("git");
        git.args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t.invalid",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ])
        .current_dir(&project.dir)
        .env("HOME", &project.dir)
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date);
        assert_eq!(crate::support::output(&mut git).code, 0);
        commits.push(project.git(&["rev-parse", "HEAD"]).trim().to_owned());
    }
    project.ok(&["deploy", "succeeded", "--sha", &commits[0], "--at", "2026-11-20T01:30:00Z"]);
    let args = ["--sha", &commits[2], "--at", "2026-11-20T04:00:00Z", "--json"];
    let json = project.ok(&[&["deploy", "succeeded"][..], &args].concat());
    let event = &serde_json::from_str::<Value>(&json).unwrap()["event"];
    assert_eq!(event["lead_s"], 5400, "median of one and two hours");
}

#[test]
fn of_names_a_deployment_and_nothing_else() {
    let project = Project::new();
    let json = |args: &[&str]| -> Value { serde_json::from_str(&project.ok(args)).unwrap() };
    let none = project.ok(&["record", "rollback", "--version", "v9"]);
    assert!(!none.contains("no deployment"), "a project without deployments has no rates: {none}");
    let deploy = ["deploy", "succeeded", "--json", "--version"];
    let first = json(&[&deploy[..], &["v1", "--at", "2026-11-01"]].concat());
    let id = first["event"]["id"].as_str().unwrap().to_owned();
    json(&[&deploy[..], &["v2"]].concat());
    for of in [id.as_str(), &id[18..]] {
        let event = json(&["record", "rollback", "--of", of, "--json"]);
        assert_eq!(event["event"]["of"], first["event"]["id"], "{of}");
        assert!(event["remarks"][0].as_str().unwrap().contains("of deployment v1"), "{event}");
    }
    let rollback = json(&["record", "rollback", "--json"])["event"]["id"].clone();
    let before = project.events().len();
    for (of, why) in [
        (rollback.as_str().unwrap(), "is no deployment but of the kind occurrence"),
        ("01KAQV6S00ABCDEFGHJKMNPQRS", "is not here"),
        ("ZZZZZZZZ", "no event ends with"),
    ] {
        let res = project.run(&["record", "rollback", "--of", of]);
        assert!(res.code == 2 && res.stderr.contains(why), "{of}: {res:?}");
    }
    assert_eq!(project.events().len(), before);
    let out = project.ok(&["record", "rollback", "--version", "v9"]);
    assert!(out.contains("no deployment of v9 is known that had started by"), "{out}");
    assert!(out.contains("in the rates only once that deployment is recorded"), "{out}");
}

#[test]
fn a_rollback_of_a_service_belongs_to_its_latest_deployment() {
    let project = Project::new();
    for service in ["api", "web"] {
        project.ok(&["deploy", "succeeded", "--version", "v1", "--service", service]);
    }
    let out = project.ok(&["record", "rollback", "--service", "api", "--json"]);
    let of = serde_json::from_str::<Value>(&out).unwrap()["event"]["of"].clone();
    let log = project.ok(&["log", "--kind", "deploy", "--json"]);
    let api = log.lines().find(|it| it.contains("\"api\"")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(api).unwrap()["id"], of);
    let out = project.ok(&["record", "rollback", "--service", "shop"]);
    assert!(out.contains("no deployment of shop is known"), "{out}");
    let text = project.learnings();
    assert!(text.contains("| Rollback frequency | <5% | api 1/1; web 0/1 |"), "{text}");
}
