use crate::hook::listed::listed;
use crate::hook::shell;
use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};
use crate::store::git;

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
    let mut missing = Vec::new();
    for file in &project.settings {
        for command in
            listed(&file.text).unwrap_or_default().into_iter().filter_map(|it| it.command)
        {
            let script = script(&command.value);
            let script = script.filter(|it| !project.root.join(it).exists());
            missing.extend(script.map(|path| (file, command.span, path)));
        }
    }
    if missing.is_empty() {
        return Vec::new();
    }
    // What git ignores is made by a build or an installation, which need not have run here.
    let paths: Vec<&str> = missing.iter().map(|it| it.2.as_str()).collect();
    let ignored = git::ignored(&project.root, &paths);
    missing.retain(|it| !ignored.iter().any(|ignored| ignored.path == it.2));
    let found = |(file, span, path): (_, _, String)| {
        Found::new(
            file,
            span,
            format!("`{path}` is not there"),
            "mend the path, or take the hook out",
        )
    };
    missing.into_iter().map(found).collect()
}

/// Returns the script of the project that a command runs first, from the root; `None` for programs of the system
/// and for paths that only the shell knows.
fn script(command: &str) -> Option<String> {
    let line = shell::split(command);
    let mut words = line.commands.first().filter(|_| !line.is_open)?.words.iter().peekable();
    let mut first = words.next()?;
    if let Some((_, subcommand, options)) = PROGRAMS.iter().find(|it| it.0 == first) {
        words.next_if(|it| it == subcommand);
        // Behind any other option stands code, a module or what else it takes.
        while words.next_if(|it| options.contains(&it.as_str())).is_some() {}
        first = words.next()?;
    }
    let mut path = first.as_str();
    for variable in [
        "$CLAUDE_PROJECT_DIR",
        "${CLAUDE_PROJECT_DIR}",
        "$CLAUDE_PLUGIN_ROOT",
        "${CLAUDE_PLUGIN_ROOT}",
        ".",
    ] {
        path = path.strip_prefix(variable).and_then(|it| it.strip_prefix('/')).unwrap_or(path);
    }
    let is_plain = path.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_./ ".contains(&it));
    let is_path = path != first || path.contains('/');
    let is_below = !path.starts_with(['/', '.', '-']) || path.starts_with(".claude/");
    let is_made = path.split('/').any(|it| MADE.contains(&it));
    (is_plain && is_path && is_below && !is_made).then(|| path.to_owned())
}

/// What runs the script that is named behind it, the subcommand that does, and options without a value.
const PROGRAMS: [(&str, &str, &[&str]); 10] = [
    ("sh", "", &["-e", "-u", "-x", "-eu", "-ex", "-eux"]),
    ("bash", "", &["-e", "-u", "-x", "-eu", "-ex", "-eux", "-l", "--norc", "--noprofile"]),
    ("zsh", "", &["-e", "-u", "-x", "-f"]),
    ("python", "", &["-u", "-B", "-E", "-I", "-O", "-q"]),
    ("python3", "", &["-u", "-B", "-E", "-I", "-O", "-q"]),
    ("node", "", &["--no-warnings", "--enable-source-maps"]),
    ("ruby", "", &["-w"]),
    ("perl", "", &["-w"]),
    ("deno", "run", &["-A", "--allow-all", "-q", "--quiet"]),
    ("bun", "run", &["--silent"]),
];

/// Folders of what a build or an installation makes.
const MADE: [&str; 7] = ["node_modules", "target", "dist", "build", "out", ".venv", "venv"];

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
            ("\"$CLAUDE_PROJECT_DIR/my hooks/a.sh\" x", Some("my hooks/a.sh")),
            ("./my\\ hooks/a.sh", Some("my hooks/a.sh")),
            ("perl -pe s/a/b/", None),
            ("node -p a/b", None),
            ("sh -s a/b", None),
            ("python3 -m a/b", None),
            ("python3 -u a/b.py", Some("a/b.py")),
            ("node_modules/.bin/x", None),
            ("target/release/x", None),
            ("env A=b scripts/a.sh", Some("scripts/a.sh")),
            ("A=b/c scripts/a.sh", Some("scripts/a.sh")),
            ("deno run -A scripts/a.ts", Some("scripts/a.ts")),
            ("bun run scripts/a.ts", Some("scripts/a.ts")),
            ("bun run lint", None),
            ("scripts/a.sh; true", Some("scripts/a.sh")),
            ("scripts/a.sh&&true", Some("scripts/a.sh")),
            ("scripts/a.sh>log", Some("scripts/a.sh")),
            ("scripts/$NAME.sh", None),
            ("scripts/\"a", None),
            ("", None),
        ] {
            assert_eq!(script(command).as_deref(), path, "{command}");
        }
    }
}
