use super::JOURNAL;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, FORMAT, Rule};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "dangling-reference",
    group: "journal",
    level: Level::Warning,
    what: "An event about another one that is not here.",
    why: "It does nothing until that one comes, from another clone or branch; if it was deleted, it never does.",
    example: &[(
        "/.learn/events/2026-11/01M7W6C3800000000000000002.json",
        "{\"v\":1,\"id\":\"01M7W6C3800000000000000002\",\"at\":\"2026-11-20T10:00:00Z\",\"skill\":\"ship\",\"kind\":\"retraction\",\"of\":\"01M7W6C3800000000000000001\"}\n",
    )],
    instead: JOURNAL,
    source: FORMAT,
    check: Check::Project(dangling_reference),
};

fn dangling_reference(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    for ((source, line), of) in &project.journal.dangling {
        let (file, line) = project.line((source, *line));
        let text = line.of(&file.text);
        let written = format!("\"{of}\"");
        let at = text
            .find(&written)
            .map_or(line, |it| Span::new(line.start + it, line.start + it + written.len()));
        let message = format!("the event {of} is not here");
        res.push(Found::new(&file, at, message, "fetch the branch that has it"));
    }
    res
}
