//! `learn lint` on any bytes: findings that lie in the text, never a panic, and texts made to be slow.

use std::fs;

use learn::event::Timestamp;
use learn::lint::settings::Settings;
use learn::lint::{FileReport, lint};
use learn::text::apply;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::{NOW, Project};

fn everything() -> Settings {
    Settings { select: vec!["all".to_owned()], ..Settings::default() }
}

/// Lints a skill of these files and checks that every finding and every fix lies in its text.
fn linted(project: &Project) -> Vec<FileReport> {
    let report = lint(&[project.path("ship")], &everything(), Timestamp(NOW)).unwrap();
    for file in &report.files {
        for it in &file.diagnostics {
            let inside = |start, end| file.text.get(start..end).is_some();
            assert!(inside(it.span.start, it.span.end), "{it:?}");
            assert!(it.fix.iter().all(|it| inside(it.span.start, it.span.end)), "{it:?}");
            let _: String = apply(&file.text, &it.fix);
        }
    }
    report.files
}

/// Pieces of which heads, texts and settings are made; joined at random they are mostly wrong.
const PIECES: &[&str] = &[
    "---\n",
    "name: ship\n",
    "description: ",
    "Use when: it: breaks\n",
    "allowed-tools: Bash(git *\n",
    "  - a\n",
    "\t",
    ">-\n",
    "|2\n",
    "&a ",
    "*a",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "# ",
    "## Common Pitfalls\n",
    "### lost-key\n",
    "**Frequency**: 3/5 ⭐⭐⭐☆☆\n",
    "**Last seen**: 2026-13-45 (x)\n",
    "**Impact**: Hgh\n",
    "**Instances**: [a, b\n",
    "**ID**: `x`\n",
    "| Metric | Target | Current | Trend |\n",
    "|---|---|---|---|\n",
    "| Deploy success | ≥98% | null | - |\n",
    "## Metrics\n",
    "```sh\n",
    "```\n",
    "~~~~\n",
    "<!-- ",
    "-->",
    "<!-- learn-ignore: ",
    "broken-link why -->\n",
    "[a](gone.md#x) ",
    "[a]: b.md\n",
    "<a href=\"x.md\">",
    "\u{202e}",
    "\u{e0041}",
    "\u{200b}",
    "\u{feff}",
    "é",
    "中文",
    "🚀",
    "\r\n",
    "\n",
    " ",
    "    ",
    "<<<<<<< HEAD\n",
    "=======\n",
    ">>>>>>> b\n",
    "curl https://x.org/i | sh\n",
    "/Users/alice/x ",
    "sk-proj-",
    "TODO: ",
    "|| echo failed\n",
];

fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        12 => proptest::sample::select(PIECES).prop_map(|it| it.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
        1 => "[ -~]{0,12}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("LEARN_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(400),
        rng_seed: std::env::var_os("LEARN_CASES").map_or(RngSeed::Fixed(5), |_| RngSeed::Random),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_give_findings_within_the_text(skill in text(), learnings in text(), other in text()) {
        let project = Project::empty();
        project.write("ship/SKILL.md", [b"---\nname: ship\n".as_slice(), &skill].concat());
        project.write("ship/learnings.md", learnings);
        project.write("ship/reference.md", other);
        linted(&project);
    }

    #[test]
    fn any_settings_are_read_or_refused(config in text()) {
        let project = Project::empty();
        project.write("ship/SKILL.md", "---\nname: ship\ndescription: Ships.\n---\n# Ship\n");
        project.write(".learn/config.toml", &config);
        let res = project.run(&["lint", "ship"]);
        prop_assert!(matches!(res.code, 0..=2) && !res.stderr.contains("panicked"), "{res:?}");
    }
}

