//! What `learn lint` prints for people and programs, and which findings it leaves out.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Output, Project, has, repo};

/// A skill with findings of each level, one that is allowed, one with a fix, and names that would end a field elsewhere.
fn project() -> Project {
    let project = Project::empty();
    project.write(
        "skills/ship/SKILL.md",
        "---\nname: ship\ndescription: Ships. Use when: releasing\n---\n# Ship\n\nSee [👍 a](gone.md) and [r](a%2Cb%3A%3A%25.md).\n\n<!-- learn-ignore: broken-link made by the build -->\n[b](made.md)\n",
    );
    project.write(
        "skills/ship/a,b::%.md",
        "# R\n\nSee [\u{1b}[31m]]>&<'\"](lost\".md) `x`\n\n```\nopen\n",
    );
    project.write("skills/ship/orphan.md", "# O\n");
    project
}

fn lint(project: &Project, args: &[&str]) -> Output {
    project.run(&[&["lint"], args].concat())
}

/// Runs a program of tests/peers with a text; `None` where it is not installed.
fn peer(program: &str, args: &[&str], input: &str) -> Option<(bool, String)> {
    let dir = repo().join("tests/peers");
    if !has("node") {
        return None;
    }
    if !dir.join("node_modules").is_dir() {
        assert!(std::env::var_os("CI").is_none(), "CI installs tests/peers");
        println!("skipped: `npm ci --prefix tests/peers` was not run");
        return None;
    }
    let mut child = Command::new("node")
        .arg(dir.join(program))
        .args(args)
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    Some((out.status.success(), text))
}

