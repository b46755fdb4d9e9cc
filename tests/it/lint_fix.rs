//! `learn lint --fix`: what a fix changes, what it leaves, and who may write.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use learn::event::Timestamp;
use learn::lint::fix::{Fixed, fix};
use learn::lint::rules::{FIXES, HEAD, RULES, Rule, named};
use learn::lint::settings::Settings;
use learn::lint::{lint, walk};
use learn::store::Store;
use learn::store::write::Replaced;

use proptest::prelude::*;

use crate::fault::{CHANGING, Stop, age_leftovers, inject, leftovers, share, wrap};
use crate::support::{NOW, Output, Project, files, has, output};

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

/// Everything a page may be made of: the bodies of the examples that have a fix, and text that has none.
fn pieces() -> Vec<String> {
    let of_reference = |it: &&Rule| it.example.first().is_some_and(|it| it.0 == "reference.md");
    let mut res: Vec<String> =
        rules_with_fix().filter(of_reference).map(|it| it.example[0].1.to_owned()).collect();
    res.extend(
        [
            "Plain ⭐ text.\n\n",
            "\n\n\n",
            "````\nx\n",
            "| a | b |\n|---|---|\n| c | d |\n\n",
            "<!-- learn-ignore: broken-anchor it comes -->\n[x](#gone)\n",
            "no end",
            "a\rb\n",
        ]
        .map(str::to_owned),
    );
    res
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_together_a_fix_brings_nothing_and_keeps_the_rest(
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 1..7),
        marks in (any::<bool>(), any::<bool>()),
    ) {
        let pieces = pieces();
        let mut text: String = chosen.iter().map(|it| it.get(&pieces).as_str()).collect();
        let (crlf, bom) = marks;
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if bom {
            text.insert(0, '\u{feff}');
        }
        let project = Project::empty();
        write(&project, &[("reference.md", text.clone()), ("how.md", "# How\n\nGo.\n".to_owned())]);
        let before = counts(&project);
        fix_all(&project);
        let after = counts(&project);
        for (name, count) in &after {
            prop_assert!(before.get(name) >= Some(count), "`{name}` is new");
        }
        let new = project.read("ship/reference.md");
        prop_assert_eq!(new.starts_with('\u{feff}'), bom);
        // The fixes of these pieces take out comments and invisible characters, lengthen fences and write
        // links anew: lines that have none of these stay.
        let kept = |it: &&str| !it.contains(['`', '(']) && !it.contains("learn-ignore");
        let seen = |it: char| it != '\u{200b}' && !('\u{e0000}'..'\u{e0080}').contains(&it);
        let lines = |text: &str| -> Vec<String> {
            let it = text.split('\n').filter(kept).filter(|it| !it.trim().is_empty());
            it.map(|it| it.chars().filter(|it| seen(*it)).collect()).collect()
        };
        prop_assert_eq!(lines(&new), lines(&text));
        prop_assert!(fix_all(&project).files.is_empty(), "a second time");
    }
}

/// A project whose skill has findings with a fix in SKILL.md, reference.md and learnings.md.
fn faulty(root: &str) -> Project {
    let project = Project::empty();
    project.write(".git/HEAD", "ref: refs/heads/main\n");
    let head = HEAD.replace("Use when", "Use it when: a");
    let body = "# Ship\n\nSee [how](reference.md#rollback) and [what was learned](learnings.md).\n";
    project.write(&format!("{root}/ship/SKILL.md"), format!("{head}{body}"));
    project.write(&format!("{root}/ship/reference.md"), "# R\r\n\r\n## Roll back\r\n\r\nGo.");
    project.write(&format!("{root}/ship/learnings.md"), LEARNINGS);
    project
}

const LEARNINGS: &str = "\u{feff}# L\r\n\r\nMine.\r\n\r\n## Common Pitfalls\r\n\r\n### late-alert\r\n**ID**: `late-alert`\r\n**Frequency**: 2/5 ⭐⭐⭐⭐⭐\r\n**Last seen**: 2026-11-20 (feature: search)\r\n**Impact**: High\r\n**Instances**: [search, cart]";

/// Returns all files but those of `.learn/`.
fn snapshot(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let all =
        files(dir).into_iter().filter(|it| !it.components().any(|it| it.as_os_str() == ".learn"));
    all.map(|it| (it.clone(), fs::read(it).unwrap())).collect()
}

