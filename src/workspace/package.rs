//! Which learnings.md the npm package of this project ships over the user's.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jsonc_parser::ast::{Array, Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, parse_to_ast};

use crate::hook::settings::STRICT;
use crate::text::Span;
use crate::workspace::Workspace;

/// A learnings.md that is shipped, and what in package.json does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// From the root.
    pub path: String,
    /// The entry of `files`; `None` where the package has no such list.
    pub entry: Option<String>,
    /// The entry, or the name of the package.
    pub span: Span,
}

/// Returns what a package.json ships, as npm 11 decides it; nothing for a text that is no JSON, a package that is
/// private, and one without `files` that nothing says is ever published.
///
/// Source: `npm-packlist`, which npm asks.
pub fn shipped(workspace: &Workspace, package: &str) -> Vec<Shipped> {
    let Ok(parsed) = parse_to_ast(package, &CollectOptions::default(), &STRICT) else {
        return Vec::new();
    };
    let Some(Value::Object(object)) = parsed.value else { return Vec::new() };
    if object.get_boolean("private").is_some_and(|it| it.value) {
        return Vec::new();
    }
    let root = &workspace.store.root;
    let list = object.get_array("files");
    if list.is_none() && !is_published(&object, root) {
        return Vec::new();
    }
    let entries: Vec<(String, Span)> = list.map(entries).unwrap_or_default();
    // A file that is named has the last word, wherever its entry stands.
    let (exact, globs): (Vec<_>, Vec<_>) =
        entries.iter().partition(|it| root.join(clean(&it.0)).is_file());
    let names = globs.iter().chain(&exact).map(|it| it.0.as_str());
    let files = list.and_then(|_| files_rules(root, names));
    let all = workspace.skills.iter().flat_map(|it| workspace.files(it));
    let mut res = Vec::new();
    for path in all.filter(|it| it.exists()) {
        let Ok(relative) = path.strip_prefix(root) else { continue };
        if is_out(root, relative, files.as_ref()) {
            continue;
        }
        let alone = |it: &&(String, Span)| {
            files_rules(root, std::iter::once(it.0.as_str()))
                .is_some_and(|it| it.matched(relative, false).is_whitelist())
        };
        let by = exact.iter().chain(&globs).copied().find(alone);
        res.push(Shipped {
            path: workspace.store.shown(&path),
            entry: by.map(|it| it.0.clone()),
            span: by.map_or_else(|| top(&object), |it| it.1),
        });
    }
    res
}

fn entries(list: &Array<'_>) -> Vec<(String, Span)> {
    let text = |it: &Value<'_>| {
        let it = it.as_string_lit()?;
        Some((it.value.to_string(), Span::new(it.range.start, it.range.end)))
    };
    list.elements.iter().filter_map(text).collect()
}

/// Most projects with a package.json and no `files` are programs that nobody publishes.
fn is_published(package: &Object<'_>, root: &Path) -> bool {
    package.get("publishConfig").is_some() || root.join(".npmignore").is_file()
}

fn top(package: &Object<'_>) -> Span {
    let name = package.get("name").map(|it| it.value.range());
    name.map_or_else(|| Span::new(0, 0), |it| Span::new(it.start, it.end))
}

/// `files` as npm turns them into rules: everything is out but what they name.
fn files_rules<'a>(root: &Path, files: impl Iterator<Item = &'a str>) -> Option<Gitignore> {
    let mut res = GitignoreBuilder::new(root);
    res.add_line(None, "*").ok()?;
    for file in files {
        let file = file.strip_prefix('.').filter(|it| it.starts_with('/')).unwrap_or(file);
        let whole = if file.ends_with("/*") { format!("{file}*") } else { file.to_owned() };
        let (mark, bare) = match whole.strip_prefix('!') {
            Some(it) => ("", it),
            None => ("!", whole.as_str()),
        };
        // What npm does not take for a glob, the builder may: such an entry names nothing.
        drop(res.add_line(None, &format!("{mark}{bare}")));
        if root.join(clean(bare)).is_dir() {
            drop(res.add_line(None, &format!("{mark}{}/**", bare.trim_end_matches('/'))));
        }
    }
    res.build().ok()
}

/// The file beside a package.json or in a folder below it that says what to leave out.
fn ignore_file(dir: &Path) -> Option<Gitignore> {
    let names = [".npmignore", ".gitignore"];
    let path = names.iter().map(|it| dir.join(it)).find(|it| it.is_file())?;
    let mut res = GitignoreBuilder::new(dir);
    match res.add(path) {
        Some(_) => None,
        None => res.build().ok(),
    }
}

/// Says whether a file is left out. Of the rules in the folders above it the nearest decides; in a folder that is left
/// out itself, nobody looks any more.
fn is_out(root: &Path, relative: &Path, files: Option<&Gitignore>) -> bool {
    if relative.components().any(|it| it.as_os_str() == "node_modules") {
        return true;
    }
    let mut above: Vec<&Path> = relative.ancestors().skip(1).collect();
    above.reverse();
    let mut rules: Vec<(&Path, Gitignore)> = Vec::new();
    for folder in above {
        if decide(&rules, folder, true) == Some(true) {
            return true;
        }
        // At the root, `files` stands in place of an ignore file.
        if files.is_none() || folder != Path::new("") {
            rules.extend(ignore_file(&root.join(folder)).map(|it| (folder, it)));
        }
    }
    let named = || files.is_some_and(|it| it.matched(relative, false).is_ignore());
    decide(&rules, relative, false).unwrap_or_else(named)
}

/// Returns whether the last of the rules that speak about a path leaves it out.
fn decide(rules: &[(&Path, Gitignore)], path: &Path, is_dir: bool) -> Option<bool> {
    let said = |(folder, rules): &(&Path, Gitignore)| {
        let said = rules.matched(path.strip_prefix(folder).unwrap_or(path), is_dir);
        (!said.is_none()).then(|| said.is_ignore())
    };
    rules.iter().rev().find_map(said)
}

/// An entry as a path from the root.
fn clean(entry: &str) -> &str {
    entry.trim_start_matches("./").trim_matches('/')
}
