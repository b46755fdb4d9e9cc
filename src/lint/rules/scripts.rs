//! Scripts of a skill: there, executable, with a first line that names who runs them.

use super::shell::shell_lines;
use super::{Check, Rule};
use crate::lint::Level;
use crate::lint::walk::{Entry, Page, Skill};
use crate::text::Span;

const SPEC: &str = "https://agentskills.io/specification";
const ENDINGS: [&str; 8] = [".sh", ".bash", ".py", ".js", ".mjs", ".cjs", ".rb", ".pl"];
const RUN: &str = "# R\n\n```sh\nsh scripts/ship.sh\n```\n";
const GOOD: &[(&str, &str)] =
    &[("reference.md", RUN), ("scripts/ship.sh", "#!/bin/sh\nmake ship\n")];

/// A path of a script as a text names it.
struct Named {
    path: String,
    span: Span,
    /// It stands where the command stands, with no program before it.
    direct: bool,
}

/// Returns the scripts that inline code and commands of a page name, below folders that the skill has.
fn named(skill: &Skill, page: &Page) -> Vec<Named> {
    let mut res = Vec::new();
    if super::links::is_template(&page.relative) {
        return res;
    }
    let inline = page.md.code.iter().map(|it| (*it, true));
    for (span, inline) in inline.chain(shell_lines(page).map(|it| (it, false))) {
        let own = span.of(&page.text);
        let mut first = true;
        let mut at = 0;
        for word in own.split([' ', '\t', '`', '"', '\'']) {
            let start = span.start + at;
            at += word.len() + 1;
            if word.is_empty() || matches!(word, "$" | "sudo") {
                continue;
            }
            let direct = std::mem::take(&mut first);
            let path = word
                .strip_prefix("${CLAUDE_SKILL_DIR}/")
                .or_else(|| word.strip_prefix("./"))
                .unwrap_or(word);
            let plain = path
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '/' | '-' | '_' | '.'))
                && !path.contains("..");
            let folder = path.split_once('/').map(|it| format!("{}/", it.0));
            let own_folder = folder
                .is_some_and(|it| skill.files.iter().any(|file| file.relative.starts_with(&it)));
            if plain && own_folder && ENDINGS.iter().any(|it| path.ends_with(it)) {
                let begin = start + (word.len() - path.len());
                let span = Span::new(begin, begin + path.len());
                // Inline code names a file more often than it runs it.
                let direct = direct && (!inline || word.starts_with("./"));
                res.push(Named { path: path.to_owned(), span, direct });
            }
        }
    }
    res
}

fn entry<'a>(skill: &'a Skill, path: &str) -> Option<&'a Entry> {
    skill.files.iter().find(|it| it.relative == path)
}

fn first_bytes(entry: &Entry) -> Vec<u8> {
    use std::io::Read;
    let mut res = Vec::new();
    if let Ok(file) = std::fs::File::open(&entry.path) {
        let _: Result<usize, _> = file.take(64).read_to_end(&mut res);
    }
    res
}

pub const MISSING_SCRIPT: Rule = Rule {
    name: "missing-script",
    group: "code in skills",
    level: Level::Error,
    what: "A script that the text names in a folder of the skill, and that is not there.",
    why: "The agent runs it and fails.",
    example: &[
        ("reference.md", "# R\n\nRun `scripts/gone.sh`, then `scripts/ship.sh`.\n"),
        ("scripts/ship.sh", "#!/bin/sh\nmake ship\n"),
    ],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for it in named(look.skill, page) {
            let beside = page.path.parent().is_some_and(|dir| dir.join(&it.path).exists());
            let of_project = look.skill.root().is_some_and(|root| root.join(&it.path).exists());
            if entry(look.skill, &it.path).is_none()
                && !look.skill.dir.join(&it.path).exists()
                && !beside
                && !of_project
            {
                sink.add(it.span, format!("the skill has no `{}`", it.path));
            }
        }
    }),
};

pub const SCRIPT_NOT_EXECUTABLE: Rule = Rule {
    name: "script-not-executable",
    group: "code in skills",
    level: Level::Warning,
    what: "A script that a command runs by its path and that may not be executed.",
    why: "The shell answers \"permission denied\".",
    example: &[
        ("reference.md", "# R\n\n```sh\n./scripts/ship.sh\n```\n"),
        ("scripts/ship.sh", "#!/bin/sh\nmake ship\n"),
    ],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for it in named(look.skill, page).into_iter().filter(|it| it.direct) {
            let Some(entry) = entry(look.skill, &it.path) else { continue };
            if !is_executable(entry) && first_bytes(entry).starts_with(b"#!") {
                sink.add(it.span, format!("`{}` may not be executed", it.path))
                    .help(format!("`chmod +x {}`, or name its program: `sh {}`", it.path, it.path));
            }
        }
    }),
};

#[cfg(unix)]
fn is_executable(entry: &Entry) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(&entry.path).is_ok_and(|it| it.permissions().mode() & 0o111 != 0)
}

/// Windows runs by ending, not by mode.
#[cfg(not(unix))]
fn is_executable(_: &Entry) -> bool {
    true
}

pub const MISSING_SHEBANG: Rule = Rule {
    name: "missing-shebang",
    group: "code in skills",
    level: Level::Warning,
    what: "A script that a command runs by its path and whose first line does not say with what.",
    why: "Which shell then runs it depends on the caller; a Python script runs as shell.",
    example: &[
        ("reference.md", "# R\n\n```sh\n./scripts/ship.sh\n```\n"),
        ("scripts/ship.sh", "make ship\n"),
    ],
    instead: GOOD,
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for it in named(look.skill, page).into_iter().filter(|it| it.direct) {
            let Some(entry) = entry(look.skill, &it.path) else { continue };
            let first = first_bytes(entry);
            if !first.is_empty() && !first.starts_with(b"#!") {
                sink.add(it.span, format!("`{}` does not begin with `#!`", it.path))
                    .help("begin it with `#!/usr/bin/env bash` or what runs it");
            }
        }
    }),
};