#[test]
fn a_package_keeps_its_bytes_and_its_user_gets_the_patch() {
    let project = faulty("skills");
    let before = snapshot(&project.dir);
    for args in [&["lint", "--diff"][..], &["lint", "--dry-run"], &["lint", "--fix", "--diff"]] {
        let res = project.run(args);
        assert_eq!(res.code, 1, "{args:?}: {res:?}");
        assert_eq!(snapshot(&project.dir), before, "{args:?}");
        assert!(!project.path(".learn").exists());
    }
    let res = project.run(&["lint", "--fix"]);
    assert_eq!(res.code, 1, "{res:?}");
    let mut after = snapshot(&project.dir);
    let learnings = project.path("skills/ship/learnings.md");
    let new = LEARNINGS.replace("⭐⭐⭐⭐⭐", "⭐⭐☆☆☆");
    assert_eq!(after.insert(learnings.clone(), before[&learnings].clone()), Some(new.into_bytes()));
    assert_eq!(after, before);
    assert!(!project.path(".learn").exists(), "nothing was recorded");
    for line in [
        "skills/ship/learnings.md:9:16: fixed stars-mismatch",
        "-description: Ships a release. Use it when: a releasing.",
        "+description: 'Ships a release. Use it when: a releasing.'",
        "+See [how](reference.md#roll-back)",
    ] {
        assert!(res.stdout.contains(line), "{line}: {}", res.stdout);
    }
    // The patch is one that git applies.
    let patch = project.run(&["lint", "--diff"]).stdout;
    project.write("p.diff", &patch);
    fs::remove_dir_all(project.path(".git")).unwrap();
    project.git(&["init", "-q"]);
    project.git(&["apply", "p.diff"]);
    assert_eq!(project.run(&["lint", "--diff"]).stdout, "");
}

#[test]
fn an_author_gets_everything_fixed_once() {
    let project = faulty("skills");
    let res = project.run(&["lint", "--fix", "--author"]);
    assert!(res.code == 0 && res.stdout.contains("3 findings fixed in 2 files"), "{res:?}");
    assert!(!project.path(".learn").exists());
    let after = snapshot(&project.dir);
    let text = project.read("skills/ship/SKILL.md");
    assert!(text.contains("'Ships a release. Use it when: a releasing.'"), "{text}");
    let res = project.run(&["lint", "--fix", "--author"]);
    assert_eq!((res.code, &*res.stdout, &*res.stderr), (0, "", ""));
    assert_eq!(snapshot(&project.dir), after);
    assert_eq!(project.run(&["lint", "--diff"]).code, 0);
}

#[test]
fn copies_that_an_update_replaces_are_refused() {
    for root in [
        "node_modules/pkg/skills",
        ".claude/plugins/cache/market/plugin/1.0.0/skills",
        ".claude/plugins/marketplaces/market/skills",
        "lib/python3.12/site-packages/pkg/skills",
        "vendor/pkg/skills",
    ] {
        let project = faulty(root);
        let before = snapshot(&project.dir);
        let path = format!("{root}/ship");
        for args in [
            &["lint", "--fix", "--author", &path][..],
            &["--root", &path, "lint", "--fix", "--author"],
        ] {
            let res = project.run(args);
            let said = res.stderr.contains("where an update replaces it");
            assert!(res.code == 2 && said, "{args:?}: {res:?}");
            assert_eq!(snapshot(&project.dir), before, "{args:?}");
        }
    }
    let project = faulty("skills");
    let res = project.run(&["lint", "--author"]);
    assert_eq!(res.code, 2, "{res:?}");
}

#[cfg(unix)]
#[test]
fn links_second_names_and_protected_files_are_left() {
    let set: [fn(&Project); 4] = [
        |it| {
            it.write("elsewhere/SKILL.md", it.read("skills/ship/SKILL.md"));
            fs::remove_file(it.path("skills/ship/SKILL.md")).unwrap();
            std::os::unix::fs::symlink("../../elsewhere/SKILL.md", it.path("skills/ship/SKILL.md"))
                .unwrap();
        },
        |it| fs::hard_link(it.path("skills/ship/SKILL.md"), it.path("store.md")).unwrap(),
        |it| {
            let path = it.path("skills/ship/SKILL.md");
            let mut mode = fs::metadata(&path).unwrap().permissions();
            mode.set_readonly(true);
            fs::set_permissions(path, mode).unwrap();
        },
        |it| {
            it.write("node_modules/pkg/ship/SKILL.md", it.read("skills/ship/SKILL.md"));
            fs::remove_dir_all(it.path("skills/ship")).unwrap();
            std::os::unix::fs::symlink("../node_modules/pkg/ship", it.path("skills/ship")).unwrap();
        },
    ];
    for (number, set) in set.iter().enumerate() {
        let project = faulty("skills");
        set(&project);
        let before = snapshot(&project.dir);
        let res = project.run(&["lint", "--fix", "--author", "skills/ship"]);
        assert_eq!(res.code, 2, "{number}: {res:?}");
        let mut after = snapshot(&project.dir);
        let learnings = project.path("skills/ship/learnings.md");
        if let Some(it) = before.get(&learnings) {
            after.insert(learnings, it.clone());
        }
        assert_eq!(after, before, "{number}");
    }
}

