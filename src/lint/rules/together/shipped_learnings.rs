use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};
use crate::text::Span;
use crate::workspace::package;

pub const RULE: Rule = Rule {
    name: "shipped-learnings",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A package whose `files` ship learnings.md.",
    why: "Installing the package overwrites what its user learned.",
    example: &[],
    instead: &[],
    source: "https://docs.npmjs.com/cli/configuring-npm/package-json#files",
    check: Check::Project(shipped_learnings),
};

fn shipped_learnings(project: &Project) -> Vec<Found> {
    let Some(file) = project.text("package.json").filter(|_| project.is_whole) else {
        return Vec::new();
    };
    let mut res: Vec<Found> = Vec::new();
    for it in package::shipped(&project.workspace, &file.text) {
        let at = file.text.find(&format!("\"{}\"", it.entry)).unwrap_or(0);
        let span = Span::new(at, (at + it.entry.len() + 2).min(file.text.len()));
        let message = format!("this ships `{}` over the user's", it.path);
        // One entry is one cause, however many skills it covers.
        if res.iter().all(|other| other.span != span) {
            res.push(Found::new(&file, span, message, "add \"!**/learnings.md\" to `files`"));
        }
    }
    res
}
