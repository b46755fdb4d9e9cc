//! The SQL of docs/analytics gives the program's numbers.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::support::{PRODUCTION, Project, copy_dir, files, has, output, repo};

/// Runs the views and one query in the folder that holds the repositories; prints the rows as JSON.
const RUN: &str = "
import json, sys, duckdb
con = duckdb.connect()
con.execute('SET enable_progress_bar = false')
for path in sys.argv[1:-1]:
    con.execute(open(path).read())
res = con.execute(open(sys.argv[-1]).read())
names = [it[0] for it in res.description]
print(json.dumps([dict(zip(names, row)) for row in res.fetchall()], default=str))
";

const TABLE: &str = "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n| --- | --- | --- | --- |\n\
| Change fail rate | <15% | - | - |\n| Failed deployment recovery time | <1 hour | - | - |\n";

fn query(dir: &Project, name: &str) -> Vec<Value> {
    let mut command = Command::new("python3");
    command.args(["-c", RUN]).current_dir(&dir.dir);
    for file in ["duckdb.sql", "events.sql", name] {
        command.arg(repo().join("docs/analytics").join(file));
    }
    let out = output(&mut command);
    assert_eq!(out.code, 0, "{name}: {}", out.stderr);
    serde_json::from_str(&out.stdout).unwrap()
}

fn has_duckdb() -> bool {
    if !has("python3") {
        return false;
    }
    let found = output(Command::new("python3").args(["-c", "import duckdb"])).code == 0;
    if !found {
        assert!(std::env::var_os("CI").is_none(), "CI needs the Python package `duckdb`");
        println!("skipped: the Python package `duckdb` is not installed");
    }
    found
}

