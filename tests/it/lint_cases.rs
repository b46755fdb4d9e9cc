//! The labelled cases of `fixtures/lint`: what each rule must find, and what it must not.
//! Their form is described in `fixtures/lint/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::ValueEnum;
use learn::event::Timestamp;
use learn::lint::rules::{HEAD, RULES, Rule};
use learn::lint::settings::{Profile, Settings};
use learn::lint::{Level, Report, lint};
use learn::text::{apply, line_col};

use crate::support::{NOW, Project, repo};

/// Cases of each kind that a rule has at least.
const LEAST: usize = 3;

/// One case of a rule.
#[derive(Debug, Default)]
struct Case {
    /// What it shows.
    title: String,
    is_bad: bool,
    /// `path:line:col` of each finding, sorted.
    want: Vec<String>,
    /// Other rules that rightly have a finding too.
    also: Vec<String>,
    profile: Profile,
    files: Vec<CaseFile>,
}

#[derive(Debug)]
struct CaseFile {
    /// Below the project's root.
    path: String,
    is_executable: bool,
    text: Vec<u8>,
}

/// How many cases of a rule came out as they are labelled.
#[derive(Debug, Default)]
struct Score {
    wanted: usize,
    met: usize,
    found: usize,
    good: usize,
    silent: usize,
}

#[test]
fn every_case_gives_the_findings_of_its_label_and_no_others() {
    let mut wrong = Vec::new();
    let mut table = String::from(
        "# How well the rules of `learn lint` do\n\n\
         Counted over the labelled cases in `fixtures/lint` by `tests/it/lint_cases.rs`, which keeps this\n\
         table true (`UPDATE_EXPECT=1 cargo test --test it lint_cases`). A finding counts where it stands at\n\
         the line and column of its label. Recall is found of the wanted findings; precision is right of all\n\
         findings of the rule, in bad and good cases.\n\n\
         | rule | found / wanted | silent / good cases | recall | precision |\n\
         |---|---|---|---|---|\n",
    );
    let mut sum = Score::default();
    for rule in RULES {
        let mut score = Score::default();
        for case in cases(rule) {
            run(rule, &case, &mut score, &mut wrong);
        }
        if score.wanted + score.good > 0 {
            row(&mut table, &format!("`{}`", rule.name), &score);
        }
        sum.wanted += score.wanted;
        sum.met += score.met;
        sum.found += score.found;
        sum.good += score.good;
        sum.silent += score.silent;
    }
    row(&mut table, "all", &sum);
    println!("{table}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    expect_test::expect_file![repo().join("docs/lint-score.md")].assert_eq(&table);
}

#[test]
fn a_fix_takes_its_finding_away_and_brings_no_other() {
    let mut tried = 0;
    let mut wrong = Vec::new();
    for (rule, case) in
        RULES.iter().flat_map(|it| cases(it).into_iter().map(move |case| (it, case)))
    {
        let (project, report) = lint_case(rule, &case);
        let before = tally(&report);
        for file in &report.files {
            for it in file.diagnostics.iter().filter(|it| !it.fix.is_empty()) {
                fs::write(&file.path, apply(&file.text, &it.fix)).unwrap();
                let mut after = tally(&lint_again(&project, rule, &case));
                fs::write(&file.path, &file.text).unwrap();
                *after.entry(it.rule).or_default() += 1;
                tried += 1;
                let grown =
                    after.iter().any(|(name, count)| *count > *before.get(name).unwrap_or(&0));
                if grown {
                    wrong.push(format!("{}: {} of {}: {after:?}", rule.name, case.title, it.rule));
                }
            }
        }
    }
    assert!(wrong.is_empty() && tried > 40, "{tried} {wrong:#?}");
}

/// Returns how many findings each rule has.
fn tally(report: &Report) -> BTreeMap<&'static str, usize> {
    let mut res = BTreeMap::new();
    for it in report.files.iter().flat_map(|it| &it.diagnostics) {
        *res.entry(it.rule).or_default() += 1;
    }
    res
}

