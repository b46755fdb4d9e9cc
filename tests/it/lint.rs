//! `learn lint` on files: the examples of every rule, and labelled cases beside them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use learn::event::Timestamp;
use learn::lint::rules::{RULES, Rule};
use learn::lint::settings::Settings;
use learn::lint::{Diagnostic, lint};

use crate::support::{NOW, Project, repo};

/// Lints a skill `ship` made of these files, with only the rules of `select`; none is the default.
fn found(files: &[(&str, &str)], select: &[&str]) -> Vec<Diagnostic> {
    let project = Project::empty();
    let mut names: Vec<&str> = Vec::new();
    for (path, text) in files {
        project.write(&format!("ship/{path}"), text);
        names.push(path);
    }
    if !names.iter().any(|it| it.eq_ignore_ascii_case("SKILL.md")) {
        let links: Vec<String> = names.iter().map(|it| format!("[{it}]({it})")).collect();
        let head = learn::lint::rules::HEAD;
        project.write("ship/SKILL.md", format!("{head}# Ship\n\nSee {}.\n", links.join(", ")));
    }
    let select = select.iter().map(|it| (*it).to_owned()).collect();
    let settings = Settings { select, ..Settings::default() };
    let report = lint(&[project.path("ship")], &settings, Timestamp(NOW)).unwrap();
    report
        .files
        .into_iter()
        .flat_map(|it| it.diagnostics)
        .filter(|it| it.allowed.is_none())
        .collect()
}

fn count(rule: &Rule, files: &[(&str, &str)]) -> usize {
    found(files, &[]).iter().filter(|it| it.rule == rule.name).count()
        + if rule.level == learn::lint::Level::Off { found(files, &[rule.name]).len() } else { 0 }
}

#[test]
fn every_example_is_found_and_nothing_in_its_place() {
    let mut wrong = Vec::new();
    for rule in RULES {
        if !rule.example.is_empty() && count(rule, rule.example) == 0 {
            wrong.push(format!("{}: the example is not found", rule.name));
        }
        let rest = found(rule.instead, &[]);
        if !rule.instead.is_empty() && !rest.is_empty() {
            wrong.push(format!("{}: instead gives {rest:?}", rule.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_example_has_one_cause_and_one_finding() {
    for rule in RULES.iter().filter(|it| !it.example.is_empty()) {
        let all = found(rule.example, &[]);
        let others: Vec<&str> =
            all.iter().map(|it| it.rule).filter(|it| *it != rule.name).collect();
        let allowed: &[&str] = match rule.name {
            // What is short of a reason allows nothing.
            "suppression-without-reason" => &["broken-link"],
            // These files share one text.
            "long-description" => &["long-compatibility"],
            "long-compatibility" => &["long-description"],
            // A pitfall that is not described is also one whose entry is alone.
            "untracked-pitfall" => &["orphan-id"],
            "orphan-id" => &["untracked-pitfall"],
            "bad-name" => &["name-folder-mismatch"],
            "long-name" => &["name-folder-mismatch"],
            "reserved-name" => &["name-folder-mismatch"],
            _ => &[],
        };
        assert!(others.iter().all(|it| allowed.contains(it)), "{}: {others:?}", rule.name);
    }
}

#[test]
fn the_skills_of_this_repository_are_clean() {
    let report = lint(&[repo().join("skills")], &Settings::default(), Timestamp(NOW)).unwrap();
    assert!(report.skills > 0 && report.files.is_empty(), "{:?}", report.files);
}

/// Whether it is bad, why, and path and text of its files.
type Case = (bool, String, Vec<(String, String)>);

/// Reads `fixtures/lint/RULE.txt`: cases that begin with `#### bad: why` or `#### good: why`, files in
/// them with `--- path`. `\u{…}` stands for a character that nobody sees.
fn cases(text: &str) -> Vec<Case> {
    let mut res: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("#### ") {
            let (kind, why) = rest.trim().split_once(": ").expect("#### bad: why");
            res.push((kind == "bad", why.to_owned(), Vec::new()));
        } else if let Some(path) = line.strip_prefix("--- ").filter(|it| it.contains('.')) {
            res.last_mut().unwrap().2.push((path.trim().to_owned(), String::new()));
        } else if let Some(file) = res.last_mut().and_then(|it| it.2.last_mut()) {
            file.1.push_str(&unescaped(line));
        }
    }
    res
}

fn unescaped(line: &str) -> String {
    let mut res = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (code, left) = after.split_once('}').expect("\\u{…}");
        res.push_str(before);
        res.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        rest = left;
    }
    res + rest
}

#[test]
fn labelled_cases_are_told_apart() {
    let mut table: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for rule in RULES {
        let path: PathBuf = repo().join(format!("fixtures/lint/{}.txt", rule.name));
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (bad, why, files) in cases(&text) {
            let files: Vec<(&str, &str)> =
                files.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
            let hit = count(rule, &files) > 0;
            let row = table.entry(rule.name).or_default();
            row[usize::from(!bad) * 2 + usize::from(hit)] += 1;
            if hit != bad {
                wrong.push(format!("{}: {why}: {:?}", rule.name, found(&files, &[])));
            }
        }
    }
    println!("{:30} bad found / all, good silent / all", "rule");
    for (rule, [missed, hit, silent, noisy]) in &table {
        println!("{rule:30} {hit}/{}, {silent}/{}", hit + missed, silent + noisy);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
