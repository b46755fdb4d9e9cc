//! `learn lint` on files: the examples of every rule, and labelled cases beside them.

use std::io::Write;
use std::process::Stdio;

use learn::event::Timestamp;
use learn::lint::rules::{RULES, Rule};
use learn::lint::settings::Settings;
use learn::lint::{Diagnostic, lint};

use crate::support::{NOW, PRODUCTION, Project, repo};

/// Lints a skill `ship` made of these files, with only the rules of `select`; none is the default.
fn found(files: &[(&str, &str)], select: &[&str]) -> Vec<Diagnostic> {
    let project = Project::empty();
    let mut names: Vec<&str> = Vec::new();
    for (path, text) in files {
        match path.strip_prefix('/') {
            Some(path) => project.write(path, text),
            None => {
                project.write(&format!("ship/{path}"), text);
                names.push(path);
            }
        }
    }
    if !names.iter().any(|it| it.eq_ignore_ascii_case("SKILL.md")) {
        let links: Vec<String> = names.iter().map(|it| format!("[{it}]({it})")).collect();
        let head = learn::lint::rules::HEAD;
        project.write("ship/SKILL.md", format!("{head}# Ship\n\nSee {}.\n", links.join(", ")));
    }
    let select = select.iter().map(|it| (*it).to_owned()).collect();
    let settings = Settings { select, ..Settings::default() };
    let report = lint(std::slice::from_ref(&project.dir), &settings, Timestamp(NOW)).unwrap();
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
fn each_path_is_looked_at_as_part_of_its_own_project() {
    let all: Vec<Project> = (0..2).map(|_| Project::empty()).collect();
    for it in &all {
        it.write(".claude/settings.json", "{,}");
    }
    let paths: Vec<_> = all.iter().map(|it| it.dir.clone()).collect();
    let report = lint(&paths, &Settings::default(), Timestamp(NOW)).unwrap();
    let mut found: Vec<_> = report.files.iter().map(|it| it.path.clone()).collect();
    found.sort();
    let mut wanted: Vec<_> = paths.iter().map(|it| it.join(".claude/settings.json")).collect();
    wanted.sort();
    assert_eq!(found, wanted);
}

/// More files than are walked and shown on one thread.
#[test]
fn many_skills_say_what_each_says_alone_in_the_order_of_their_paths() {
    let project = Project::empty();
    let head = learn::lint::rules::HEAD;
    let folders = ["a/b", "a", "a-b", "z/.hidden/x", "b"];
    for number in 0..150 {
        let dir = format!("{}/s{number:03}", folders[number % folders.len()]);
        let text = format!("{head}# Ship\n\nSee [it](gone-{number}.md).\n");
        project.write(&format!("{dir}/SKILL.md"), text);
        project.write(&format!("{dir}/notes.md"), "# N\n\n[x](none.md)\n");
    }
    project.write("a/.gitignore", "b/s000/\n");
    let shown = |path: &str| {
        let out = project.run(&["lint", path, "--select", "broken-link"]).stdout;
        let body = out.rsplit_once("\n\n").map_or(String::new(), |it| it.0.to_owned());
        body.split("\n\n").map(str::to_owned).collect::<Vec<_>>()
    };
    let all = shown(".");
    assert_eq!(all.len(), 298, "{all:?}");
    let places: Vec<_> = all.iter().filter_map(|it| it.split_once("--> ")).map(|it| it.1).collect();
    let paths: Vec<_> = places.iter().map(|it| it.split_once(':').unwrap().0).collect();
    let mut sorted = paths.clone();
    sorted.sort_by(|a, b| std::path::Path::new(a).cmp(std::path::Path::new(b)));
    assert_eq!(paths, sorted);
    for one in ["a/s001", "a-b/s002", "b/s149"] {
        let alone = shown(one);
        let among: Vec<_> = all.iter().filter(|it| it.contains(&format!(" {one}/"))).collect();
        assert!(alone.len() == 2 && alone.iter().eq(among), "{alone:?}");
    }
}

/// Found by a soak: the file was saved between two looks at it.
#[test]
fn findings_of_another_text_are_not_put_into_this_one() {
    let project = Project::new();
    project.ok(&["record", "rollback"]);
    project.ok(&["record", "rollback"]);
    let text = project.learnings();
    let path = format!("{PRODUCTION}/learnings.md");
    let lowered = text.replacen("**Frequency**: 2/5 ⭐⭐☆☆☆", "**Frequency**: 1/5 ⭐☆☆☆☆", 1);
    project.write(&path, lowered);
    let on_disk = project.run(&["lint", &path]);
    assert!(on_disk.stdout.contains("stale-projection"), "{on_disk:?}");
    let mut lint = project.command(&["lint", "--stdin", "--stdin-filename", &path]);
    lint.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = lint.spawn().unwrap();
    child.stdin.take().unwrap().write_all("→".repeat(text.len()).as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.code().is_some_and(|it| it < 2), "{out:?}");
    assert!(!said.contains("stale-projection"), "{said}");
}

#[test]
fn a_count_that_a_person_lowered_is_one_finding() {
    let project = Project::new();
    project.ok(&["record", "rollback"]);
    project.ok(&["record", "rollback"]);
    let path = project.path(PRODUCTION).join("learnings.md");
    let text = project.learnings();
    let lowered = text.replacen("**Frequency**: 2/5 ⭐⭐☆☆☆", "**Frequency**: 1/5 ⭐☆☆☆☆", 1);
    assert_ne!(text, lowered);
    let rules = |text: &str| -> Vec<&str> {
        std::fs::write(&path, text).unwrap();
        let report =
            lint(std::slice::from_ref(&project.dir), &Settings::default(), Timestamp(NOW)).unwrap();
        let own = report.files.into_iter().filter(|it| it.path.ends_with("learnings.md"));
        own.flat_map(|it| it.diagnostics).map(|it| it.rule).collect()
    };
    let before = rules(&text);
    let mut after = rules(&lowered);
    for rule in before {
        after.remove(after.iter().position(|it| *it == rule).expect("it was there before"));
    }
    assert_eq!(after, ["stale-projection"]);
}

#[test]
fn the_skills_of_this_repository_are_clean() {
    let report = lint(&[repo().join("skills")], &Settings::default(), Timestamp(NOW)).unwrap();
    assert!(report.skills > 0 && report.files.is_empty(), "{:?}", report.files);
}

/// Rules whose example would be a file of megabytes, hundreds of lines, several skills, or a repository;
/// `fixtures/lint` has these.
const NO_EXAMPLE: [&str; 6] = [
    "unreadable-text",
    "long-body",
    "heavy-body",
    "listing-over-budget",
    "duplicate-name",
    "ignored-learnings",
];

#[test]
fn every_rule_has_an_example() {
    for rule in RULES {
        let is_exempt = NO_EXAMPLE.contains(&rule.name);
        assert_eq!(rule.example.is_empty(), is_exempt, "{}", rule.name);
        assert!(!rule.what.is_empty() && !rule.why.is_empty(), "{}", rule.name);
    }
}

#[test]
fn the_project_chooses_and_the_command_line_has_the_last_word() {
    let project = Project::empty();
    let text = format!("{}# Ship\n\nSee [it](gone.md).\n", learn::lint::rules::HEAD);
    for folder in ["skills/ship", "skills/old"] {
        project.write(
            &format!("{folder}/SKILL.md"),
            text.replace("name: ship", &format!("name: {}", &folder[7..])),
        );
    }
    let lint = |args: &[&str]| {
        let res = project.run(&[&["lint", "--statistics"], args].concat());
        (res.code, res.stdout.trim().to_owned())
    };
    assert_eq!(lint(&[]), (1, "2  broken-link".to_owned()));
    let config = |text: &str| project.write(".learn/config.toml", text);
    config("[[lint.files]]\npaths = [\"skills/old/**\"]\nignore = [\"broken-link\"]\n");
    assert_eq!(lint(&[]), (1, "1  broken-link".to_owned()));
    config("[lint.severity]\nbroken-link = \"warning\"\n");
    assert_eq!(lint(&[]).0, 0);
    assert_eq!(lint(&["--severity", "broken-link=error"]).0, 1);
    config("[lint]\nignore = [\"broken-link\"]\n");
    assert_eq!(lint(&[]), (0, String::new()));
    for (bad, why) in [
        ("[lint]\nignore = [\"broken-lnk\"]\n", "did you mean `broken-link`"),
        ("[lint]\nprofile = \"x\"\n", "lint.profile"),
        ("[lint.severity]\nbroken-link = \"loud\"\n", "`loud` is none of"),
        ("[[lint.files]]\npaths = []\nseverity = { broken-link = \"loud\" }\n", "`loud`"),
    ] {
        config(bad);
        let res = project.run(&["lint"]);
        assert!(res.code == 2 && res.stderr.contains(why), "{bad}: {res:?}");
    }
}

/// What docs/lint.md says of the rules.
fn described() -> String {
    let mut res = String::new();
    let mut group = "";
    let mut groups: Vec<&str> = Vec::new();
    for rule in RULES.iter().filter(|it| !groups.contains(&it.group)).collect::<Vec<_>>() {
        if !groups.contains(&rule.group) {
            groups.push(rule.group);
        }
    }
    for rule in groups.iter().flat_map(|group| RULES.iter().filter(|it| it.group == *group)) {
        if rule.group != group {
            group = rule.group;
            res += &format!("\n### {group}\n");
        }
        let fix = learn::lint::rules::fix_of(rule.name);
        let fix = fix.map_or_else(String::new, |it| format!(" `--fix`: {it}"));
        let source = if rule.source.starts_with("http") {
            format!(" ([source]({}))", rule.source)
        } else {
            String::new()
        };
        let (name, level) = (rule.name, rule.level.word());
        res += &format!("\n**{name}** ({level}): {} {}{fix}{source}\n", rule.what, rule.why);
    }
    res
}

#[test]
fn the_documentation_lists_the_rules_as_they_are() {
    let path = repo().join("docs/lint.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mark = "cargo test --test it lint::` -->\n";
    let (head, rest) = text.split_once(mark).unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, format!("{head}{mark}{}", described())).unwrap();
        return;
    }
    assert_eq!(rest, described(), "run it with UPDATE_EXPECT=1");
}
