use std::path::{Path, PathBuf};

use crate::lint::Level;
use crate::lint::project::TextFile;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::markdown::lines;
use crate::store::git;
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "ignored-learnings",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A learnings.md or a journal that git ignores.",
    why: "What was learned stays on one machine. A journal that `init --private` keeps out is no finding.",
    example: &[],
    instead: &[],
    source: FORMAT,
    check: Check::Project(ignored_learnings),
};

fn ignored_learnings(project: &Project) -> Vec<Found> {
    let store = &project.workspace.store;
    if git::git_dir(&store.root).is_none() || !store.exists() {
        return Vec::new();
    }
    let files: Vec<(String, TextFile)> = learnings(project);
    let mut paths: Vec<&str> = files.iter().map(|it| it.0.as_str()).collect();
    if project.is_whole && !git::is_excluded(&store.root, ".learn/") {
        paths.push(EVENT);
    }
    let ignored = git::ignored(&store.root, &paths);
    let mut res = Vec::new();
    for it in ignored {
        let what = if it.path == EVENT { ".learn/" } else { &it.path };
        let by = project.text(&it.file).filter(|_| !Path::new(&it.file).is_absolute());
        let own = files.iter().find(|file| file.0 == it.path).map(|it| it.1.clone());
        let (file, span) = match (by, own) {
            (Some(by), _) => {
                let span = lines(&by.text, Span::new(0, by.text.len())).nth(it.line - 1);
                (by, span.unwrap_or_default())
            }
            (None, Some(own)) => (own, Span::default()),
            (None, None) => (project.lossy(".gitignore"), Span::default()),
        };
        let help = format!("take the pattern out: line {} of `{}`", it.line, it.file);
        res.push(Found::new(&file, span, format!("git ignores `{what}`"), &help));
    }
    res
}

/// A name that an event could have.
const EVENT: &str = ".learn/events/x.json";

/// Returns the learnings.md files that are linted, with their path from the root. The walk over a project leaves out
/// what git ignores, so of a whole project all are asked about.
fn learnings(project: &Project) -> Vec<(String, TextFile)> {
    let all = project.workspace.skills.iter().flat_map(|it| project.workspace.files(it));
    let named = |path: PathBuf| {
        let shown = project.workspace.store.shown(&path);
        let file = project.learnings(&path);
        let file = file.or_else(|| project.text(&shown).filter(|_| project.is_whole))?;
        Some((shown, file))
    };
    all.filter_map(named).collect()
}