fn rules(json: &str) -> Vec<String> {
    let json: Value = serde_json::from_str(json).unwrap();
    let all = json["diagnostics"].as_array().unwrap();
    all.iter().map(|it| it["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn json_is_what_its_schema_says() {
    let project = project();
    for args in [&[][..], &["--fix"], &["--select", "all"], &["--since", "HEAD"]] {
        if args.first() == Some(&"--since") {
            project.git(&["init", "-q"]);
            project.git(&["add", "-A"]);
            project.git(&["commit", "-q", "-m", "start"]);
        }
        let res = lint(&project, &[args, &["--format", "json"]].concat());
        assert!(res.code < 2, "{res:?}");
        let schema = repo().join("docs/lint.schema.json");
        let Some((valid, text)) = peer("validate.mjs", &[schema.to_str().unwrap()], &res.stdout)
        else {
            return;
        };
        assert!(valid, "{args:?}: {text}");
    }
    let empty = Project::empty();
    let res = lint(&empty, &["--format", "json"]);
    assert!(res.code == 0 && rules(&res.stdout).is_empty(), "{res:?}");
}

#[test]
fn sarif_is_valid_and_counts_utf16_units() {
    let project = project();
    let res = lint(&project, &["--format", "sarif"]);
    assert_eq!(res.code, 1);
    let log: Value = serde_json::from_str(&res.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let at = |uri: &str, rule: &str| {
        let found = results.iter().find(|it| {
            let place = &it["locations"][0]["physicalLocation"];
            it["ruleId"] == rule
                && place["artifactLocation"]["uri"].as_str().unwrap().ends_with(uri)
        });
        found.unwrap_or_else(|| panic!("{uri} {rule}: {log}"))
    };
    let broken = at("SKILL.md", "broken-link");
    let region = &broken["locations"][0]["physicalLocation"]["region"];
    // The emoji is two units long.
    let columns = (&region["startColumn"], &region["endColumn"]);
    assert_eq!(columns, (&5.into(), &20.into()), "{region}");
    let yaml = at("SKILL.md", "invalid-yaml");
    let fix = &yaml["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "'Ships. Use when: releasing'");
    assert!(at("a%2Cb%3A%3A%25.md", "unclosed-fence")["partialFingerprints"].is_object());
    let allowed: Vec<&Value> = results.iter().filter(|it| !it["suppressions"].is_null()).collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["suppressions"][0]["justification"], "made by the build");
    let path = project.path("log.sarif");
    project.write("log.sarif", &res.stdout);
    let program = "node_modules/@microsoft/sarif-multitool/bin.js";
    let Some((valid, text)) = peer(program, &["validate", path.to_str().unwrap()], "") else {
        return;
    };
    assert!(valid && !text.contains(": error "), "{text}");
}

#[test]
fn annotations_and_junit_hold_any_name_and_text() {
    let project = project();
    let github = lint(&project, &["--format", "github"]).stdout;
    for line in github.lines() {
        let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("{line}"));
        let (command, _) = rest.split_once("::").unwrap();
        assert!(["error ", "warning ", "notice "].iter().any(|it| command.starts_with(it)));
    }
    assert!(github.contains("file=skills/ship/a%2Cb%3A%3A%25.md,line=5"), "{github}");
    let junit = lint(&project, &["--format", "junit"]).stdout;
    if !has("python3") {
        return;
    }
    let parse = "import sys, xml.dom.minidom as x; d = x.parse(sys.stdin.buffer); print(len(d.getElementsByTagName('failure')), d.documentElement.getAttribute('failures'))";
    let mut child = Command::new("python3")
        .args(["-c", parse])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(junit.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let count = github.lines().count();
    assert_eq!(
        String::from_utf8(out.stdout).unwrap().trim(),
        format!("{count} {count}"),
        "{junit}"
    );
}

#[test]
fn people_see_the_line_and_nothing_when_all_is_well() {
    let project = project();
    let res = lint(&project, &[]);
    assert!(res.stdout.contains("error") && res.stdout.contains("^^^"), "{res:?}");
    assert!(
        !res.stdout.contains('\u{1b}'),
        "no colour and no control character in a pipe: {res:?}"
    );
    assert!(res.stdout.contains(" in 2 files\n     1  "), "{res:?}");
    let clean = Project::empty();
    clean.write("ship/SKILL.md", "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n");
    let res = lint(&clean, &[]);
    assert_eq!((res.code, res.stdout.as_str(), res.stderr.as_str()), (0, "", ""));
}

#[test]
fn a_closed_pipe_is_no_error_and_a_full_disk_is_one() {
    let project = project();
    let text = "[a](gone.md)\n".repeat(20_000);
    project.write("skills/ship/orphan.md", text);
    for format in ["human", "json", "sarif", "github", "junit"] {
        let mut child = project
            .command(&["lint", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        assert!(out.status.code().unwrap() < 2, "{format}: {out:?}");
        assert!(out.stderr.is_empty(), "{format}: {out:?}");
    }
    if cfg!(target_os = "linux") {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let out = project.command(&["lint"]).stdout(full).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{out:?}");
    }
}

#[test]
fn a_baseline_knows_findings_by_their_text() {
    let project = project();
    let known = lint(&project, &["--write-baseline"]);
    assert_eq!(known.code, 0);
    project.write("known", &known.stdout);
    let new = |project: &Project| {
        let res = lint(project, &["--baseline", "known", "--format", "json"]);
        (rules(&res.stdout), res.stderr)
    };
    assert_eq!(new(&project), (vec![], String::new()));
    // Text that moves stays known; the same finding again does not.
    let page = project.read("skills/ship/SKILL.md");
    project.write("skills/ship/SKILL.md", page.replace("# Ship\n", "# Ship\n\nNew words.\n"));
    assert_eq!(new(&project), (vec![], String::new()));
    let line = "See [👍 a](gone.md) and [r](a%2Cb%3A%3A%25.md).\n";
    let moved = project.read("skills/ship/SKILL.md");
    project.write("skills/ship/SKILL.md", moved.replace(line, &format!("{line}\n{line}")));
    assert_eq!(new(&project), (vec!["broken-link".to_owned()], String::new()));
    project.write("skills/ship/SKILL.md", page.replace("[👍 a](gone.md)", "a"));
    let (rules, warned) = new(&project);
    assert!(rules.is_empty() && warned.contains("1 finding of `known` is gone"), "{warned}");
    project.write("known", "0123\n");
    let res = lint(&project, &["--baseline", "known"]);
    assert!(res.code == 2 && res.stderr.contains("`known`: line 1"), "{res:?}");
    let res = lint(&project, &["--baseline", "nowhere"]);
    assert!(res.code == 2 && res.stderr.contains("`nowhere` is not there"), "{res:?}");
}

#[test]
fn since_lints_skills_that_changed() {
    let project = Project::empty();
    for name in ["one", "two", "three"] {
        let text = format!(
            "---\nname: {name}\ndescription: Ships a release. Use when releasing.\n---\n# S\n\n[a](gone.md) [b](there.md)\n"
        );
        project.write(&format!("skills/{name}/SKILL.md"), text);
        project.write(&format!("skills/{name}/there.md"), "# T\n");
    }
    project.git(&["init", "-q"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "start"]);
    let found = |args: &[&str]| {
        let res = lint(&project, &[args, &["--format", "json"]].concat());
        let json: Value = serde_json::from_str(&res.stdout).unwrap();
        let all = json["diagnostics"].as_array().unwrap().clone();
        all.iter().map(|it| it["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(found(&["--since", "HEAD"]).is_empty());
    assert_eq!(found(&[]).len(), 3);
    // A file that is gone breaks a link in one that nobody touched.
    std::fs::remove_file(project.path("skills/two/there.md")).unwrap();
    assert_eq!(found(&["--since", "HEAD"]), ["skills/two/SKILL.md"; 2]);
    project.write("skills/three/new.md", "# N\n");
    assert_eq!(found(&["--since", "HEAD", "skills"]).len(), 4);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "more"]);
    assert!(found(&["--since", "HEAD"]).is_empty());
    assert_eq!(found(&["--since", "HEAD~1"]).len(), 4);
    for bad in ["nowhere", "--output=x", ""] {
        let res = lint(&project, &[&format!("--since={bad}")]);
        assert!(res.code == 2 && res.stderr.contains("git knows no commit"), "{res:?}");
    }
    assert!(!project.path("x").exists());
}

#[test]
fn a_text_that_is_not_saved_is_linted_among_its_neighbours() {
    let project = project();
    let stdin = |name: &str, text: &str| {
        let mut child = project
            .command(&["lint", "--stdin", "--stdin-filename", name, "--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let text = "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# S\n\n[o](orphan.md) [b](a%2Cb%3A%3A%25.md) [x](nope.md)\n";
    let out = stdin("skills/ship/SKILL.md", text);
    assert_eq!(rules(&String::from_utf8(out.stdout).unwrap()), ["broken-link"]);
    let out = stdin("skills/ship/unsaved.md", "# U\n\n[o](orphan.md) [u](#u) [x](#v)\n");
    assert_eq!(rules(&String::from_utf8(out.stdout).unwrap()), ["deep-chain", "broken-anchor"]);
    assert!(!project.path("skills/ship/unsaved.md").exists());
    assert_eq!(stdin("skills/ship/run.sh", "x").status.code(), Some(2));
    let res = lint(&project, &["--stdin"]);
    assert_eq!(res.code, 2);
}

#[test]
fn every_rule_explains_itself() {
    let project = Project::empty();
    for rule in learn::lint::rules::RULES {
        let text = project.ok(&["explain", "rule", rule.name]);
        assert!(text.contains(rule.what) && text.contains(rule.why), "{text}");
        let json: Value =
            serde_json::from_str(&project.ok(&["explain", "rule", rule.name, "--json"])).unwrap();
        assert_eq!(json["severity"], rule.level.word());
    }
    assert!(project.ok(&["explain", "broken-link"]).contains("broken-link"));
    let res = project.run(&["explain", "rule", "broken-lnk"]);
    assert!(res.code == 2 && res.stderr.contains("did you mean `broken-link`"), "{res:?}");
}

#[test]
fn colour_is_as_it_was_typed() {
    let project = project();
    for (args, is_coloured) in [
        (&["--color", "always"][..], true),
        (&["--color=always"], true),
        (&["--color", "never"], false),
        (&[], false),
    ] {
        let res = lint(&project, args);
        assert_eq!(res.stdout.contains("\u{1b}["), is_coloured, "{args:?}: {res:?}");
    }
}
