//! Links and anchors against markdown-it, parse5 and github-slugger (`tests/peers`): the same sets.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use learn::lint::settings::Settings;
use learn::markdown::page;
use serde::Deserialize;

use crate::support::{NOW, Project, corpus, files, has, repo};

#[derive(Deserialize)]
struct Seen {
    path: PathBuf,
    links: Vec<String>,
    anchors: Vec<String>,
    ids: Vec<String>,
    broken: Vec<String>,
    lost: Vec<String>,
}

/// Asks the other parsers; `None` where they are not installed.
fn others(paths: &[PathBuf]) -> Option<Vec<Seen>> {
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
        .arg(dir.join("links.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let list: String = paths.iter().map(|it| format!("{}\n", it.display())).collect();
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    Some(text.lines().map(|it| serde_json::from_str(it).unwrap()).collect())
}

fn compare(dir: &Path, least: usize) {
    let paths: Vec<PathBuf> =
        files(dir).into_iter().filter(|it| it.extension().is_some_and(|it| it == "md")).collect();
    let Some(seen) = others(&paths) else { return };
    assert_eq!(seen.len(), paths.len());
    let mut broken = BTreeSet::new();
    let mut lost = BTreeSet::new();
    let bare = |it: &str| it.replace(['\u{fe0e}', '\u{fe0f}'], "");
    let mut count = 0;
    for it in &seen {
        let page = page::read(&fs::read_to_string(&it.path).unwrap());
        let mut links: Vec<String> = page.links.iter().map(|it| it.target.clone()).collect();
        links.sort();
        let mut ids = page.ids.clone();
        ids.sort();
        let anchors: Vec<String> = page.anchors().iter().map(|it| bare(it)).collect();
        let wanted: Vec<String> = it.anchors.iter().map(|it| bare(it)).collect();
        let mut wanted_links = it.links.clone();
        wanted_links.sort();
        assert_eq!(links, wanted_links, "links of {}", it.path.display());
        assert_eq!(anchors, wanted, "anchors of {}", it.path.display());
        assert_eq!(ids, it.ids, "ids of {}", it.path.display());
        count += links.len() + anchors.len();
        broken.extend(it.broken.iter().map(|link| (it.path.clone(), link.clone())));
        lost.extend(it.lost.iter().map(|link| (it.path.clone(), link.clone())));
    }
    assert!(count >= least, "{count} links and anchors");
    let select = vec!["broken-link".to_owned(), "broken-anchor".to_owned()];
    let settings = Settings { select, ..Settings::default() };
    let now = learn::event::Timestamp(NOW);
    let report = learn::lint::lint(&[dir.to_owned()], &settings, now).unwrap();
    let mut found = [BTreeSet::new(), BTreeSet::new()];
    for file in &report.files {
        let page = page::read(&file.text);
        for it in &file.diagnostics {
            let link = page.links.iter().find(|link| link.span == it.span).unwrap();
            let which = usize::from(it.rule == "broken-anchor");
            found[which].insert((file.path.clone(), link.target.clone()));
        }
    }
    assert_eq!(found, [broken, lost]);
}

/// What parsers disagree about.
const HARD: &[(&str, &str)] = &[
    (
        "forms.md",
        "[a](there.md) [b](gone.md \"title\") [c](<with space.md>) [d](gone2.md 'x') ![e](gone.png)\n[f](there.md#top) [g](./there.md) [h](sub/../there.md)\n",
    ),
    (
        "reference.md",
        "[full][one] [one][] [one] [Two Words]\n\n[one]: gone-one.md\n[two  words]: <gone two.md> 'title'\n[unused]: gone-unused.md\n",
    ),
    (
        "code.md",
        "`[a](gone.md)` ``[b](gone.md) ` ``\n\n```md\n[c](gone.md)\n```\n\n~~~\n[d](gone.md)\n~~~\n\n    [e](gone.md)\n\n- item\n\n      [f](gone.md)\n",
    ),
    (
        "comment.md",
        "<!-- [a](gone.md) <a href=\"gone.md\"> -->\n\nText <!-- [b](gone.md) --> [c](gone-c.md)\n",
    ),
    (
        "html.md",
        "<a href=\"gone.md\">x</a> <img src='gone.png' alt=\"[a](b.md)\">\n\n<div id=\"own\">\n\n[a](#own)\n\n</div>\n\n<a name=\"old\"></a> [b](#old) [c](#new)\n",
    ),
    (
        "brackets.md",
        "[a [b](gone.md) c](gone2.md) [[c](gone3.md)] \\[d](gone4.md) [e\\](gone5.md) [f](gone(6).md) [g](gone\\(7\\).md)\n",
    ),
    (
        "escape.md",
        "[a](th%65re.md) [b](gone%20x.md) [c](there.md?raw=1) [d](there.md?x#one) [e](gone&amp;y.md) [f](gone\\_z.md)\n",
    ),
    ("breaks.md", "[a](\ngone.md\n) [b\nc](gone2.md) [d] (gone3.md) [e]( gone4.md )\n"),
    (
        "headings.md",
        "Setext\n===\n\nTwo\n---\n\n# A `code` & *more*  #\n\n## 1.2.3 Über 中文 🚀 end\n\n## Same\n## Same\n## Same-1\n## Same\n\n# [link](there.md) text\n\n#no heading\n\n[a](#setext) [b](#a-code--more) [c](#123-über-中文--end) [d](#same-2) [e](#same-1-1) [f](#link-text) [g](#Setext) [h](#gone)\n",
    ),
    ("head.md", "---\nname: x\ndescription: \"[a](gone.md)\"\n---\n# T\n\n[b](gone-b.md)\n"),
    ("rule.md", "# T\n\n---\n\n[a](gone.md)\n\n---\n\n[b](there.md#one)\n"),
    (
        "lists.md",
        "1. [a](gone.md)\n   - [b](there.md)\n\n     > [c](gone-c.md)\n\n> # Quoted\n> [d](#quoted)\n\n- [ ] [e](gone-e.md)\n",
    ),
    ("tables.md", "| a | b |\n|---|---|\n| [a](gone.md) | `[b](x.md)` \\| [c](there.md) |\n"),
    (
        "auto.md",
        "<https://example.org/gone.md> <a@b.org> https://example.org www.example.org/gone.md\n",
    ),
    (
        "kinds.md",
        "[a](https://x.org/gone.md) [b](mailto:a@b.c) [c](//x.org) [d](url) [e](path/to/x.md) [f]({x}.md) [g](...) [h](tel:+1)\n",
    ),
    ("entities.md", "## A &amp; B &copy; C\n\n## &lt;T&gt; x\n\n[a](#a--b--c) [b](#t-x)\n"),
    (
        "emphasis.md",
        "## **bold** _em_ snake_case ~~x~~\n\n[a](#bold-em-snake_case-x) **[b](gone.md)** *[c](gone-c.md*)*\n",
    ),
    ("crlf.md", "# One\r\n\r\n[a](#one)\r\n[b](gone.md)\r\n"),
    ("bom.md", "\u{feff}# One\n\n[a](#one)\n"),
    ("image.md", "[![badge](gone.svg)](gone.md)\n\n## ![alt](there.md) Title\n\n[a](#alt-title)\n"),
    ("there.md", "# One\n\n## Two\n"),
];

#[test]
fn hard_markdown_has_the_links_that_other_parsers_see() {
    let project = Project::empty();
    project.write("hard/SKILL.md", "---\nname: hard\ndescription: Hard Markdown.\n---\n# Hard\n");
    for (name, text) in HARD {
        project.write(&format!("hard/{name}"), text);
    }
    compare(&project.path("hard"), 80);
}

#[test]
fn real_skills_have_the_links_that_other_parsers_see() {
    if let Some(dir) = corpus() {
        compare(&dir, 5_000);
    }
}
