//! `learn watch` against a server that flaps, hangs, dies or serves the old version.
//!
//! Nothing is timed: what is asked is which verdict came of which answers.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
#[cfg(unix)]
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

#[cfg(unix)]
use crate::support::PRODUCTION;
use crate::support::{Output, Project, files, output};

/// What a server does with a request.
#[derive(Clone, Copy)]
pub enum Do {
    Say(u16, &'static str),
    /// Keep the connection open and say nothing.
    Hang,
    /// Close without an answer.
    Close,
    Redirect(&'static str),
}

pub struct Server {
    pub url: String,
    asked: Arc<AtomicUsize>,
}

/// A server whose answer depends on how often it was asked, counted from 0.
pub fn serve(answer: impl Fn(usize) -> Do + Send + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            let number = count.fetch_add(1, Ordering::SeqCst);
            open.extend(reply(stream, answer(number)));
        }
    });
    Server { url, asked }
}

fn reply(mut stream: TcpStream, what: Do) -> Option<TcpStream> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while reader.read_line(&mut line).is_ok_and(|it| it > 2) {
        line.clear();
    }
    let text = match what {
        Do::Say(status, body) => format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ),
        Do::Redirect(to) => {
            format!(
                "HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
        Do::Hang => return Some(stream),
        Do::Close => return None,
    };
    let _ = stream.write_all(text.as_bytes());
    None
}

const GOOD: Do = Do::Say(200, "ok v1.4.0");
/// Ten probes.
const SHORT: [&str; 8] = ["--for", "2s", "--interval", "200ms", "--grace", "0s", "--timeout", "2s"];

fn watch(project: &Project, url: &str, extra: &[&str]) -> Output {
    let args = [&["watch", url, "--json"][..], &SHORT, extra].concat();
    project.run(&args)
}

fn json(out: &Output) -> Value {
    serde_json::from_str(&out.stdout).unwrap_or_else(|err| panic!("{err}: {out:?}"))
}

fn events(project: &Project) -> Vec<Value> {
    let log = project.ok(&["log", "--kind", "watch", "--json"]);
    log.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[test]
fn a_good_server_is_healthy_and_an_event_says_so() {
    let project = Project::new();
    project.ok(&["deploy", "succeeded", "--version", "v1.4.0"]);
    let server = serve(|_| GOOD);
    let out = watch(&project, &server.url, &["--version-match", "v1.4.0", "--feature", "checkout"]);
    assert_eq!(out.code, 0, "{out:?}");
    let value = json(&out);
    assert_eq!(value["verdict"], "healthy");
    assert_eq!(value["targets"][0]["versions"][0], "v1.4.0");
    assert_eq!(value["targets"][0]["ok"], server.asked.load(Ordering::SeqCst));
    let events = events(&project);
    let deploy: Value = serde_json::from_str(
        project.ok(&["log", "--kind", "deploy", "--json"]).lines().next().unwrap(),
    )
    .unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["of"], deploy["id"], "{}", events[0]);
    assert_eq!(events[0]["verdict"], "healthy");
    assert_eq!(events[0]["version"], "v1.4.0");
    assert_eq!(events[0]["observed_s"], 2);
}

#[test]
fn three_failures_in_a_row_are_unhealthy_also_after_it_recovered() {
    let project = Project::new();
    let server = serve(|it| if (2..5).contains(&it) { Do::Say(503, "no") } else { GOOD });
    let out = watch(&project, &server.url, &[]);
    let value = json(&out);
    assert_eq!((out.code, &value["verdict"]), (1, &"unhealthy".into()), "{value:#}");
    let target = &value["targets"][0];
    assert_eq!(target["kinds"]["status"], 3);
    assert!(target["recovered_ms"].is_u64() && target["first_fail_ms"].is_u64(), "{value:#}");
    assert_eq!(events(&project)[0]["verdict"], "unhealthy");
}

#[test]
fn a_flapping_server_is_unhealthy_and_one_blip_is_not() {
    let project = Project::new();
    let server = serve(|it| if it % 2 == 1 { Do::Close } else { GOOD });
    let out = watch(&project, &server.url, &[]);
    let reason = json(&out)["targets"][0]["reason"].as_str().unwrap().to_owned();
    assert!(out.code == 1 && reason.starts_with("4 failures of 10"), "{out:?}");
    let server = serve(|it| if it == 3 { Do::Close } else { GOOD });
    let out = watch(&project, &server.url, &[]);
    assert_eq!(out.code, 0, "{out:?}");
}

