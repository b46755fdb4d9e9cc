use crate::hook::listed::listed;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "unknown-hook-event",
    group: "hooks and settings",
    level: Level::Info,
    what: "A hook at an event that Claude Code does not have.",
    why: "It is never called, and versions before 2.1.101 read nothing of a file with such a name.",
    example: &[(
        "/.claude/settings.json",
        "{\"hooks\": {\"Stopp\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"learn hook\"}]}]}}\n",
    )],
    instead: &[(
        "/.claude/settings.json",
        "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"learn hook\"}]}]}}\n",
    )],
    source: "https://code.claude.com/docs/en/hooks",
    check: Check::Project(unknown_hook_event),
};

fn unknown_hook_event(project: &Project) -> Vec<Found> {
    let mut res: Vec<Found> = Vec::new();
    for file in &project.settings {
        for it in listed(&file.text).unwrap_or_default() {
            let name = it.event.value.as_str();
            let is_seen =
                res.iter().any(|other| other.span == it.event.span && other.file.path == file.path);
            if EVENTS.contains(&name) || is_seen {
                continue;
            }
            let near = EVENTS.iter().max_by(|a, b| {
                let like = |it: &str| strsim::jaro_winkler(it, name);
                like(a).total_cmp(&like(b))
            });
            let help = near.map_or_else(String::new, |it| format!("did you mean `{it}`?"));
            res.push(Found::new(
                file,
                it.event.span,
                format!("no event is called `{name}`"),
                &help,
            ));
        }
    }
    res
}

/// As of Claude Code 2.1.330, 2026-11.
const EVENTS: [&str; 33] = [
    "SessionStart",
    "Setup",
    "InstructionsLoaded",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "MessageDisplay",
    "PreToolUse",
    "PermissionRequest",
    "PermissionDenied",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "Notification",
    "SubagentStart",
    "SubagentStop",
    "TaskCreated",
    "TaskCompleted",
    "Stop",
    "StopFailure",
    "TeammateIdle",
    "ConfigChange",
    "CwdChanged",
    "DirectoryAdded",
    "FileChanged",
    "WorktreeCreate",
    "WorktreeRemove",
    "PreCompact",
    "PostCompact",
    "Elicitation",
    "ElicitationResult",
    "SessionEnd",
    "PreModelSwitch",
    "PostModelSwitch",
];
