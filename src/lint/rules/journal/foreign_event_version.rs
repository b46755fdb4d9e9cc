use super::{JOURNAL, line};
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
    example: &[(
        "/.learn/events/2026-11/01M7W6C3800000000000000002.json",
        "{\"v\":2,\"id\":\"01M7W6C3800000000000000002\",\"at\":\"2026-11-20T10:00:00Z\",\"skill\":\"ship\",\"kind\":\"occurrence\",\"pitfall\":\"late-alert\"}\n",
    )],
    instead: JOURNAL,
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
