//! `learn report`: one report, every format, several repositories, and a page that stays inert.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::support::{PRODUCTION, Project, has, output};

/// A project with deployments of two services, pitfalls, preventions and a metric; the numbers are counted
/// by hand below.
fn story() -> Project {
    let project = Project::new();
    tell(&project);
    project
}

fn tell(project: &Project) {
    let run = |args: &[&str]| {
        let out = project.quick(args);
        assert_eq!(out.code, 0, "learn {args:?}: {out:?}");
    };
    run(&["record", "cache-stampede", "--new", "--impact", "high", "--at", "2026-08-03"]);
    for day in ["2026-08-10", "2026-09-14", "2026-09-20"] {
        run(&["record", "cache-stampede", "--at", day, "--cause", "the cache was cold"]);
    }
    for (number, day) in (1..=12).zip(["08", "09"].iter().cycle()) {
        let (version, at) = (format!("v1.{number}"), format!("2026-{day}-{:02}", 2 * number));
        let service = if number % 2 == 0 { "api" } else { "web" };
        let outcome = if number == 5 { "failed" } else { "succeeded" };
        let args = ["deploy", outcome, "--version", &version, "--service", service, "--at", &at];
        run(&[&args[..], &["--duration", "12m"]].concat());
    }
    let rollback = ["record", "rollback", "--version", "v1.5", "--service", "web"];
    run(&[&rollback[..], &["--at", "2026-08-10T09:30:00Z", "--cause", "DATABASE_URL was missing"]]
        .concat());
    let at = ["--at", "2026-09-01"];
    run(&[&["adopt", "cache-stampede", "--prevention", "warm the cache"][..], &at].concat());
    run(&["record", "old-news", "--new", "--impact", "low", "--at", "2025-12-24"]);
    run(&["record", "too-loud", "--new", "--impact", "low", "--at", "2026-09-02"]);
    run(&["mute", "too-loud"]);
}

fn json(project: &Project, args: &[&str]) -> Value {
    let text = project.ok(&[&["report", "--json"], args].concat());
    serde_json::from_str(&text).unwrap()
}

fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let list = list.as_array().unwrap();
    list.iter().find(|it| it[key] == name).unwrap_or_else(|| panic!("{name} in {list:#?}"))
}

