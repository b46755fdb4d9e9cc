use crate::hook::listed::listed;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "hook-not-found",
    group: "hooks and settings",
    level: Level::Warning,
    what: "A hook that runs a script of the project which is not there.",
    why: "The agent says so in its log, and goes on without.",
    example: &[(
        "/.claude/settings.json",
        "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"scripts/gone.sh\"}]}]}}\n",
    )],
    instead: &[(
        "/.claude/settings.json",
        "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"learn hook\"}]}]}}\n",
    )],
    source: "https://code.claude.com/docs/en/hooks",
    check: Check::Project(hook_not_found),
};

fn hook_not_found(project: &Project) -> Vec<Found> {
    let mut res = Vec::new();
    for file in &project.settings {
        for command in
            listed(&file.text).unwrap_or_default().into_iter().filter_map(|it| it.command)
        {
            let Some(path) = script(&command.value) else { continue };
            if !project.root.join(&path).exists() {
                let message = format!("`{path}` is not there");
                res.push(Found::new(
                    file,
                    command.span,
                    message,
                    "mend the path, or take the hook out",
                ));
            }
        }
    }
    res
}

/// Returns the script of the project that a command runs, from the root; `None` for programs of the system and for
/// paths that only the shell knows.
fn script(command: &str) -> Option<String> {
    let mut words = command.split_whitespace();
    let mut first = words.next()?;
    if PROGRAMS.contains(&first) {
        let is_shell = first.ends_with("sh");
        // What follows is a script itself, and no name of one.
        let is_code = |it: &str| it == "-c" || (it == "-e" && !is_shell);
        first = words.find(|it| !it.starts_with('-') || is_code(it)).filter(|it| !is_code(it))?;
    }
    let bare = first.replace(['"', '\''], "");
    let mut path = bare.as_str();
    for variable in [
        "$CLAUDE_PROJECT_DIR",
        "${CLAUDE_PROJECT_DIR}",
        "$CLAUDE_PLUGIN_ROOT",
        "${CLAUDE_PLUGIN_ROOT}",
        ".",
    ] {
        path = path.strip_prefix(variable).and_then(|it| it.strip_prefix('/')).unwrap_or(path);
    }
    let is_plain = path.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_./".contains(&it));
    let is_path = path != bare || path.contains('/');
    (is_plain && is_path && !path.starts_with(['/', '.'])
        || path.starts_with(".claude/") && is_plain)
        .then(|| path.to_owned())
}

/// What runs the script that is named behind it.
const PROGRAMS: [&str; 10] =
    ["sh", "bash", "zsh", "python", "python3", "node", "ruby", "perl", "deno", "bun"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_of_the_project_are_asked_for() {
        for (command, path) in [
            ("learn hook", None),
            ("\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/a.sh --x", Some(".claude/hooks/a.sh")),
            ("${CLAUDE_PROJECT_DIR}/run.sh", Some("run.sh")),
            ("bash -e scripts/a.sh", Some("scripts/a.sh")),
            ("./scripts/a.sh", Some("scripts/a.sh")),
            (".claude/hooks/a.sh", Some(".claude/hooks/a.sh")),
            ("/usr/local/bin/x", None),
            ("~/bin/x", None),
            ("$HOME/bin/x", None),
            ("../x/y.sh", None),
            ("test -f a/b && learn hook", None),
            ("bash -c 'a/b'", None),
            ("node -e 'a/b'", None),
            ("", None),
        ] {
            assert_eq!(script(command).as_deref(), path, "{command}");
        }
    }
}
