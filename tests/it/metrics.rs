//! The metrics table, from deployments to cells.

use serde_json::Value;

use crate::support::Project;

/// Twelve deployments: the fourth failed, the eighth was rolled back; 10 to 21 minutes long.
fn history() -> Project {
    let project = Project::new();
    for number in 1..=12 {
        let outcome = if number == 4 { "failed" } else { "succeeded" };
        let (version, minutes) = (format!("v1.{number}"), format!("{}m", 9 + number));
        let finished = format!("2026-11-{number:02}T12:00:00Z");
        let args = ["deploy", outcome, "--version", &version, "--finished", &finished];
        project.ok(&[&args[..], &["--duration", &minutes]].concat());
    }
    project.ok(&["record", "rollback", "--version", "v1.8", "--at", "2026-11-08T13:00:00Z"]);
    project
}

#[test]
fn the_table_says_what_was_counted_by_hand() {
    let project = history();
    let text = project.learnings();
    // 11 of 12; of the 11 that reached production one was rolled back; 15m 30s is the median of 10
    // to 21 minutes, shown in whole ones.
    for row in [
        "| Production deploy success | ≥98% | 92% (11/12) | → steady, 8 clean since v1.5 |",
        "| Rollback frequency | <5% | 9% (1/11) | → steady, 4 clean since v1.9 |",
        "| Deploy duration | <15 min | 16 min (median, n=12, max 21 min) | ↑ worse |",
    ] {
        assert!(text.contains(row), "{row}\n{text}");
    }
    let out = project.ok(&["sync", "--check"]);
    assert!(!out.contains("stale"), "{out}");
}

#[test]
fn a_row_without_data_keeps_its_bytes() {
    let project = Project::new();
    let table = "| Post-deploy incidents | <5% |  null|-  |\n| Coverage | ≥80% | by hand | - |\n";
    let path = ".claude/skills/production-deployment-phase/learnings.md";
    project.write(path, project.learnings().trim_end().to_owned() + "\n" + table);
    project.ok(&["deploy", "succeeded"]);
    assert!(project.learnings().contains(table), "{}", project.learnings());
    let text = project.learnings();
    assert!(text.contains("| Rollback frequency | <5% | 0/1 | · n=1, 1 clean |"), "{text}");
    assert!(text.contains("| Deploy duration | <15 min | null | - |"), "{text}");
}

#[test]
fn the_present_and_the_time_zone_change_nothing() {
    let project = history();
    let text = project.learnings();
    for (now, zone) in [("2027-05-01T00:00:00Z", "Asia/Tokyo"), ("2031-01-01T00:00:00Z", "UTC")] {
        let mut command = project.command(&["sync", "--check"]);
        command.env("LEARN_NOW", now).env("TZ", zone).env("LC_ALL", "de_DE.UTF-8");
        assert_eq!(crate::support::output(&mut command).code, 0);
    }
    std::fs::remove_dir_all(project.path(".learn/local")).unwrap();
    project.ok(&["sync"]);
    assert_eq!(project.learnings(), text, "without a cache");
}