#[test]
fn what_is_not_utf8_or_allowed_is_not_fixed() {
    let project = faulty("skills");
    let mut bytes = project.read("skills/ship/SKILL.md").into_bytes();
    bytes.extend(b"\xff\n");
    project.write("skills/ship/SKILL.md", &bytes);
    let stars = LEARNINGS.replace(
        "**Frequency**",
        "<!-- learn-ignore: stars-mismatch for a test -->\r\n**Frequency**",
    );
    project.write("skills/ship/learnings.md", stars);
    let before = snapshot(&project.dir);
    project.run(&["lint", "--fix", "--author"]);
    assert_eq!(snapshot(&project.dir), before);
}

const FIX: &[&str] = &["lint", "--fix", "--author"];

/// Runs a fix with something in its way; each file is then whole, the old or the new one, and the next fix
/// goes through and leaves nothing behind.
fn disturbed(what: &str, run: impl Fn(&Project) -> Output) {
    let project = faulty("skills");
    let old = snapshot(&project.dir);
    let res = run(&project);
    let what = format!("{what}: {res:?}");
    let new = faulty("skills");
    new.ok(FIX);
    let now = snapshot(&project.dir);
    assert!(now.keys().eq(old.keys()), "{what}: {:?}", now.keys());
    for (path, bytes) in &now {
        let wanted =
            new.read(path.strip_prefix(&project.dir).unwrap().to_str().unwrap()).into_bytes();
        // Where reference.md could not be read, nobody knows its headings: that finding stays.
        let but_one = String::from_utf8_lossy(&wanted).replace("#roll-back", "#rollback");
        let is_whole = [&old[path][..], &wanted, but_one.as_bytes()].contains(&&bytes[..]);
        assert!(is_whole, "{what}: {} is torn", path.display());
    }
    if res.code == 0 {
        assert!(res.stdout.is_empty() || now != old, "{what}: said and not done");
    }
    age_leftovers(&project);
    project.ok(FIX);
    // What a killed fix left goes with the next command that writes.
    let learnings = project.read("skills/ship/learnings.md");
    project.write("skills/ship/learnings.md", learnings.replace("⭐⭐☆☆☆", "⭐☆☆☆☆"));
    project.ok(FIX);
    assert_eq!(leftovers(&project), Vec::<PathBuf>::new(), "{what}");
    assert_eq!(project.read("skills/ship/learnings.md"), learnings, "{what}");
}

#[test]
fn a_kill_or_a_full_disk_at_any_call_leaves_whole_files() {
    if !has("strace") {
        return;
    }
    let project = faulty("skills");
    let log = project.path("strace.log");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log);
    let res = output(&mut wrap(command, &project, FIX));
    assert_eq!(res.code, 0, "{res:?}");
    let log = fs::read_to_string(log).unwrap();
    let mut points = Vec::new();
    for call in CHANGING {
        let is_call = |it: &&str| {
            it.trim_start_matches(|it: char| it.is_ascii_digit() || it == ' ')
                .starts_with(&format!("{call}("))
        };
        for number in 1..=log.lines().filter(is_call).count() {
            points.push(format!("{call}:signal=KILL:when={number}"));
            points.push(format!("{call}:error={}:when={number}", ["ENOSPC", "EIO"][number % 2]));
        }
    }
    assert!(points.len() > 60, "{points:?}");
    println!("{} points", points.len());
    share(&points, 4, |point| disturbed(point, |project| inject(project, FIX, point)));
}

#[test]
fn a_write_that_is_cut_leaves_whole_files() {
    if !has("prlimit") {
        return;
    }
    for limit in (0..400).step_by(23) {
        disturbed(&format!("limit {limit}"), |project| {
            let mut command = Command::new("prlimit");
            command.arg(format!("--fsize={limit}")).arg("--core=0");
            output(&mut wrap(command, project, FIX))
        });
    }
}