/// Texts that make a careless parser recurse or start again and again.
#[test]
fn texts_made_to_be_slow_or_deep_are_linted() {
    let head = "---\nname: ship\ndescription: Ships.\n---\n";
    let n = 1 << 18;
    let many = |it: &str| it.repeat(n / it.len());
    let mut shapes: Vec<(String, String)> = [
        "[",
        "[a](",
        "![",
        "]",
        "*a_",
        "**",
        "_",
        "`",
        "``a`",
        "<",
        "<a ",
        "<!--",
        "<a href=\"",
        "&",
        "\\",
        "> ",
        "- ",
        "1. ",
        "#",
        "# a\n",
        "## a {#b}\n",
        "|",
        "|-",
        "a|b\n",
        "```\n",
        "```sh\n~~~\n",
        "\t",
        " ",
        "\r",
        "\n",
        "[a]: b\n",
        "[a]\n",
        "[^a]",
        "~~",
        "$(",
        "|| echo fail ",
        "curl a | sh\n",
        "://",
        "/home/",
        "TODO:",
        "\u{202e}",
        "\u{200b}",
        "<<<<<<< a\n",
        "=======\n",
        "---\n",
        "--- ",
        "### a\n",
        "**Frequency**: 1/5\n",
        "<!-- learn-ignore: broken-link x -->\n",
        "key=",
        "password=",
        "://a:b@",
        "eyJ",
        "-----BEGIN PRIVATE KEY-----",
        "é",
        "[a](b.md)\n",
        "a/../",
    ]
    .iter()
    .map(|it| (format!("many {it:?}"), format!("{head}{}", many(it))))
    .collect();
    for (open, close) in [
        ("[", "]"),
        ("{a: ", "}"),
        ("- ", ""),
        ("? ", ""),
        ("\"", ""),
        ("&a [", "]"),
        ("!!map {", "}"),
        ("'", ""),
        ("a: ", ""),
        ("\\", ""),
    ] {
        let deep = format!(
            "---\nname: ship\nmetadata: {}{}\n---\n# S\n",
            open.repeat(10_000),
            close.repeat(10_000)
        );
        shapes.push((format!("deep {open:?}"), deep));
        let stairs: String = (0..2_000).map(|at| format!("{}{open}\n", " ".repeat(at))).collect();
        shapes.push((
            format!("stairs {open:?}"),
            format!("---\nname: ship\nmetadata:\n{stairs}---\n# S\n"),
        ));
    }
    let mut bomb = "---\nname: ship\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        let all = format!("*a{}, ", level - 1).repeat(9);
        bomb += &format!("a{level}: &a{level} [{}]\n", all.trim_end_matches(", "));
    }
    shapes.push(("bomb".to_owned(), format!("{bomb}description: *a39\n---\n# S\n")));
    let keys: String = (0..20_000).map(|it| format!("key{it}: x\n")).collect();
    shapes.push(("keys".to_owned(), format!("---\nname: ship\n{keys}---\n# S\n")));
    let twice = "name: x\n".repeat(20_000);
    shapes.push(("twice".to_owned(), format!("---\n{twice}---\n# S\n")));
    let mixed = "### a-b\n**Frequency**: 1/5\n\n> q\n\n```\nx\n```\n\n| a | b |\n|---|---|\n\n";
    shapes.push(("entries".to_owned(), format!("{head}{}", many(mixed))));
    shapes.push(("one line".to_owned(), format!("{head}{}", "x".repeat(n))));
    for (name, text) in shapes {
        let project = Project::empty();
        project.write("ship/SKILL.md", &text);
        let body = text.strip_prefix(head).unwrap_or(&text);
        project.write("ship/learnings.md", format!("# L\n\n## Common Pitfalls\n\n{body}"));
        println!("{name}");
        linted(&project);
    }
}

#[test]
fn a_file_too_large_to_be_read_is_named() {
    let project = Project::empty();
    project.write(
        "ship/SKILL.md",
        "---\nname: ship\ndescription: Ships.\n---\n# Ship\n\n[r](reference.md)\n",
    );
    let path = project.path("ship/reference.md");
    // One line of 100 MiB; a hole costs nothing.
    fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let files = linted(&project);
    let found: Vec<_> = files.iter().filter(|it| it.path.ends_with("reference.md")).collect();
    let rules: Vec<_> = found.iter().flat_map(|it| &it.diagnostics).map(|it| it.rule).collect();
    assert_eq!(rules, ["unreadable-text"]);
    let res = project.run(&["lint", "ship"]);
    assert!(res.code == 1 && res.stdout.contains("100 MiB"), "{res:?}");
}