#[test]
fn a_missed_target_fails_on_demand() {
    let project = Project::new();
    for _ in 0..3 {
        project.ok(&["deploy", "failed"]);
    }
    let json: Value = serde_json::from_str(&project.ok(&["metrics", "--json"])).unwrap();
    let row = &json["metrics"][0];
    assert_eq!((&row["verdict"], &row["current"]), (&"missed".into(), &"0% (0/3)".into()), "{row}");
    assert_eq!(project.run(&["metrics"]).code, 0);
    assert_eq!(project.run(&["metrics", "--fail-on", "missed"]).code, 1);
    project.ok(&["deploy", "succeeded", "--env", "production"]);
    let out = project.ok(&["explain", "metric", "success"]);
    for part in ["current   25% (1/4)", "deploy-success", "Wilson", "the newest 20; n=4"] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[test]
fn a_row_means_what_the_settings_say() {
    let project = Project::new();
    project.write(
        ".learn/config.toml",
        "[metrics]\nwindow = 5\nrows.\"Rollback frequency\" = \"pitfall-rate:rollback-needed\"\n",
    );
    for _ in 0..7 {
        project.ok(&["deploy", "failed"]);
    }
    project.ok(&["record", "rollback"]);
    let text = project.learnings();
    assert!(text.contains("| Rollback frequency | <5% | 20% (1/5) |"), "{text}");
    project.write(".learn/config.toml", "[metrics]\nrows.a = \"no-such\"\n");
    let res = project.run(&["metrics"]);
    assert!(res.code == 2 && res.stderr.contains("deploy-success"), "{res:?}");
}

#[test]
fn readings_fill_the_rows_that_deployments_do_not() {
    let project = Project::new();
    let path = ".claude/skills/production-deployment-phase/learnings.md";
    let row = "| Test coverage | ≥80% | null | - |\n";
    project.write(path, project.learnings().trim_end().to_owned() + "\n" + row);
    for value in ["79%", "81%", "87.5%"] {
        project.ok(&["measure", "coverage", value]);
    }
    let text = project.learnings();
    assert!(
        text.contains("| Test coverage | ≥80% | 81% (median, n=3, max 87.5%) | · n=3 |"),
        "{text}"
    );
    let before = project.events().len();
    for (args, why) in [
        (["measure", "coverage", "many"], "no"),
        (["measure", "coverage", "12 parsecs per fortnight"], "recorded"),
        (["measure", "coverage", "<=>3"], "comparator"),
        (["measure", "rollback", "5%"], "counted from deployments"),
        (["measure", "velocity", "5"], "no metrics table has a row"),
    ] {
        let res = project.run(&args);
        assert!(res.code == 2 && res.stderr.contains(why), "{args:?}: {res:?}");
    }
    assert_eq!(project.events().len(), before);
}

#[test]
fn an_incident_that_was_noticed_belongs_to_the_latest_deployment() {
    let project = Project::new();
    for version in ["v1", "v2", "v3"] {
        project.ok(&["deploy", "succeeded", "--version", version]);
    }
    let out = project.ok(&["record", "production-deploy-failures", "--detected-by", "user"]);
    assert!(out.contains("of deployment v3 (succeeded)"), "{out}");
    let path = ".claude/skills/production-deployment-phase/learnings.md";
    let row = "| Post-deploy incidents | <5% | null | - |\n";
    project.write(path, project.learnings().trim_end().to_owned() + "\n" + row);
    project.ok(&["sync"]);
    let text = project.learnings();
    assert!(text.contains("| Post-deploy incidents | <5% | 33% (1/3) | · n=3 |"), "{text}");
}

#[test]
fn listed_targets_are_measured_and_judged_and_the_list_stays() {
    let project = Project::new();
    let path = ".claude/skills/production-deployment-phase/learnings.md";
    let text = project.learnings();
    let head = text.split("| Metric |").next().unwrap();
    let list = format!("{head}- Production deploy success: ≥98%\n- Test coverage: ≥80%\n");
    project.write(path, &list);
    for _ in 0..3 {
        project.ok(&["deploy", "failed"]);
    }
    project.ok(&["measure", "coverage", "81%"]);
    assert!(project.learnings().ends_with("success: ≥98%\n- Test coverage: ≥80%\n"));
    let shown = project.ok(&["metrics"]);
    assert!(shown.contains("  Production deploy success (≥98%): 0% (0/3), missed"), "{shown}");
    assert!(shown.contains("  Test coverage (≥80%): 81% (last, n=1)"), "{shown}");
}

#[test]
fn what_is_not_mended_is_listed() {
    let project = Project::new();
    let failed =
        project.ok(&["deploy", "failed", "--version", "v1", "--at", "2026-11-01", "--json"]);
    let failed: Value = serde_json::from_str(&failed).unwrap();
    let id = failed["event"]["id"].as_str().unwrap();
    let shown = project.ok(&["metrics"]);
    let expected = format!(
        "open: v1 failed, ended 2026-11-01T00:00:00Z, and nothing says when that was over: `learn deploy succeeded --recovers {}`",
        &id[18..]
    );
    assert!(shown.contains(&expected), "{shown}");
    let json: Value = serde_json::from_str(&project.ok(&["metrics", "--json"])).unwrap();
    assert_eq!(json["open"][0]["deployment"], id, "{json}");
    project.ok(&["deploy", "succeeded", "--recovers", id, "--at", "2026-11-01T02:00:00Z"]);
    assert!(!project.ok(&["metrics"]).contains("open:"));
    project.ok(&["record", "production-deploy-failures", "--detected-by", "user"]);
    let json: Value = serde_json::from_str(&project.ok(&["metrics", "--json"])).unwrap();
    let incident = json["open"][0]["incident"].as_str().unwrap().to_owned();
    project.ok(&["resolve", &incident]);
    assert!(!project.ok(&["metrics"]).contains("open:"));
}

#[test]
fn cells_with_pipes_and_wide_letters_keep_their_bytes() {
    let project = Project::new();
    let path = ".claude/skills/production-deployment-phase/learnings.md";
    let text = project.learnings();
    let head = text.split("| Metric |").next().unwrap();
    let table = "| Metric | Target | Current | Trend | 備考 |\n|---|---|---|---|---|\n\
        | Reads \\| writes | ≥80% | a \\| b | - | 本番 \\| x |\n\
        | Production deploy success | ≥98% | null  \\| | -       | 本番 |\n";
    project.write(path, format!("{head}{table}"));
    project.write(".learn/config.toml", "[metrics.rows]\n\"Coverage\" = \"deploy-success\"\n");
    project.ok(&["deploy", "succeeded"]);
    let text = project.learnings();
    let expected = table.replace("null  \\| |", "1/1 |").replace("-       |", "· n=1, 1 clean |");
    let expected = format!("{head}{expected}");
    let tail = |it: &str| it.split("| Metric |").nth(1).unwrap().to_owned();
    assert_eq!(tail(&text), tail(&expected));
    project.ok(&["measure", "Reads \\| writes", "81%"]);
    let text = project.learnings();
    assert!(
        text.contains("| Reads \\| writes | ≥80% | 81% (last, n=1) | · n=1 | 本番 \\| x |"),
        "{text}"
    );
    assert!(project.run(&["sync", "--check"]).code == 0);
}

/// Three years of deployments, imported in any order of rows, under any locale and zone, on any day.
#[test]
fn metrics_of_ten_thousand_deployments_know_no_order_place_or_day() {
    let line = |at: usize| {
        let outcome = if at % 13 == 5 { "failed" } else { "succeeded" };
        let day = chrono::DateTime::from_timestamp(1_660_000_000 + at as i64 * 9_000, 0).unwrap();
        let start = day.format("%Y-%m-%dT%H:%M:%SZ");
        format!("v{at},{outcome},{start},{}m\n", 5 + at * at % 17)
    };
    let list = |order: &dyn Fn(usize) -> usize| {
        let rows: String = (0..10_000).map(|at| line(order(at))).collect();
        format!("version,outcome,started,duration\n{rows}")
    };
    let run = |text: String, now: &str, zone: &str, locale: &str| {
        let project = Project::new();
        project.write("list.csv", text);
        for args in [&["import", "list.csv"][..], &["metrics", "--json"]] {
            let mut command = project.command(args);
            command.env("LEARN_NOW", now).env("TZ", zone).env("LC_ALL", locale);
            let res = crate::support::output(&mut command);
            assert_eq!(res.code, 0, "{res:?}");
            if args.len() == 2 && args[0] == "metrics" {
                let table = project.learnings();
                return (res.stdout, table.split("| Metric |").nth(1).unwrap().to_owned());
            }
        }
        unreachable!("the last command returns")
    };
    let expected = run(list(&|it| it), "2026-11-23T08:30:00Z", "UTC", "C");
    // Of the newest twenty, 9980 to 9999, only 9989 has the remainder 5.
    assert!(expected.1.contains("| 95% (19/20) |"), "{}", expected.1);
    let shuffled = list(&|it| it * 7_919 % 10_000);
    assert_eq!(run(shuffled, "2031-05-01T23:59:59Z", "Asia/Tokyo", "de_DE.UTF-8"), expected);
}
