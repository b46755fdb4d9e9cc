use super::JOURNAL;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, FORMAT, Rule};

pub const RULE: Rule = Rule {
    name: "future-event",
    group: "journal",
    level: Level::Warning,
    what: "An event of more than a day from now.",
    why: "A clock was wrong: the event hides newer ones, and its day is none.",
    example: &[(
        "/.learn/events/2026-11/01M7W6C3800000000000000002.json",
        "{\"v\":1,\"id\":\"01M7W6C3800000000000000002\",\"at\":\"2027-03-01T10:00:00Z\",\"skill\":\"ship\",\"kind\":\"occurrence\",\"pitfall\":\"late-alert\"}\n",
    )],
    instead: JOURNAL,
    source: FORMAT,
    check: Check::Project(future_event),
};

fn future_event(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    for ((source, line), id, at) in &project.journal.future {
        let (file, span) = project.line((source, *line));
        let help = format!("`learn retract {id} --why …`, then record it with `--at`");
        res.push(Found::new(&file, span, format!("happens on {at}"), &help));
    }
    res
}
