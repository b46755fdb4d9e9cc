//! Links between the files of a skill, and files without one.

use std::path::{Component, Path, PathBuf};

use super::{Check, Rule, SkillLook};
use crate::lint::walk::{Page, Skill, absolute};
use crate::lint::{Level, Sink};
use crate::markdown::page::{self, PageLink};
use crate::text::Span;

const SPEC: &str = "https://agentskills.io/specification";
const GOOD: &[(&str, &str)] = &[
    ("reference.md", "# R\n\n## Roll back\n\nSee [how](how.md#roll-back).\n"),
    ("how.md", "# How\n\n## Roll back\n\nGo.\n"),
];

/// What a link to a file leads to.
enum Found {
    /// The file, seen from the skill's folder.
    Here(PathBuf),
    /// The same name with other letters in other case.
    OtherCase(String),
    Nowhere,
}

/// Says whether a file is to be filled in elsewhere: its links and words are not about this folder.
pub fn is_template(relative: &str) -> bool {
    let lower = relative.to_ascii_lowercase();
    lower.contains("template")
        || lower.split('/').any(|it| matches!(it, "assets" | "evals" | "fixtures"))
}

/// Returns path and anchor of a link to a file; `None` for other links and for placeholders.
fn parts(target: &str) -> Option<(String, Option<String>)> {
    let target = target.trim();
    let scheme = target.split_once(':').is_some_and(|(it, _)| {
        it.len() > 1
            && it.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'))
            && !it.contains('.')
    });
    let made_up = target
        .contains(['{', '}', '<', '>', '$', '*', '|', '\\', '(', ' ', '`', '[', '"'])
        || target.contains("...")
        || target.contains('…')
        || target.starts_with("path/to")
        || target.contains("/path/to");
    if target.is_empty()
        || scheme
        || target.starts_with("//")
        || made_up
        || target.starts_with('@')
        || target.starts_with('~')
    {
        return None;
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(decode(anchor))),
        None => (target, None),
    };
    let path = decode(path.split('?').next().unwrap_or(path));
    // `[text](url)` is how links are explained.
    let named = path.is_empty() || path.contains(['/', '.']);
    named.then_some((path, anchor))
}

/// Resolves `%20`; what is no such escape stays.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut res = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|it| std::str::from_utf8(it).ok());
        match hex.and_then(|it| u8::from_str_radix(it, 16).ok()).filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                res.push(byte);
                at += 3;
            }
            None => {
                res.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(res).unwrap_or_else(|_| text.to_owned())
}

/// Resolves `..` by name, as a browser does.
fn normal(path: &Path) -> PathBuf {
    let mut res = PathBuf::new();
    for it in path.components() {
        match it {
            Component::ParentDir
                if matches!(res.components().next_back(), Some(Component::Normal(_))) =>
            {
                res.pop();
            }
            Component::CurDir => {}
            it => res.push(it),
        }
    }
    res
}

fn find(skill: &Skill, page: &Page, path: &str) -> Found {
    let base = page.path.parent().unwrap_or(Path::new(""));
    let full = match path.strip_prefix('/') {
        Some(rest) => match skill.root() {
            Some(root) => root.join(rest),
            // Nobody can tell where the root of a loose folder is.
            None => return Found::Here(PathBuf::from(path)),
        },
        None => normal(&base.join(path)),
    };
    let full = if full.as_os_str().is_empty() { PathBuf::from(".") } else { full };
    if full.exists() {
        return Found::Here(full);
    }
    let bare = path.rsplit_once(':').filter(|it| it.1.bytes().all(|it| it.is_ascii_digit()));
    if bare.is_some_and(|it| base.join(it.0).exists()) {
        return Found::Here(full);
    }
    match other_case(base, path) {
        Some(it) => Found::OtherCase(it),
        None => Found::Nowhere,
    }
}

/// Returns the path as the disk spells it, where only case differs.
fn other_case(base: &Path, path: &str) -> Option<String> {
    let mut dir = base.to_owned();
    let mut res: Vec<String> = Vec::new();
    for part in path.split('/').filter(|it| !it.is_empty()) {
        if part == "." || part == ".." {
            dir.push(part);
            res.push(part.to_owned());
            continue;
        }
        let shown = if dir.as_os_str().is_empty() { Path::new(".") } else { &dir };
        let names = std::fs::read_dir(shown).ok()?.filter_map(Result::ok);
        let names = names.filter_map(|it| it.file_name().into_string().ok());
        let name = names
            .filter(|it| it.to_lowercase() == part.to_lowercase())
            .min_by_key(|it| it != part)?;
        dir.push(&name);
        res.push(name);
    }
    Some(res.join("/"))
}

