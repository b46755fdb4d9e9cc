use crate::hook::listed::listed;
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
    let mut res = Vec::new();
    for file in &project.settings {
        for command in
            listed(&file.text).unwrap_or_default().into_iter().filter_map(|it| it.command)
        {
            let Some(path) = script(&command.value) else { continue };
            let is_missing = !project.root.join(&path).exists();
            // What git ignores is made by a build or an installation, which need not have run here.
            if is_missing && git::ignored(&project.root, &[path.as_str()]).is_empty() {
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

/// Returns the script of the project that a command runs first, from the root; `None` for programs of the system
/// and for paths that only the shell knows.
fn script(command: &str) -> Option<String> {
    let words = first_command(command)?;
    let is_setting = |it: &&String| {
        it.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        })
    };
    let mut words = words.iter().skip_while(is_setting).peekable();
    while words.next_if(|it| matches!(it.as_str(), "env" | "exec" | "command" | "nohup")).is_some()
    {
        while words.next_if(is_setting).is_some() {}
    }
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

/// Splits the first of the commands of a shell line into words, quotes taken off; `None` where a quote is open.
fn first_command(line: &str) -> Option<Vec<String>> {
    let mut res: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(it) = chars.next() {
        match it {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == it => break,
                        '\\' if it == '"' => word.push(chars.next()?),
                        other => word.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            ';' | '&' | '|' | '\n' | '<' | '>' => break,
            it if it.is_whitespace() => res.extend(word.take()),
            it => word.get_or_insert_default().push(it),
        }
    }
    res.extend(word);
    Some(res)
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