#[test]
fn the_numbers_are_those_that_were_recorded() {
    let project = story();
    let report = json(&project, &[]);
    let ids: Vec<&str> = report["pitfalls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["cache-stampede", "rollback-needed", "old-news"], "muted ones stay out");
    let first = &report["pitfalls"][0];
    assert_eq!((&first["count"], &first["recurred"]), (&4.into(), &true.into()));
    assert!((first["share"].as_f64().unwrap() - 4.0 / 6.0).abs() < 1e-9);
    assert_eq!(report["pitfalls"][2]["cumulative"], 1.0);
    // From 2025-12 to 2026-11 are twelve months; 2026-08 is the ninth of them.
    assert_eq!(
        (report["step"].as_str(), report["periods"].as_array().unwrap().len()),
        (Some("month"), 12)
    );
    assert_eq!(first["series"], serde_json::json!([0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0]));
    assert_eq!(
        report["totals"],
        serde_json::json!({
            "occurrences": 6, "deployments": 12, "succeeded": 11, "failed": 1, "open": 0
        })
    );
    let failed = named(&report["deployments"], "outcome", "failed");
    assert_eq!((&failed["name"], &failed["rolled_back"]), (&"v1.5".into(), &true.into()));
    let adopted = &report["preventions"][0];
    assert_eq!([&adopted["before"], &adopted["after"]], [2, 2]);
    let stale = &report["stale"][0];
    assert_eq!((&stale["pitfall"], &stale["why"]), (&"old-news".into(), &"not-seen".into()));
    assert_eq!(stale["days"], 334);
}

#[test]
fn the_metrics_are_those_of_learn_metrics() {
    let project = story();
    let report = json(&project, &[]);
    let metrics: Value = serde_json::from_str(&project.ok(&["metrics", "--json"])).unwrap();
    let mut compared = 0;
    for row in report["metrics"].as_array().unwrap() {
        let whole = named(&metrics["metrics"], "metric", row["name"].as_str().unwrap());
        let own = &whole["services"][row["service"].as_str().unwrap()];
        for field in ["current", "trend", "verdict", "n"] {
            assert_eq!(row[field], own[field], "{field} of {row}");
        }
        compared += 1;
    }
    assert_eq!(compared, 6, "three rows of two services");
    let rate = named(&report["metrics"], "service", "web");
    assert_eq!((&rate["means"], &rate["current"]), (&"deploy-success".into(), &"83% (5/6)".into()));
    let chart = &rate["chart"];
    assert!((chart["current"].as_f64().unwrap() - 5.0 / 6.0).abs() < 1e-9);
    assert_eq!(chart["targets"], serde_json::json!([0.98]));
    let n: u64 =
        chart["points"].as_array().unwrap().iter().map(|it| it["n"].as_u64().unwrap()).sum();
    assert_eq!(n, 6);
}

#[test]
fn since_and_skill_narrow_it() {
    let project = story();
    let report =
        json(&project, &["--since", "2026-09-01", "--skill", "production-deployment-phase"]);
    assert_eq!(report["pitfalls"][0]["count"], 2);
    assert_eq!(report["deployments"].as_array().unwrap().len(), 6);
    assert_eq!(report["step"], "week");
    let out = project.run(&["report", "--skill", "nobody"]);
    assert!(out.code == 2 && out.stderr.contains("no skill is called `nobody`"), "{out:?}");
}

#[test]
fn lines_fit_into_80_columns_and_piped_text_is_plain() {
    let project = story();
    let report = |name: &str, value: &str| {
        let mut command = project.command(&["report"]);
        output(command.env("LEARN_NOW", "2026-11-23T10:00:00Z").env(name, value)).stdout
    };
    let narrow = report("TERM", "dumb");
    assert!(!narrow.contains('\x1b'));
    for line in narrow.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
    let titles = ["Pitfalls", "Metrics", "Deployments", "Preventions", "Stale lessons"];
    assert!(titles.iter().all(|it| narrow.contains(it)), "{narrow}");
    assert!(narrow.contains("met again") && narrow.contains("83% (5/6)"), "{narrow}");
    let wide = report("COLUMNS", "140");
    assert!(wide.contains("the cache was cold") && wide.lines().all(|it| it.width() <= 140));
    let colour = report("CLICOLOR_FORCE", "1");
    assert_eq!(anstream::adapter::strip_str(&colour).to_string(), narrow);
    assert!(colour.contains('\x1b'));
}

#[test]
fn a_terminal_is_told_what_takes_long() {
    static MILLIS: AtomicU64 = AtomicU64::new(0);
    let project = story();
    let said = |change: fn(&mut learn::cli::World)| {
        let (code, out, err) = project.within(&["report"], change);
        assert!(code == 0 && !out.is_empty());
        String::from_utf8(err).unwrap()
    };
    // Each look at the clock is a second after the one before.
    let slow = |world: &mut learn::cli::World| {
        world.clock = || MILLIS.fetch_add(1001, Ordering::Relaxed);
        world.is_terminal = || true;
    };
    let told = said(slow);
    let end = "\r\x1b[K";
    assert!(told.starts_with("\r\x1b[Kreading ") && told.ends_with(end), "{told:?}");
    assert!(told.contains(" (1 of 1)"), "{told:?}");
    assert_eq!(said(|world| world.is_terminal = || true), "");
    assert_eq!(said(|world| world.clock = || MILLIS.fetch_add(1001, Ordering::Relaxed)), "");
    // So many bytes take long by themselves: a file that is nothing but a hole.
    let pack = project.path(".learn/packs/large.jsonl");
    std::fs::create_dir_all(pack.parent().unwrap()).unwrap();
    std::fs::File::create(&pack).unwrap().set_len(65 << 20).unwrap();
    let told = said(|world| world.is_terminal = || true);
    assert!(told.contains("reading ") && told.contains(end), "{told:?}");
}

#[test]
fn several_roots_are_one_report_and_each_row_names_its_own() {
    let (one, two) = (story(), story());
    // Repositories have names of their own.
    for (project, name) in [(&one, "shop"), (&two, "billing")] {
        let own = project.path(name);
        std::fs::create_dir(&own).unwrap();
        for part in [".learn", ".claude"] {
            std::fs::rename(project.path(part), own.join(part)).unwrap();
        }
    }
    let (shop, billing) = (one.path("shop"), two.path("billing"));
    let roots = ["--root", shop.to_str().unwrap(), "--root", billing.to_str().unwrap()];
    // The same folder a second time adds nothing.
    let report = json(&one, &[&roots[..], &["--root", "shop/.claude/.."]].concat());
    assert_eq!(report["repositories"], serde_json::json!(["shop", "billing"]));
    assert_eq!(report["totals"]["occurrences"], 12);
    assert_eq!(
        report["shared"][0],
        serde_json::json!({
            "id": "cache-stampede", "count": 8, "repositories": ["shop", "billing"]
        })
    );
    for list in ["pitfalls", "metrics", "deployments", "preventions", "stale"] {
        for name in ["shop", "billing"] {
            named(&report[list], "repository", name);
        }
    }
    let alone = one.ok(&["--root", "shop", "report"]);
    let pitfalls =
        alone.split_once("6 occurrences of ").and_then(|it| it.1.split_once(',')).unwrap().0;
    let all = one.ok(&[&["report"], &roots[..]].concat());
    assert!(all.contains(&format!("12 occurrences of {pitfalls},")), "{pitfalls}: {all}");
    for format in [&["--markdown"][..], &["--csv"], &["--openmetrics"], &[]] {
        let text = one.ok(&[&["report"], format, &roots].concat());
        assert!(text.contains("shop") && text.contains("billing"), "{text}");
        assert!(!format.is_empty() || text.lines().all(|it| it.width() <= 80), "{text}");
    }
    let out = one.run(&[&["show"], &roots[..]].concat());
    assert!(out.code == 2 && out.stderr.contains("only `learn report` takes several"), "{out:?}");
    let out = one.run(&["--root", "shop", "report", "--root", "billing"]);
    assert!(out.code == 2 && out.stderr.contains("behind `report`"), "{out:?}");
    let out = one.run(&["report", "--root", "shop", "--root", "nowhere"]);
    assert!(out.code == 2 && out.stderr.contains("nowhere` is not a folder"), "{out:?}");
}

#[test]
fn clones_of_one_project_are_named() {
    let project = story();
    crate::support::copy_dir(&project.path(".learn"), &project.path("clone/.learn"));
    let out = project.run(&["report", "--root", ".", "--root", "clone"]);
    assert!(out.code == 0 && out.stderr.contains("hold the same events"), "{out:?}");
}

#[test]
fn csv_has_one_number_a_line_and_no_formula() {
    let project = story();
    project
        .write(".learn/events/2026-11/01KAQV6S00ABCDEFGHJKMNPQRS.json", hostile("=HYPERLINK(1)"));
    let text = project.ok(&["report", "--csv"]);
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(lines.headers().unwrap().len(), 9);
    let rows: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    let is = |it: &csv::StringRecord| &it[3] == "cache-stampede" && &it[4] == "count";
    assert_eq!(&rows.iter().find(|it| is(it)).unwrap()[6], "4");
    assert!(rows.iter().any(|it| &it[3] == "'=HYPERLINK(1)"), "{text}");
    assert!(rows.iter().all(|it| it.iter().all(|cell| !cell.starts_with(['=', '+', '@']))));
}

#[test]
fn openmetrics_keep_their_rules() {
    let project = story();
    project.write(".learn/events/2026-11/01KAQV6S00ABCDEFGHJKMNPQRS.json", hostile(r#"a\"b\\c"#));
    let text = project.ok(&["report", "--openmetrics"]);
    let sample = "learn_metric_ratio{repository=\"";
    assert!(
        text.contains(sample) && text.contains("service=\"web\"} 0.8333333333333334"),
        "{text}"
    );
    assert!(text.contains(r#"pitfall="a\"b\\c""#), "{text}");
    assert!(text.ends_with("\n# EOF\n") && text.matches("# EOF").count() == 1);
    let mut family = "";
    let mut seen = std::collections::BTreeSet::new();
    for line in text.lines().filter(|it| *it != "# EOF") {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap();
            assert!(seen.insert(family), "{family} comes twice");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# UNIT ") {
            let unit = rest.split(' ').nth(1).unwrap();
            assert!(family.ends_with(&format!("_{unit}")), "{line}");
            continue;
        }
        if line == format!("# TYPE {family} gauge") {
            continue;
        }
        let (labels, value) = line.strip_prefix(family).unwrap().rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().unwrap().is_finite(), "{line}");
        assert!(labels.is_empty() || (labels.starts_with('{') && labels.ends_with('}')), "{line}");
        assert!(seen.insert(&line[..line.len() - value.len()]), "a sample comes twice: {line}");
    }
}

/// An event as another program might write it, with a text in every place.
fn hostile(text: &str) -> String {
    let event = |id: &str, rest: &str| {
        let head = format!(
            r#"{{"v":1,"id":"{id}","at":"2026-11-20T10:00:00Z","skill":"production-deployment-phase""#
        );
        format!("{head},{}}}\n", rest.replace('@', text))
    };
    event(
        "01KAQV6S00ABCDEFGHJKMNPQRS",
        r#""kind":"occurrence","pitfall":"@","title":"@","feature":"@","cause_text":"@","note":"@""#,
    )
}

/// A project whose texts try to run, to load and to hide something.
fn hostile_story() -> Project {
    let project = story();
    let texts = [
        r#"</script><img src=x onerror=\"document.title='pwned'\">"#,
        r#"<a href=\"javascript:document.title='pwned'\">x</a><!-- -->"#,
        r#"\"><svg onload=\"document.title='pwned'\"><style>*{display:none}</style>"#,
        "\u{202e}gpj.exe\u{2066}| [x](http://example.invalid/x) `code` <details>",
    ];
    let lines: String = texts
        .iter()
        .enumerate()
        .map(|(at, it)| hostile(it).replace("NPQRS", &format!("NPQR{at}")))
        .collect();
    project.write(".learn/packs/hostile.jsonl", lines);
    let deploy = hostile("<b onclick=x>").replace(
        r#""occurrence""#,
        r#""deploy","outcome":"succeeded","version":"<i>","service":"<s>""#,
    );
    project.write(".learn/events/2026-11/01KAQV6S00ABCDEFGHJKMNPQRS.json", deploy);
    project
}

#[test]
fn hostile_texts_stay_text_in_every_format() {
    let project = hostile_story();
    for format in ["--markdown", "--json", "--csv", "--openmetrics"] {
        let text = project.ok(&["report", format]);
        assert!(!text.contains(['\u{202e}', '\u{2066}', '\x1b']), "{format}: {text}");
    }
    let markdown = project.ok(&["report", "--markdown"]);
    for tag in ["<img", "</script", "<svg", "<a href", "<details>", "<b ", "](http"] {
        let at = markdown.match_indices(tag).find(|it| !markdown[..it.0].ends_with('\\'));
        assert_eq!(at, None, "{tag}: {markdown}");
    }
    project.ok(&["report", "--html", "page.html"]);
    let page = project.read("page.html");
    assert!(!page.contains("<img") && !page.contains("<a href=\"j") && !page.contains('\u{202e}'));
    assert_eq!(page.matches("<script").count(), 1, "only the page's own");
    assert!(page.contains("&lt;img src=x onerror="), "it is there to be read");
    assert!(!page.contains("http://example.invalid/x\""), "no link leads out");
}

#[test]
fn a_page_is_written_only_where_it_harms_nothing() {
    let project = story();
    let skill = format!("{PRODUCTION}/SKILL.md");
    let before = project.read(&skill);
    project.write("notes.html", "<p>mine</p>");
    std::fs::create_dir_all(project.path("node_modules/x")).unwrap();
    let refused = [
        (skill.clone(), "folder of a skill"),
        (format!("{PRODUCTION}/report.html"), "folder of a skill"),
        ("node_modules/x/report.html".to_owned(), "node_modules"),
        (".learn/events/report.html".to_owned(), "`.learn`"),
        ("notes.html".to_owned(), "no report of `learn`"),
        ("nowhere/report.html".to_owned(), "no folder"),
        (".claude".to_owned(), "no name of a file"),
    ];
    for (path, why) in &refused {
        let out = project.run(&["report", "--html", path]);
        assert!(out.code == 2 && out.stderr.contains(why), "{path}: {out:?}");
    }
    assert_eq!(
        (project.read(&skill), project.read("notes.html")),
        (before, "<p>mine</p>".to_owned())
    );
    assert!(!project.path(&format!("{PRODUCTION}/report.html")).exists());
    assert!(project.ok(&["report", "--html", "r.html", "--dry-run"]).starts_with("would write"));
    assert!(!project.path("r.html").exists());
    for _ in 0..2 {
        assert!(project.ok(&["report", "--html", "r.html"]).starts_with("wrote"));
    }
    let left: Vec<_> =
        std::fs::read_dir(&project.dir).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|it| !it.to_string_lossy().contains("learn-tmp")), "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_page_follows_no_link() {
    let project = story();
    std::os::unix::fs::symlink(project.path(PRODUCTION), project.path("out")).unwrap();
    std::os::unix::fs::symlink(project.path(PRODUCTION).join("SKILL.md"), project.path("l.html"))
        .unwrap();
    for (path, why) in [("out/r.html", "folder of a skill"), ("l.html", "is a link")] {
        let out = project.run(&["report", "--html", path]);
        assert!(out.code == 2 && out.stderr.contains(why), "{path}: {out:?}");
    }
}

/// Opens a page in a browser without a window; returns what it prints.
fn chromium(project: &Project, args: &[&str], page: &str) -> crate::support::Output {
    let profile = project.path("profile");
    let mut command = Command::new("chromium");
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
        ])
        .args(["--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(args)
        .arg(format!("file://{}", project.path(page).display()));
    output(&mut command)
}

#[test]
fn a_real_browser_shows_the_page_and_runs_nothing_of_it() {
    if !has("chromium") {
        return;
    }
    let project = hostile_story();
    project.ok(&["report", "--html", "page.html"]);
    let out = chromium(&project, &["--dump-dom"], "page.html");
    assert!(out.code == 0 && !out.stderr.contains("CONSOLE"), "{}", out.stderr);
    let dom = &out.stdout;
    assert!(dom.contains("<title>Deployment lessons of") && !dom.contains("<title>pwned"), "{dom}");
    assert!(!dom.contains("<img") && !dom.contains("javascript:document.title='pwned'\">"));
    // The page's own script ran: the policy lets it and nothing else.
    assert!(dom.contains("<button type=\"button\">Seen</button>"), "tables sort");
    for figure in dom.split("<svg ").skip(1) {
        let tag = figure.split('>').next().unwrap();
        assert!(tag.contains("role=\"img\"") && tag.contains("aria-label=\""), "{tag}");
        assert!(figure.contains("<title>") && figure.contains("<desc>"), "{tag}");
    }
    assert!(dom.matches("<svg ").count() >= 5, "Pareto, sparklines, run charts, timeline, effect");

    // The policy is what stops a script that somebody adds to the file.
    let added = project
        .read("page.html")
        .replace("<footer>", "<script>document.title='pwned'</script><footer>");
    project.write("added.html", added);
    let out = chromium(&project, &["--dump-dom"], "added.html");
    assert!(!out.stdout.contains("<title>pwned") && out.stderr.contains("Content Security Policy"));

    let shot = project.path("page.png");
    let to = format!("--screenshot={}", shot.display());
    let out = chromium(&project, &[&to, "--window-size=1200,2000"], "page.html");
    let bytes = std::fs::read(&shot).unwrap_or_else(|err| panic!("{err}: {out:?}"));
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 50_000, "{} bytes", bytes.len());
}