/// Calls `each` for every link of a page to a file.
fn each_file(page: &Page, mut each: impl FnMut(&PageLink, &str, Option<&str>)) {
    if is_template(&page.relative) {
        return;
    }
    for link in &page.md.links {
        if let Some((path, anchor)) = parts(&link.target) {
            each(link, &path, anchor.as_deref());
        }
    }
}

pub const BROKEN_LINK: Rule = Rule {
    name: "broken-link",
    group: "links",
    level: Level::Error,
    what: "A link to a file that is not there.",
    why: "The agent looks for it, finds nothing, and goes on without. Code, comments and placeholders are no links.",
    example: &[("reference.md", "# R\n\nSee [how](gone.md).\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        each_file(page, |link, path, _| {
            if !path.is_empty() && matches!(find(look.skill, page, path), Found::Nowhere) {
                sink.add(link.span, format!("`{path}` is not there"));
            }
        });
    }),
};

pub const CASE_MISMATCHED_LINK: Rule = Rule {
    name: "case-mismatched-link",
    group: "links",
    level: Level::Warning,
    what: "A link that names a file with letters in other case.",
    why: "It works on macOS and Windows, and nowhere else.",
    example: &[("reference.md", "# R\n\nSee [how](How.md).\n"), ("how.md", "# How\n\nGo.\n")],
    instead: &[("reference.md", "# R\n\nSee [how](how.md).\n"), ("how.md", "# How\n\nGo.\n")],
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        each_file(page, |link, path, _| {
            let Found::OtherCase(right) = find(look.skill, page, path) else { return };
            let found = sink.add(link.span, format!("the file is named `{right}`"));
            found.help(format!("write `{right}`"));
            if let Some(at) = link.span.of(&page.text).rfind(path) {
                let start = link.span.start + at;
                found.fix(Span::new(start, start + path.len()), right);
            }
        });
    }),
};

pub const BROKEN_ANCHOR: Rule = Rule {
    name: "broken-anchor",
    group: "links",
    level: Level::Warning,
    what: "A link to a heading that is not there, by GitHub's anchors.",
    why: "The reader lands at the top of the file.",
    example: &[("reference.md", "# R\n\n## Roll back\n\nSee [how](#rollback).\n")],
    instead: &[("reference.md", "# R\n\n## Roll back\n\nSee [how](#roll-back).\n")],
    source: "https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links",
    check: Check::Page(broken_anchor),
};

fn broken_anchor(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    each_file(page, |link, path, anchor| {
        let Some(anchor) = anchor.filter(|it| is_heading_anchor(it)) else { return };
        if path.is_empty() {
            report_anchor(&page.md, anchor, link, page, sink);
            return;
        }
        // learnings.md has a rule of its own, which knows its ids.
        let is_md = path.to_ascii_lowercase().ends_with(".md") && !path.ends_with("learnings.md");
        let Found::Here(full) = find(look.skill, page, path) else { return };
        if !is_md {
            return;
        }
        match look.skill.pages.iter().find(|it| normal(&it.path) == full) {
            Some(other) => report_anchor(&other.md, anchor, link, page, sink),
            None => {
                if let Ok(text) = std::fs::read_to_string(&full) {
                    report_anchor(&page::read(&text), anchor, link, page, sink);
                }
            }
        }
    });
}

/// `#L10` is a line, `#:~:text` a search, `#top` the top; `#/route` belongs to a program.
fn is_heading_anchor(anchor: &str) -> bool {
    let line =
        anchor.strip_prefix('L').is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    !(anchor.is_empty()
        || line
        || anchor.starts_with(":~:")
        || anchor.eq_ignore_ascii_case("top")
        || anchor.contains('/'))
}