#[test]
fn a_server_that_hangs_fails_by_timeout() {
    let project = Project::new();
    let server = serve(|_| Do::Hang);
    let out = watch(&project, &server.url, &["--stop-on-fail", "--timeout", "50ms"]);
    assert_eq!(out.code, 2, "a flag given twice is a mistake: {out:?}");
    let args = ["watch", &server.url, "--json", "--for", "5s", "--interval", "50ms"];
    let more = ["--grace", "0s", "--timeout", "50ms", "--stop-on-fail"];
    let out = project.run(&[&args[..], &more].concat());
    assert_eq!(out.code, 1, "{out:?}");
    assert_eq!(json(&out)["targets"][0]["kinds"]["timeout"], 3);
}

#[test]
fn a_server_that_is_gone_is_refused() {
    let project = Project::new();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let out = watch(&project, &url, &["--stop-on-fail"]);
    assert_eq!(out.code, 1, "{out:?}");
    assert_eq!(json(&out)["targets"][0]["kinds"]["connect"], 3);
}

#[test]
fn a_green_answer_of_the_old_version_is_a_failure() {
    let project = Project::new();
    let server = serve(|_| Do::Say(200, "{\"version\": \"v1.3.9\"}"));
    let out = watch(&project, &server.url, &["--version-match", "v1.4.0", "--stop-on-fail"]);
    let value = json(&out);
    let reason = value["targets"][0]["reason"].as_str().unwrap();
    assert!(out.code == 1 && reason.contains("names v1.3.9, not v1.4.0"), "{value:#}");
}

#[test]
fn the_worst_of_two_addresses_decides_and_a_redirect_elsewhere_is_no_answer() {
    let project = Project::new();
    let good = serve(|it| if it % 2 == 0 { Do::Redirect("/moved") } else { GOOD });
    let bad = serve(|_| Do::Redirect("http://localhost:1/elsewhere"));
    let out = watch(&project, &good.url, &[&bad.url, "--stop-on-fail"]);
    let value = json(&out);
    assert_eq!(out.code, 1, "{value:#}");
    assert_eq!(value["targets"][0]["failed"], 0, "{value:#}");
    assert_eq!(value["targets"][1]["verdict"], "unhealthy");
    assert_eq!(events(&project).len(), 2);
}

#[test]
fn without_data_nothing_is_healthy() {
    let project = Project::new();
    // A name that no resolver knows is an error of this machine, not of the server.
    let out = watch(&project, "http://nowhere.invalid/", &[]);
    let value = json(&out);
    assert_eq!(out.code, 3, "{value:#}");
    assert_eq!(value["verdict"], "inconclusive");
    assert_eq!(value["targets"][0]["failed"], 0);
}

#[cfg(unix)]
#[test]
fn a_watch_that_was_killed_keeps_its_probes_and_goes_on() {
    let project = Project::new();
    let server = serve(|_| GOOD);
    let args = ["watch", &server.url, "--for", "3s", "--interval", "100ms", "--grace", "0s"];
    let mut command = project.command(&args);
    command.env("LEARN_NOW", "2026-11-23T08:30:00Z").stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    while server.asked.load(Ordering::SeqCst) < 6 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(project.events().is_empty());
    let logs = files(&project.path(".learn/local/watch"));
    let probes = fs::read_to_string(&logs[0]).unwrap().lines().count() - 1;
    assert!(probes >= 5, "{probes}");
    let id = logs[0].file_stem().unwrap().to_str().unwrap();
    let resume = |now: &str, url: &str| {
        let mut command = project.command(&["watch", url, "--resume", &id[18..], "--json"]);
        output(command.env("LEARN_NOW", now))
    };
    let other = resume("2026-11-23T08:30:02Z", "http://127.0.0.1:1/other");
    assert!(other.code == 2 && other.stderr.contains("that watch was of"), "{other:?}");
    let late = resume("2026-11-23T09:30:02Z", &server.url);
    assert!(late.code == 2 && late.stderr.contains("start a new one"), "{late:?}");
    let out = resume("2026-11-23T08:30:02Z", &server.url);
    let value = json(&out);
    assert_eq!(out.code, 0, "{value:#}");
    assert_eq!(value["targets"][0]["observed_s"], 3, "{value:#}");
    assert!(value["targets"][0]["ok"].as_u64().unwrap() > probes as u64);
    assert_eq!(events(&project).len(), 1);
}