#[test]
fn every_rule_has_three_cases_of_each_kind() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let cases = cases(rule);
        let bad = cases.iter().filter(|it| it.is_bad).count();
        let good = cases.len() - bad;
        let titles: BTreeSet<&str> = cases.iter().map(|it| it.title.as_str()).collect();
        if bad < LEAST || good < LEAST || titles.len() < cases.len() {
            wrong.push(format!("{}: {bad} bad, {good} good, {} titles", rule.name, titles.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_of_cases_belongs_to_a_rule() {
    for entry in fs::read_dir(repo().join("fixtures/lint")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let rule = name.strip_suffix(".txt").unwrap_or("");
        assert!(name == "README.md" || RULES.iter().any(|it| it.name == rule), "{name}");
    }
}

fn row(table: &mut String, name: &str, score: &Score) {
    let share = |part: usize, of: usize| match of {
        0 => "-".to_owned(),
        _ => format!("{:.0} %", 100.0 * part as f64 / of as f64),
    };
    let (recall, precision) = (share(score.met, score.wanted), share(score.met, score.found));
    let (met, wanted, silent, good) = (score.met, score.wanted, score.silent, score.good);
    writeln!(table, "| {name} | {met}/{wanted} | {silent}/{good} | {recall} | {precision} |")
        .unwrap();
}

/// Lints the files of a case and compares.
fn run(rule: &Rule, case: &Case, score: &mut Score, wrong: &mut Vec<String>) {
    let (project, report) = lint_case(rule, case);
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for file in &report.files {
        let path = file.path.strip_prefix(&project.dir).unwrap();
        let path = learn::lint::shown_path(path);
        let path = path.strip_prefix("ship/").map_or_else(|| format!("/{path}"), str::to_owned);
        for it in file.diagnostics.iter().filter(|it| it.allowed.is_none()) {
            let at = line_col(&file.text, it.span.start);
            let place = format!("{path}:{}:{}", at.line, at.col);
            if it.rule == rule.name {
                found.push(place);
            } else if it.level >= Level::Warning && !case.also.iter().any(|also| also == it.rule) {
                others.push(format!("{} at {place}: {}", it.rule, it.message));
            }
        }
    }
    found.sort();
    let met = case.want.iter().filter(|it| found.contains(it)).count();
    score.wanted += case.want.len();
    score.met += met;
    score.found += found.len();
    if !case.is_bad {
        score.good += 1;
        score.silent += usize::from(found.is_empty());
    }
    if found != case.want || !others.is_empty() {
        wrong.push(format!(
            "{}: {}\n  wanted {:?}\n  found  {found:?}\n  others {others:?}",
            rule.name, case.title, case.want
        ));
    }
}

fn lint_case(rule: &Rule, case: &Case) -> (Project, Report) {
    let project = Project::empty();
    for it in &case.files {
        project.write(&it.path, &it.text);
        set_executable(&project.path(&it.path), it.is_executable);
    }
    let report = lint_again(&project, rule, case);
    (project, report)
}

fn lint_again(project: &Project, rule: &Rule, case: &Case) -> Report {
    let extend = vec![rule.name.to_owned()];
    let settings = Settings { profile: case.profile, extend, ..Settings::default() };
    lint(std::slice::from_ref(&project.dir), &settings, Timestamp(NOW)).unwrap()
}

#[cfg(unix)]
fn set_executable(path: &Path, is_executable: bool) {
    use std::os::unix::fs::PermissionsExt;
    let mode = if is_executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_executable(_: &Path, _: bool) {}

/// Reads the cases of a rule.
fn cases(rule: &Rule) -> Vec<Case> {
    let path = repo().join(format!("fixtures/lint/{}.txt", rule.name));
    let Ok(text) = fs::read_to_string(&path) else { return Vec::new() };
    let mut res: Vec<Case> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let place = format!("{}:{}", path.display(), at + 1);
        if let Some(rest) = line.strip_prefix("=== ") {
            let (kind, title) = rest.split_once(": ").expect(&place);
            assert!(matches!(kind, "bad" | "good"), "{place}");
            let (title, is_bad) = (title.to_owned(), kind == "bad");
            res.push(Case { title, is_bad, ..Case::default() });
            continue;
        }
        let Some(case) = res.last_mut() else {
            assert!(line.is_empty(), "{place}: a case begins with `=== `");
            continue;
        };
        if let Some(inner) = line.strip_prefix("-- ").and_then(|it| it.strip_suffix(" --")) {
            let (name, is_executable) =
                inner.strip_suffix(" +x").map_or((inner, false), |it| (it, true));
            let path = name.strip_prefix('/').map_or_else(|| format!("ship/{name}"), str::to_owned);
            case.files.push(CaseFile { path, is_executable, text: Vec::new() });
        } else if let Some(file) = case.files.last_mut() {
            file.text.extend(plain(line, &place));
            file.text.push(b'\n');
        } else {
            header(case, line, &place);
        }
    }
    for case in &mut res {
        finish(case);
    }
    res
}

/// Reads a line between the title and the first file.
fn header(case: &mut Case, line: &str, place: &str) {
    let (key, value) = line.split_once(": ").expect(place);
    match key {
        "want" => case.want.push(value.to_owned()),
        "also" => case.also.push(value.to_owned()),
        "profile" => case.profile = Profile::from_str(value, false).expect(place),
        _ => panic!("{place}: `{key}` is none of want, also, profile"),
    }
}

/// Blank lines at the end of a file part the cases; a skill without SKILL.md gets one that links to all.
fn finish(case: &mut Case) {
    assert_eq!(case.is_bad, !case.want.is_empty(), "{}: a bad case wants findings", case.title);
    case.want.sort();
    for file in &mut case.files {
        while file.text.ends_with(b"\n\n") || file.text == b"\n" {
            file.text.pop();
        }
        if let Some(length) =
            file.text.len().checked_sub(3).filter(|_| file.text.ends_with(b"\\_\n"))
        {
            file.text.truncate(length);
        }
    }
    let own: Vec<&str> = case.files.iter().filter_map(|it| it.path.strip_prefix("ship/")).collect();
    if own.is_empty() || own.iter().any(|it| it.eq_ignore_ascii_case("SKILL.md")) {
        return;
    }
    let links: Vec<String> = own.iter().map(|it| format!("[{it}](<{it}>)")).collect();
    let text = format!("{HEAD}# Ship\n\nSee {}.\n", links.join(", "));
    let path = "ship/SKILL.md".to_owned();
    case.files.push(CaseFile { path, is_executable: false, text: text.into_bytes() });
}

/// Resolves the escapes of a line: `\t`, `\r`, `\u{…}`, `\x{…}`, `\repeat{N|text}`.
fn plain(line: &str, place: &str) -> Vec<u8> {
    let mut res = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        res.extend_from_slice(&rest.as_bytes()[..at]);
        let own = &rest[at..];
        let inner = |name: &str| {
            let after = own.strip_prefix(name)?;
            after.split_once('}')
        };
        if let Some((hex, after)) = inner("\\u{") {
            let code = u32::from_str_radix(hex, 16).expect(place);
            let it = char::from_u32(code).expect(place);
            res.extend_from_slice(it.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
        } else if let Some((hex, after)) = inner("\\x{") {
            res.push(u8::from_str_radix(hex, 16).expect(place));
            rest = after;
        } else if let Some((many, after)) = inner("\\repeat{") {
            let (count, text) = many.split_once('|').expect(place);
            let text = plain(&text.replace("\\n", "\n"), place);
            res.extend(text.repeat(count.parse().expect(place)));
            rest = after;
        } else if let Some(after) = own.strip_prefix("\\t") {
            res.push(b'\t');
            rest = after;
        } else if let Some(after) = own.strip_prefix("\\r") {
            res.push(b'\r');
            rest = after;
        } else {
            res.push(b'\\');
            rest = &own[1..];
        }
    }
    res.extend_from_slice(rest.as_bytes());
    res
}