fn report_anchor(
    target: &page::Page,
    anchor: &str,
    link: &PageLink,
    page: &Page,
    sink: &mut Sink<'_>,
) {
    let lower = anchor.to_lowercase();
    if target.has_anchor(anchor) || target.has_anchor(&lower) {
        return;
    }
    let near = target
        .headings
        .iter()
        .map(|it| (strsim::normalized_damerau_levenshtein(&it.anchor, &lower), &it.anchor))
        .filter(|it| it.0 >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let found = sink.add(link.span, format!("no heading has the anchor `#{anchor}`"));
    if let Some((_, near)) = near {
        found.help(format!("did you mean `#{near}`?"));
        let written = format!("#{anchor}");
        let unique = link.span.of(&page.text).matches(&written).count() == 1;
        // Where all but separators agrees, the heading was meant.
        let bare = |it: &str| it.replace(['-', '_', '\u{fe0f}'], "");
        if unique
            && bare(near) == bare(&lower)
            && let Some(at) = link.span.of(&page.text).find(&written)
        {
            let start = link.span.start + at;
            found.fix(Span::new(start, start + written.len()), format!("#{near}"));
        }
    }
}

pub const ESCAPING_LINK: Rule = Rule {
    name: "escaping-link",
    group: "links",
    level: Level::Warning,
    what: "A link that leaves the skill's folder for something other than the skill beside it.",
    why: "Who installs the skill gets the folder, not what lies around it.",
    example: &[("reference.md", "# R\n\nSee [the list](../../).\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        each_file(page, |link, path, _| {
            if !path.contains("..") {
                return;
            }
            let Found::Here(full) = find(look.skill, page, path) else { return };
            let dir = absolute(&look.skill.dir);
            let beside = dir.parent().unwrap_or(&dir);
            let full = absolute(&full);
            if !full.starts_with(beside) || full == beside {
                sink.add(link.span, format!("`{path}` leaves the skill's folder"))
                    .help("copy what is needed into the skill");
            }
        });
    }),
};

pub const ABSOLUTE_USER_PATH: Rule = Rule {
    name: "absolute-user-path",
    group: "links",
    level: Level::Warning,
    what: "A path below somebody's home folder, such as `/Users/alice/work`.",
    why: "It exists on one machine only. Names such as `user` or `you` are examples.",
    example: &[("reference.md", "# R\n\nRun /Users/alice/bin/ship.\n")],
    instead: &[("reference.md", "# R\n\nRun ~/bin/ship, or /Users/you/bin/ship.\n")],
    source: SPEC,
    check: Check::Page(absolute_user_path),
};

/// Names that stand for a reader, and those of machines that are the same everywhere.
const ANYBODY: [&str; 34] = [
    "user",
    "users",
    "username",
    "you",
    "yourname",
    "yourusername",
    "your",
    "me",
    "name",
    "xxx",
    "someone",
    "example",
    "foo",
    "bar",
    "dev",
    "runner",
    "ubuntu",
    "node",
    "app",
    "vscode",
    "ec2-user",
    "circleci",
    "deploy",
    "shared",
    "public",
    "default",
    "jovyan",
    "pi",
    "git",
    "admin",
    "root",
    "linuxbrew",
    "vagrant",
    "myuser",
];

fn absolute_user_path(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for mark in ["/Users/", "/home/", ":\\Users\\"] {
        for at in memchr::memmem::find_iter(page.text.as_bytes(), mark) {
            let before = page.text[..at].chars().next_back();
            let inside = before.is_some_and(|it| {
                it.is_alphanumeric() || matches!(it, '/' | '.' | '~' | '}' | '_' | '-' | '*')
            });
            if inside && !mark.starts_with(':') {
                continue;
            }
            let rest = &page.text[at + mark.len()..];
            let end = rest
                .find(|it: char| !(it.is_alphanumeric() || matches!(it, '-' | '_' | '.')))
                .unwrap_or(rest.len());
            let name = rest[..end].to_lowercase();
            let goes_on = rest[end..].starts_with(['/', '\\']);
            let anybody = ANYBODY.contains(&name.as_str())
                || name.starts_with("your")
                || name.contains("example")
                || name.starts_with("my");
            if end == 0 || !goes_on || anybody {
                continue;
            }
            let start = if mark.starts_with(':') { at.saturating_sub(1) } else { at };
            sink.add(
                Span::new(start, at + mark.len() + end),
                format!("`{}{}` is somebody's own folder", mark, &rest[..end]),
            )
            .help("write it relative to the skill, or with `~`");
        }
    }
}

