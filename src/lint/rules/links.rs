//! Links between the files of a skill, and files without one.

use std::cell::OnceCell;
use std::path::{Component, Path, PathBuf};

use crate::lint::walk::{Page, Skill};
use crate::markdown::page::PageLink;
use crate::text::Span;

pub mod absolute_user_path;
pub mod broken_anchor;
pub mod broken_link;
pub mod case_mismatched_link;
pub mod deep_chain;
pub mod escaping_link;
pub mod orphan_file;

const GOOD: &[(&str, &str)] = &[
    ("reference.md", "# R\n\n## Roll back\n\nSee [how](how.md#roll-back).\n"),
    ("how.md", "# How\n\n## Roll back\n\nGo.\n"),
];

/// A link of a page to a file.
#[derive(Debug)]
pub struct FileLink {
    /// The whole link, or the tag.
    pub span: Span,
    /// As it is written, without escapes; empty for an anchor of the page itself.
    pub path: String,
    pub anchor: Option<String>,
    /// Where it leads, once somebody has looked.
    found: OnceCell<Found>,
}

/// What a link to a file leads to.
#[derive(Debug)]
enum Found {
    /// The file, seen from the skill's folder.
    Here(PathBuf),
    /// The same name with other letters in other case.
    OtherCase(String),
    Nowhere,
}

/// Says whether a file is to be filled in elsewhere: its links and words are not about this folder. A text
/// about templates is none.
pub fn is_template(relative: &str) -> bool {
    let lower = relative.to_ascii_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let mut words = stem.split(['-', '_', '.', ' ']);
    words.clone().next_back() == Some("template")
        || words.next() == Some("template")
        || folders
            .split('/')
            .any(|it| matches!(it, "template" | "templates" | "assets" | "evals" | "fixtures"))
}

/// Returns path and anchor of a link to a file; `None` for other links and for placeholders.
fn parts(target: &str) -> Option<(String, Option<String>)> {
    let target = target.trim();
    let scheme = target.split_once(':').is_some_and(|(it, _)| {
        it.len() > 1
            && it.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'))
            && !it.contains('.')
    });
    // Words and calls are placeholders, unless they end like a file.
    let ending = target.split(['#', '?']).next().and_then(|it| it.rsplit_once('.')).map(|it| it.1);
    let is_file = ending.is_some_and(|it| {
        (1..=5).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric())
    });
    let made_up = target.contains(['{', '}', '<', '>', '$', '*', '|', '\\', '`', '[', '"'])
        || (!is_file && target.contains([' ', '(']))
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
pub fn normal(path: &Path) -> PathBuf {
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

/// Returns where a link leads; the disk is asked once.
fn find<'a>(skill: &Skill, page: &Page, link: &'a FileLink) -> &'a Found {
    link.found.get_or_init(|| look_for(skill, page, &link.path))
}

fn look_for(skill: &Skill, page: &Page, path: &str) -> Found {
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

/// Returns the links of a page to files.
pub fn file_links(page: &Page) -> &[FileLink] {
    let link = |it: &PageLink| {
        let (path, anchor) = parts(&it.target)?;
        Some(FileLink { span: it.span, path, anchor, found: OnceCell::new() })
    };
    page.links.get_or_init(|| match is_template(&page.relative) {
        true => Vec::new(),
        false => page.md.links.iter().filter_map(link).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_about_templates_is_no_template() {
        for it in ["templates/a.md", "plan-template.md", "TEMPLATE.md", "assets/x/a.md"] {
            assert!(is_template(it), "{it}");
        }
        for it in ["prompt-templates.md", "templating.md", "reference/a.md", "SKILL.md"] {
            assert!(!is_template(it), "{it}");
        }
    }

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
