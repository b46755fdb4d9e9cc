use super::{JOURNAL, line};
use crate::journal::Damage;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "unreadable-event",
    group: "journal",
    level: Level::Error,
    what: "A line of the journal that cannot be read, or that somebody changed.",
    why: "An event that cannot be read does not count; one that was changed may say something else than happened.",
    example: &[("/.learn/events/2026-11/01KA0000000000000000000000.json", "{\"v\":1,\n")],
    instead: JOURNAL,
    source: FORMAT,
    check: Check::Project(unreadable_event),
};

fn unreadable_event(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    for it in &project.journal.problems {
        let message = match &it.what {
            Damage::Unreadable(why) => format!("cannot be read and does not count: {why}"),
            Damage::Checksum => "does not fit its checksum".to_owned(),
            Damage::Misnamed(id) => format!("holds the event {id}, which is not its name"),
            Damage::Conflict(id) => {
                format!("another text has the same id {id}; one of them counts")
            }
            // Other programs may write events without one.
            Damage::NoChecksum | Damage::Foreign { .. } => continue,
        };
        let (file, span) = line(project, it);
        res.push(Found::new(&file, span, message, "take the file from git or from another clone"));
    }
    res
}
