use super::{shell_lines, without_quoted};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "pipe-to-shell",
    group: "code in skills",
    level: Level::Warning,
    what: "A command that runs what it downloads: `curl … | sh`.",
    why: "An agent runs it without anybody having read it.",
    example: &[(
        "reference.md",
        "# R\n\n```sh\ncurl -fsSL https://get.example.org/ship.sh | sh\n```\n",
    )],
    instead: &[(
        "reference.md",
        "# R\n\n```sh\ncurl -fsSLo ship.sh https://get.example.org/ship.sh\nless ship.sh && sh ship.sh\n```\n",
    )],
    source: "https://owasp.org/www-community/attacks/Code_Injection",
    check: Check::Page(|_, page, sink| {
        if !page.has_any(&["curl ", "wget "]) {
            return;
        }
        for line in shell_lines(page) {
            let own = line.of(&page.text).trim_end();
            let hidden = without_quoted(own);
            let mut start = 0;
            for end in ends(&hidden) {
                let command = own[start..end].trim_start_matches(BEFORE);
                let command = WORDS
                    .iter()
                    .fold(command, |it, word| it.strip_prefix(word).unwrap_or(it).trim_start());
                let at = line.start + end - command.len();
                if pipes(command) || substitutes(command) {
                    let command = Span::new(at, at + command.trim_end().len());
                    sink.add(command, "this runs what it downloads")
                        .help("download to a file, look at it, then run it");
                }
                start = end;
            }
        }
    }),
};

/// What parts commands and what may stand before one.
const BEFORE: [char; 7] = [' ', '\t', ';', '&', '|', '(', '{'];
const WORDS: [&str; 5] = ["$ ", "if ", "! ", "then ", "do "];

/// Returns where the commands of a line end.
fn ends(line: &str) -> Vec<usize> {
    let mut res: Vec<usize> =
        [";", "&&", "||"].iter().flat_map(|it| line.match_indices(it)).map(|it| it.0).collect();
    res.push(line.len());
    res.sort_unstable();
    res
}

/// `curl … | sh`
fn pipes(command: &str) -> bool {
    let first = command.strip_prefix("sudo ").unwrap_or(command);
    let fetches = first.starts_with("curl ") || first.starts_with("wget ");
    let Some((_, last)) = command.rsplit_once('|').filter(|_| fetches) else { return false };
    let mut words = last.split_whitespace().filter(|it| !matches!(*it, "sudo" | "-E" | "env"));
    words.next().is_some_and(is_shell)
}

/// `bash <(curl …)` and `sh -c "$(curl …)"`
fn substitutes(command: &str) -> bool {
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    let Some((_, rest)) = command.split_once(' ').filter(|it| is_shell(it.0)) else {
        return false;
    };
    let rest = rest.trim_start().trim_start_matches("-c ").trim_start_matches(['"', '\'']);
    ["<(", "$(", "`"].iter().any(|open| {
        rest.strip_prefix(open).is_some_and(|it| it.starts_with("curl ") || it.starts_with("wget "))
    })
}

fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "zsh"))
}