#[test]
fn what_a_person_saves_meanwhile_is_not_lost() {
    const SAVES: usize = 150;
    for name in ["learnings.md", "SKILL.md"] {
        let project = faulty("skills");
        project.ok(&["record", "late-alert"]);
        let (path, ours) =
            (project.path(&format!("skills/ship/{name}")), project.path("editor.tmp"));
        let line = |number: usize| format!("Line {number} of a person.");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let res = project.run(FIX);
                        assert!(res.code < 2, "{res:?}");
                    }
                });
            }
            let _stop = Stop(&done);
            for number in 0..SAVES {
                // A save may be on its way back, for a moment.
                let end = std::time::Instant::now() + Duration::from_secs(5);
                let mut text = fs::read_to_string(&path).unwrap();
                while number > 0 && !text.contains(&line(number - 1)) {
                    assert!(std::time::Instant::now() < end, "save {number} does not come back");
                    text = fs::read_to_string(&path).unwrap();
                }
                let faulty =
                    text.replace("⭐⭐☆☆☆", "⭐⭐⭐⭐⭐").replace("#roll-back", "#rollback");
                fs::write(&ours, format!("{faulty}\n{}\n", line(number))).unwrap();
                fs::rename(&ours, &path).unwrap();
                std::thread::sleep(Duration::from_millis(4));
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        let lost: Vec<usize> = (0..SAVES).filter(|it| !text.contains(&line(*it))).collect();
        assert!(lost.is_empty(), "{name}: {lost:?}");
        assert_eq!(leftovers(&project), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_head_that_is_read_line_by_line_keeps_its_lines() {
    let body = "# Ship\n\n```yaml\ndeploy:\n  a: 1\n---\ndeploy:\n  b: 2\n```\n";
    for head in [
        // The head is not closed, and `---` stands in a block of code far below.
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n\nIt ships.\n\ndeploy:\n\n",
        "---\nname: ship\ndescription: [a, b\ndeploy:\n  c: 3\ndeploy:\n---\n",
        "---\nname: ship\ndescription: \"Ships.\nallowed-tools: Read; Write\n---\n",
    ] {
        let project = Project::empty();
        write(&project, &[("SKILL.md", format!("{head}{body}"))]);
        let fixed = fix_all(&project);
        assert!(fixed.files.is_empty(), "{fixed:?}");
    }
}

#[test]
fn a_file_that_changed_since_it_was_read_is_left() {
    let project = faulty("skills");
    let store = Store::at(project.dir.clone());
    let lock = store.lock(Duration::ZERO).unwrap().unwrap();
    let path = project.path("skills/ship/SKILL.md");
    let target = store.author_target(&path).unwrap();
    let before = fs::read(&path).unwrap();
    let replace = |old: &[u8]| store.replace_for_author(&lock, &target, old, b"new").unwrap();
    assert_eq!(replace(b"what was read"), Replaced::Changed);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(leftovers(&project), Vec::<PathBuf>::new());
    assert_eq!(replace(&before), Replaced::Done);
    assert_eq!(fs::read(&path).unwrap(), b"new");
    for it in ["skills/ship/learnings.md", ".git/HEAD", "skills/ship/gone.md"] {
        assert!(store.author_target(&project.path(it)).is_err(), "{it}");
    }
}

#[test]
fn a_stale_learnings_md_is_synced() {
    let project = Project::new();
    let path = ".claude/skills/production-deployment-phase/learnings.md";
    let zero = project.read(path);
    project.ok(&["record", "rollback", "--feature", "search"]);
    let synced = project.read(path);
    assert_ne!(zero, synced);
    let lint = |args: &[&str]| project.run(&[&["lint"], args].concat());
    assert!(!lint(&[]).stdout.contains("stale-projection"));
    project.write(path, &zero);
    let res = lint(&["--diff"]);
    assert!(res.code == 1 && res.stdout.contains("+**Frequency**: 1/5"), "{res:?}");
    assert_eq!(project.read(path), zero, "--diff writes nothing");
    let res = lint(&["--fix", "--ignore", "stale-projection"]);
    assert_eq!((res.code, project.read(path) == zero), (0, true), "{res:?}");
    let res = lint(&["--fix"]);
    assert!(res.stdout.contains("fixed stale-projection"), "{res:?}");
    assert_eq!(project.read(path), synced);
    assert_eq!(lint(&["--diff"]).code, 0);
}