pub const ORPHAN_FILE: Rule = Rule {
    name: "orphan-file",
    group: "links",
    level: Level::Info,
    what: "A file of the skill that no other file names.",
    why: "No agent will find it.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
        ),
        ("lost.md", "# Lost\n\nText.\n"),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRead [lost.md](lost.md).\n",
        ),
        ("lost.md", "# Lost\n\nText.\n"),
    ],
    source: SPEC,
    check: Check::Skill(orphan_file),
};

fn orphan_file(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for file in &look.skill.files {
        let name = file.relative.rsplit('/').next().unwrap_or(&file.relative);
        let known = matches!(
            name,
            "SKILL.md"
                | "skill.md"
                | "learnings.md"
                | "LICENSE"
                | "LICENSE.txt"
                | "LICENSE.md"
                | "README.md"
                | "CHANGELOG.md"
                | "__init__.py"
                | "CREATION-LOG.md"
        );
        let aside = file.relative.split('/').any(|it| {
            it.starts_with('.')
                || matches!(it, "tests" | "test" | "evals" | "node_modules" | "__pycache__")
        });
        if known || aside || name.starts_with("test") || is_named(look.skill, &file.relative, name)
        {
            continue;
        }
        sink.add(page.head.top(&page.text), format!("nothing names `{}`", file.relative))
            .help("link to it from SKILL.md, or take it out");
    }
}

/// Says whether any text of the skill besides the file itself names it, its stem, or a folder it lies in.
fn is_named(skill: &Skill, relative: &str, name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let folder = relative.rsplit_once('/').map(|it| format!("{}/", it.0));
    let has = |text: &str| {
        let find = |it: &str| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some();
        find(name) || (stem.len() > 5 && find(stem)) || folder.as_deref().is_some_and(find)
    };
    let others = skill.pages.iter().filter(|it| it.relative != relative);
    let mut others = others.map(|it| it.text.as_str());
    if others.any(has) {
        return true;
    }
    skill.files.iter().filter(|it| it.relative != relative && !it.relative.ends_with(".md")).any(
        |it| {
            let small = std::fs::metadata(&it.path).is_ok_and(|it| it.len() < 1 << 18);
            small && std::fs::read_to_string(&it.path).is_ok_and(|it| has(&it))
        },
    )
}

pub const DEEP_CHAIN: Rule = Rule {
    name: "deep-chain",
    group: "links",
    level: Level::Info,
    what: "A file that SKILL.md does not name and only another linked file links to.",
    why: "Agents often read the first part only of files that lie more than one step away.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRead [a](a.md).\n",
        ),
        ("a.md", "# A\n\nRead [b](b.md).\n"),
        ("b.md", "# B\n\nText.\n"),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRead [a](a.md) and [b](b.md).\n",
        ),
        ("a.md", "# A\n\nRead [b](b.md).\n"),
        ("b.md", "# B\n\nText.\n"),
    ],
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Page(|look, page, sink| {
        let Some(top) = look.skill.skill_md() else { return };
        if page.is_skill_md() || page.is_learnings() {
            return;
        }
        let mut said: Vec<PathBuf> = Vec::new();
        each_file(page, |link, path, _| {
            let own = path.to_ascii_lowercase().ends_with(".md")
                && !path.ends_with("learnings.md")
                && !path.ends_with("README.md");
            if path.is_empty() || !own {
                return;
            }
            let Found::Here(full) = find(look.skill, page, path) else { return };
            let Some(target) = look.skill.pages.iter().find(|it| normal(&it.path) == full) else {
                return;
            };
            let name = target.relative.rsplit('/').next().unwrap_or(&target.relative);
            if target.is_skill_md()
                || target.path == page.path
                || top.text.contains(name)
                || said.contains(&full)
            {
                return;
            }
            sink.add(
                link.span,
                format!("`{}` is reached from here only, not from SKILL.md", target.relative),
            )
            .help("link to it from SKILL.md");
            said.push(full);
        });
    }),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_file_is_no_link() {
        for it in ["https://x.y", "mailto:a@b", "url", "{path}.md", "#", "path/to/x.md", "<x>", ""]
        {
            let res = parts(it).filter(|it| !it.0.is_empty());
            assert!(res.is_none(), "{it}: {res:?}");
        }
        assert_eq!(parts("a%20b.md#x%C3%A9"), Some(("a b.md".into(), Some("xé".into()))));
    }
}
