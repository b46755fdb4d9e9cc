//! Shell commands in blocks of code: read as text, never run.
//! Scripts of a skill: there, executable, with a first line that names who runs them.

use crate::lint::walk::{Entry, Page, Skill};
use crate::markdown::lines;
use crate::text::Span;

pub mod missing_script;
pub mod missing_shebang;
pub mod pipe_to_shell;
pub mod placeholder_host;
pub mod script_not_executable;
pub mod swallowed_failure;

/// Returns the lines of all blocks of shell code, without the texts that `cat <<END` prints.
pub fn shell_lines(page: &Page) -> impl Iterator<Item = Span> + '_ {
    page.shell.get_or_init(|| find_shell_lines(page)).iter().copied()
}

fn find_shell_lines(page: &Page) -> Vec<Span> {
    let mut res = Vec::new();
    for block in &page.md.blocks {
        let word = block.info.split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or("");
        if !matches!(word, "sh" | "bash" | "shell" | "zsh" | "console") {
            continue;
        }
        let mut inner: Vec<Span> = lines(&page.text, block.span).skip(1).collect();
        if block.closed {
            inner.pop();
        }
        let mut end: Option<&str> = None;
        for line in inner {
            let own = line.of(&page.text).trim();
            match end {
                Some(word) if own == word => end = None,
                Some(_) => {}
                None => {
                    end = printed(own);
                    res.push(line);
                }
            }
        }
    }
    res
}

/// Returns a command with `_` for every byte that stands in quotes: what parts commands does not do it there.
pub fn without_quoted(command: &str) -> String {
    let mut quote = None;
    let mut res = String::with_capacity(command.len());
    for it in command.chars() {
        let inside = quote.is_some();
        match quote {
            Some(open) if it == open => quote = None,
            Some(_) => {}
            None if matches!(it, '"' | '\'') => quote = Some(it),
            None => {}
        }
        if inside || quote.is_some() {
            res.extend(std::iter::repeat_n('_', it.len_utf8()));
        } else {
            res.push(it);
        }
    }
    res
}

/// Returns the word that ends the text which `cat <<END` prints; one that goes to a file or a program may run.
fn printed(command: &str) -> Option<&str> {
    let (before, after) = command.split_once("<<")?;
    let goes_on = command.contains(['>', '|']);
    let word = after.trim_start_matches('-').trim().trim_matches(['"', '\'']);
    (before.trim() == "cat" && !goes_on && !word.is_empty() && !word.starts_with('<'))
        .then_some(word)
}

const ENDINGS: [&str; 8] = [".sh", ".bash", ".py", ".js", ".mjs", ".cjs", ".rb", ".pl"];

const RUN: &str = "# R\n\n```sh\nsh scripts/ship.sh\n```\n";

const GOOD: &[(&str, &str)] =
    &[("reference.md", RUN), ("scripts/ship.sh", "#!/bin/sh\nmake ship\n")];

/// A path of a script as a text names it.
#[derive(Debug)]
pub struct Named {
    path: String,
    span: Span,
    /// It stands where the command stands, with no program before it.
    direct: bool,
}

/// Returns the scripts that inline code and commands of a page name, below folders that the skill has.
fn named<'a>(skill: &Skill, page: &'a Page) -> &'a [Named] {
    page.scripts.get_or_init(|| find_named(skill, page))
}

fn find_named(skill: &Skill, page: &Page) -> Vec<Named> {
    let mut res = Vec::new();
    if super::links::is_template(&page.relative) {
        return res;
    }
    let inline = page.md.code.iter().map(|it| (*it, true));
    for (span, inline) in inline.chain(shell_lines(page).map(|it| (it, false))) {
        let own = span.of(&page.text);
        // Both are in the path of a script.
        if !own.contains('/') || !own.contains('.') {
            continue;
        }
        let mut first = true;
        let mut at = 0;
        let command = own.split([' ', '\t', '`']).find(|it| !matches!(*it, "" | "$")).unwrap_or("");
        let makes = matches!(command, "touch" | "nano" | "vim" | "vi" | "code");
        let copies = matches!(command, "cp" | "mv" | "ln" | "install");
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
            if !ENDINGS.iter().any(|it| path.ends_with(it)) {
                continue;
            }
            // A script that the command writes need not be there.
            let before = own[..start - span.start].trim_end();
            let is_last = own[start - span.start + word.len()..]
                .trim_matches([' ', '`', '"', '\''])
                .is_empty();
            if makes || (copies && is_last) || before.ends_with('>') {
                continue;
            }
            let plain = path
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '/' | '-' | '_' | '.'))
                && !path.contains("..");
            let folder = path.split_once('/').map(|it| format!("{}/", it.0));
            let own_folder = folder
                .is_some_and(|it| skill.files.iter().any(|file| file.relative.starts_with(&it)));
            if plain && own_folder {
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