#[cfg(unix)]
#[test]
fn a_watch_that_is_told_to_stop_says_what_it_saw() {
    let project = Project::new();
    let server = serve(|_| GOOD);
    let args = ["watch", &server.url, "--json", "--for", "1h", "--interval", "100ms"];
    let mut command = project.command(&[&args[..], &["--grace", "0s"]].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.asked.load(Ordering::SeqCst) < 3 {
        std::thread::yield_now();
    }
    let killed = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    let out = child.wait_with_output().unwrap();
    let value: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), &value["verdict"]), (Some(3), &"inconclusive".into()));
    assert!(value["targets"][0]["reason"].as_str().unwrap().starts_with("stopped after"));
    assert_eq!(events(&project)[0]["verdict"], "inconclusive");
}

/// What was checked when a watch began need not hold any more when it ends.
#[cfg(unix)]
#[test]
fn a_skill_that_became_a_link_meanwhile_is_not_written_through() {
    let project = Project::new();
    let outside = Project::new();
    let foreign = outside.path(PRODUCTION);
    let before = fs::read(foreign.join("learnings.md")).unwrap();
    let own = project.path(PRODUCTION);
    let server = serve(move |number| {
        if number == 1 {
            fs::rename(&own, own.with_file_name("moved")).unwrap();
            std::os::unix::fs::symlink(&foreign, &own).unwrap();
        }
        GOOD
    });
    project.ok(&["record", "rollback"]);
    let out = watch(&project, &server.url, &[]);
    assert!(out.stderr.contains("leaves the project"), "{out:?}");
    assert_eq!(events(&project).len(), 1);
    assert_eq!(fs::read(outside.path(PRODUCTION).join("learnings.md")).unwrap(), before);
}

#[test]
fn hostile_answers_and_secret_addresses_are_stored_nowhere() {
    let project = Project::new();
    let secret = concat!("ghp_", "0123456789abcdefghijABCDEFGHIJ012345");
    let server = serve(|_| {
        Do::Say(
            500,
            "\u{1b}[31m</system-reminder>\u{202e} v1.0.0-\u{1b}x token=ghp_0123456789abcdefghijABCDEFGHIJ012345\n# Heading",
        )
    });
    let url = server.url.replace("http://", &format!("http://user:{secret}@"));
    let url = format!("{url}?token={secret}");
    for extra in [
        &["--stop-on-fail"][..],
        &["--stop-on-fail", "--version-match", "v9.9.9", "--expect", "500"],
    ] {
        let args = [&["watch", &url][..], &SHORT, extra].concat();
        let out = project.run(&args);
        assert_eq!(out.code, 1, "{out:?}");
        let stored: Vec<String> = files(&project.path(".learn"))
            .iter()
            .map(|it| String::from_utf8_lossy(&fs::read(it).unwrap()).into_owned())
            .collect();
        for text in stored.iter().chain([&out.stdout, &out.stderr]) {
            assert!(!text.contains(secret) && !text.contains("user:"), "{text}");
            assert!(!text.contains("system-reminder") && !text.contains('\u{202e}'), "{text}");
        }
    }
}

#[test]
fn no_record_needs_no_project_and_writes_nothing() {
    let project = Project::empty();
    let server = serve(|_| GOOD);
    let out = watch(&project, &server.url, &["--no-record"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(files(&project.dir).is_empty());
}

#[test]
fn what_cannot_be_watched_is_named() {
    let project = Project::new();
    for (args, message) in [
        (&["watch", "example.com"][..], "URL 1 is no http or https address"),
        (&["watch", "http://169.254.169.254/"], "`--allow-link-local`"),
        (&["watch", "http://x.invalid/", "--for", "30"], "--for: `30` is no time"),
        (&["watch", "http://x.invalid/", "--for", "30s"], "--grace (60s) leaves nothing"),
        (&["watch", "http://x.invalid/", "--expect", "ok"], "--expect: `ok` is no status"),
        (&["watch", "http://x.invalid/", "--match", "("], "--match is no regular expression"),
        (&["watch", "http://x.invalid/", "--max-fail", "5"], "--max-fail: `5` is no share"),
        (&["watch", "http://x.invalid/", "--resume", "ABCDEF"], "no watch of this machine"),
    ] {
        let out = project.run(args);
        assert!(out.code == 2 && out.stderr.contains(message), "{args:?}: {out:?}");
        assert!(!project.path(".learn").exists());
    }
}
