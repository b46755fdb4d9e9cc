use super::line;
use crate::journal::Damage;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "foreign-event-version",
    group: "journal",
    level: Level::Info,
    what: "An event that a newer program wrote.",
    why: "This one reads it as far as it understands; the rest does not count here.",
    example: &[],
    instead: &[],
    source: FORMAT,
    check: Check::Project(foreign_event_version),
};

fn foreign_event_version(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    for it in &project.journal.problems {
        let Damage::Foreign { version, known_kind } = &it.what else { continue };
        let kind = if *known_kind { "" } else { ", of a kind this program does not know" };
        let (file, span) = line(project, it);
        let message = format!("format {version}{kind}");
        res.push(Found::new(&file, span, message, "install a newer `learn`"));
    }
    res
}