/// Fills a repository below the folder with what the views have to see through.
fn fill(dir: &Project, name: &str, seed: usize) {
    let root = dir.path(name);
    copy_dir(
        &repo().join("skills/production-deployment-phase"),
        &root.join(".claude/skills/production-deployment-phase"),
    );
    dir.write(&format!("{name}/{PRODUCTION}/learnings.md"), TABLE);
    let root = root.to_str().unwrap().to_owned();
    let learn = |args: &[&str]| {
        let out = dir.quick(&[args, &["--root", &root]].concat());
        assert_eq!(out.code, 0, "learn {args:?}: {out:?}");
        out.stdout
    };
    let of = |text: &str| -> String {
        let json: Value = serde_json::from_str(text).unwrap();
        json["event"]["id"].as_str().unwrap().to_owned()
    };
    learn(&["record", "cache-stampede", "--new", "--impact", "high", "--at", "2026-08-01"]);
    learn(&["record", "loud", "--new", "--impact", "low", "--at", "2026-08-01"]);
    learn(&["mute", "loud"]);
    learn(&["catalog", "add", "no-bake-time"]);
    for number in 0..12 + seed {
        let service = ["api", "web", ""][number % 3];
        let version = format!("v{number}");
        let (month, day) = (8 + number / 6, 1 + 4 * (number % 6));
        let started = format!("2026-{month:02}-{day:02}T10:00:00Z");
        let finished = format!("2026-{month:02}-{day:02}T10:{:02}:00Z", 10 + number);
        let failed = number % 4 == 1;
        let outcome = if failed { "failed" } else { "succeeded" };
        let mut args = vec!["deploy", outcome, "--version", &version, "--started", &started];
        args.extend(["--finished", &finished, "--json"]);
        if !service.is_empty() {
            args.extend(["--service", service]);
        }
        let id = of(&learn(&args));
        if failed {
            // A rollback proves that it reached production.
            let at = format!("2026-{month:02}-{day:02}T1{}:30:00Z", 1 + number % 3);
            learn(&["record", "rollback", "--of", &id, "--at", &at, "--cause", "cache-stampede"]);
        } else if number % 5 == 2 {
            let at = format!("2026-{month:02}-{day:02}T12:00:00Z");
            let over = format!("2026-{month:02}-{day:02}T15:00:00Z");
            let incident = ["record", "cache-stampede", "--of", &id, "--detected-by", "user"];
            let out = learn(&[&incident[..], &["--detected-at", &at, "--json"]].concat());
            learn(&["resolve", &of(&out), "--at", &over]);
        }
        if number == 4 {
            // The pipeline reports it too: one deployment.
            let mut event = dir_event(dir, name, &id).replace(r#""by":"hand""#, r#""by":"ci""#);
            event = event.replace(&id, "01KAQV6S00ABCDEFGHJKMNPQRS");
            event = event.replace("T10:00:00Z", "T10:01:00Z");
            dir.write(&format!("{name}/.learn/packs/ci.jsonl"), event);
        }
    }
    // Taken back, reported twice, renamed, and a retraction that was itself taken back.
    let once = ["record", "cache-stampede", "--key", "once", "--at", "2026-10-01", "--json"];
    let id = of(&learn(&once));
    let again = dir_event(dir, name, &id).replace(&id, "01KAQV6S00ABCDEFGHJKMNPQRT");
    dir.write(&format!("{name}/.learn/packs/again.jsonl"), again);
    let drill = of(&learn(&["record", "cache-stampede", "--json", "--at", "2026-10-03"]));
    learn(&["retract", &drill, "--why", "a drill"]);
    let real = of(&learn(&["record", "cache-stampede", "--json", "--at", "2026-10-04"]));
    let taken = of(&learn(&["retract", &real, "--why", "a mistake", "--json"]));
    learn(&["retract", &taken, "--why", "it was real"]);
    learn(&["rename", "cache-stampede", "cold-cache"]);
    // A merge can leave an event in a pack and as a file.
    let event = dir_event(dir, name, &real);
    dir.write(&format!("{name}/.learn/packs/copy.jsonl"), event);
    dir.write(&format!("{name}/.learn/local/cache/no-event.json"), "{}");
}

fn dir_event(dir: &Project, name: &str, id: &str) -> String {
    let all = files(&dir.path(&format!("{name}/.learn/events")));
    let found = all.iter().find(|it| it.to_string_lossy().contains(id));
    std::fs::read_to_string(found.unwrap_or_else(|| panic!("{id} in {all:?}"))).unwrap()
}

fn ask(dir: &Project, name: &str, args: &[&str]) -> Value {
    let root = dir.path(name);
    let text = dir.ok(&[args, &["--json", "--root", root.to_str().unwrap()]].concat());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_sql_gives_the_programs_numbers() {
    if !has_duckdb() {
        return;
    }
    let dir = Project::empty();
    let names = ["shop", "billing"];
    for (at, name) in names.iter().enumerate() {
        fill(&dir, name, 3 * at);
    }
    let top = query(&dir, "pitfalls.sql");
    let rates = query(&dir, "change-fail-rate.sql");
    let recoveries = query(&dir, "recovery.sql");
    for name in names {
        let own = |rows: &[Value]| -> Vec<Value> {
            rows.iter().filter(|it| it["repository"] == name).cloned().collect()
        };
        // Counts, against `learn show`.
        let shown = ask(&dir, name, &["show"]);
        let expected: BTreeMap<String, u64> = shown["skills"][0]["entries"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["kind"] == "pitfall" && it["muted"] == false)
            .map(|it| (it["id"].as_str().unwrap().to_owned(), it["count"].as_u64().unwrap()))
            .filter(|it| it.1 > 0)
            .collect();
        let found: BTreeMap<String, u64> = own(&top)
            .iter()
            .map(|it| {
                (it["pitfall"].as_str().unwrap().to_owned(), it["occurrences"].as_u64().unwrap())
            })
            .collect();
        assert!(expected.len() == 2 && expected["cold-cache"] > 5, "{expected:?}");
        assert_eq!(found, expected, "{name}");

        // Rates and times of each service, against `learn metrics` and `learn report`.
        let metrics = ask(&dir, name, &["metrics"]);
        let report = ask(&dir, name, &["report"]);
        let metric = |title: &str, service: &str| {
            let all = report["metrics"].as_array().unwrap();
            let is = |it: &&Value| it["name"] == title && it["service"] == service;
            all.iter().find(is).unwrap_or_else(|| panic!("{title} of {service}: {report}")).clone()
        };
        for service in ["api", "web", ""] {
            let told = if service.is_empty() { "others" } else { service };
            let sum = |field: &str| -> u64 {
                let rows = own(&rates);
                let rows = rows.iter().filter(|it| it["service"] == service);
                rows.map(|it| {
                    it[field]
                        .as_f64()
                        .unwrap_or_else(|| it[field].as_str().unwrap().parse().unwrap())
                        as u64
                })
                .sum()
            };
            let current = metrics["metrics"][0]["services"][told]["current"].as_str().unwrap();
            let counts = format!("{}/{}", sum("failed"), sum("deployments"));
            assert!(current.contains(&counts), "{name} {told}: {counts}, learn says {current}");

            let times = metric("Failed deployment recovery time", told);
            let row = own(&recoveries).into_iter().find(|it| it["service"] == service).unwrap();
            assert_eq!(row["mended"], times["n"], "{name} {told}");
            if times["n"].as_u64().unwrap() >= 3 {
                assert_eq!(row["median_s"].as_f64(), times["chart"]["current"].as_f64());
            }
            let points = times["chart"]["points"].as_array().unwrap();
            let longest = points.iter().map(|it| it["value"].as_f64().unwrap()).fold(0.0, f64::max);
            assert_eq!(row["max_s"].as_f64(), Some(longest), "{name} {told}");
        }
    }
    let months: Vec<&Value> = rates.iter().map(|it| &it["month"]).collect();
    assert!(months.contains(&&"2026-08".into()) && months.contains(&&"2026-09".into()));
}
