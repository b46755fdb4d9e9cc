use crate::hook::listed::listed;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "broken-settings",
    group: "hooks and settings",
    level: Level::Error,
    what: "Settings of an agent that are no JSON, or too deep to be read here.",
    why: "Claude Code reads nothing of a file that is no JSON: every hook and permission in it is off.",
    example: &[("/.claude/settings.json", "{\n  \"hooks\": {},\n}\n")],
    instead: &[(
        "/.claude/settings.json",
        "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"learn hook\"}]}]}}\n",
    )],
    source: "https://code.claude.com/docs/en/hooks",
    check: Check::Project(broken_settings),
};

fn broken_settings(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    for file in &project.settings {
        if let Err(it) = listed(&file.text) {
            res.push(Found::new(file, it.span, it.message, it.help));
        }
    }
    res
}
