//! `learn lint --fix`: what a fix changes, what it leaves, and who may write.

use std::collections::BTreeMap;
use std::fs;

use learn::event::Timestamp;
use learn::lint::fix::{Fixed, fix};
use learn::lint::rules::{FIXES, HEAD, RULES, Rule, named};
use learn::lint::settings::Settings;
use learn::lint::{lint, walk};

use crate::support::{NOW, Project};

/// Writes a skill `ship` made of these files; those that have no SKILL.md get one that links to them.
fn write(project: &Project, files: &[(&str, String)]) {
    for (path, text) in files {
        project.write(&format!("ship/{path}"), text);
    }
    if !files.iter().any(|it| it.0.eq_ignore_ascii_case("SKILL.md")) {
        let links: Vec<String> = files.iter().map(|(it, _)| format!("[{it}]({it})")).collect();
        project.write("ship/SKILL.md", format!("{HEAD}# Ship\n\nSee {}.\n", links.join(", ")));
    }
}

fn owned(files: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    files.iter().map(|it| (it.0, it.1.to_owned())).collect()
}

/// Fixes the skill in memory, then writes what came out.
fn fix_all(project: &Project) -> Fixed {
    let mut res = Fixed::default();
    for folder in walk::find(&[project.path("ship")]).unwrap() {
        let mut skill = walk::read(&folder);
        let it = fix(&mut skill, &Settings::default(), Timestamp(NOW), |_| true);
        for file in &it.files {
            fs::write(&file.path, &file.new).unwrap();
        }
        res.files.extend(it.files);
        res.taken_back.extend(it.taken_back);
    }
    res
}

/// Returns how often each rule, those that are off by default too, finds something.
fn counts(project: &Project) -> BTreeMap<&'static str, usize> {
    let settings = Settings { select: vec!["all".to_owned()], ..Settings::default() };
    let report = lint(&[project.path("ship")], &settings, Timestamp(NOW)).unwrap();
    let mut res = BTreeMap::new();
    for it in report.files.iter().flat_map(|it| &it.diagnostics).filter(|it| it.allowed.is_none()) {
        *res.entry(it.rule).or_default() += 1;
    }
    res
}

fn rules_with_fix() -> impl Iterator<Item = &'static Rule> {
    FIXES.iter().map(|it| named(it.0).unwrap())
}

#[test]
fn the_finding_of_every_example_goes_and_nothing_comes() {
    for rule in rules_with_fix() {
        for ending in ["\n", "\r\n"] {
            let project = Project::empty();
            let files: Vec<_> =
                rule.example.iter().map(|it| (it.0, it.1.replace('\n', ending))).collect();
            write(&project, &files);
            let before = counts(&project);
            let fixed = fix_all(&project);
            assert_eq!(fixed.taken_back, [], "{}", rule.name);
            let after = counts(&project);
            assert_eq!(after.get(rule.name), None, "{}: {fixed:?}", rule.name);
            for (name, count) in &after {
                assert!(before.get(name) >= Some(count), "{}: `{name}` is new", rule.name);
            }
            let again = fix_all(&project);
            assert!(again.files.is_empty(), "{}: {again:?}", rule.name);
        }
    }
}

#[test]
fn only_rules_of_the_list_have_a_fix() {
    for rule in RULES.iter().filter(|it| !FIXES.iter().any(|fix| fix.0 == it.name)) {
        let project = Project::empty();
        write(&project, &owned(rule.example));
        let fixed = fix_all(&project);
        let of_rule = fixed.files.iter().flat_map(|it| &it.done).any(|it| it.rule == rule.name);
        assert!(!of_rule, "{}: {fixed:?}", rule.name);
    }
}
