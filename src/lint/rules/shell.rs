//! Shell commands in blocks of code: read as text, never run.

use super::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::lines;
use crate::text::Span;

/// Returns the lines of all blocks of shell code.
pub fn shell_lines(page: &Page) -> impl Iterator<Item = Span> + '_ {
    let blocks = page.md.blocks.iter().filter(|it| {
        let word = it.info.split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or("");
        matches!(word, "sh" | "bash" | "shell" | "zsh" | "console")
    });
    blocks.flat_map(|it| {
        let count = lines(&page.text, it.span).count();
        let inner = count.saturating_sub(1 + usize::from(it.closed));
        lines(&page.text, it.span).skip(1).take(inner)
    })
}

pub const SWALLOWED_FAILURE: Rule = Rule {
    name: "swallowed-failure",
    group: "code in skills",
    level: Level::Warning,
    what: "A check that prints its failure and then counts as passed: `check || echo \"failed\"`.",
    why: "The exit code is that of `echo`, so nothing stops at the failure.",
    example: &[("reference.md", "# R\n\n```sh\nnpm test || echo \"❌ tests failed\"\n```\n")],
    instead: &[(
        "reference.md",
        "# R\n\n```sh\nnpm test || { echo \"❌ tests failed\"; exit 1; }\n```\n",
    )],
    source: "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_09_03",
    check: Check::Page(swallowed_failure),
};

fn swallowed_failure(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for line in shell_lines(page) {
        let own = line.of(&page.text);
        let Some(at) = own.find("|| echo ") else { continue };
        let (before, after) = (&own[..at], own[at + 8..].trim_end());
        let comment = own.trim_start().starts_with('#');
        // `$(x || echo none)` gives a value; `a && echo yes || echo no` reports both ends.
        let value =
            before.matches("$(").count() > before.matches(')').count() || before.contains('`');
        let both = before.contains("echo ");
        let goes_on = [";", "&&", "exit", "return", "{", ">", "|", "\\"]
            .iter()
            .any(|it| outside_quotes(after).contains(it));
        let lower = after.to_lowercase();
        let failure = ["❌", "✗", "🚫", "fail", "error", "abort", "fatal", "blocked"]
            .iter()
            .any(|it| lower.contains(it));
        let denied = ["no error", "not fail", "ignor", "expected", "warn", "may ", "skip"]
            .iter()
            .any(|it| lower.contains(it));
        if !comment && !value && !both && !goes_on && failure && !denied {
            let start = line.start + at;
            sink.add(
                Span::new(start, line.start + own.trim_end().len()),
                "after this the check counts as passed, whatever it found",
            )
            .help("write `|| { echo …; exit 1; }`");
        }
    }
}

/// Returns the text without what stands in quotes.
fn outside_quotes(text: &str) -> String {
    let mut quote = None;
    let keep = |it: &char| match quote {
        Some(open) if *it == open => {
            quote = None;
            false
        }
        Some(_) => false,
        None if matches!(it, '"' | '\'') => {
            quote = Some(*it);
            false
        }
        None => true,
    };
    text.chars().filter(keep).collect()
}

pub const PIPE_TO_SHELL: Rule = Rule {
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
        for line in shell_lines(page) {
            let own = line.of(&page.text);
            let command = own.trim_start().trim_start_matches("$ ").trim_start_matches("sudo ");
            let fetches = command.starts_with("curl ") || command.starts_with("wget ");
            let Some(at) = own.rfind('|').filter(|_| fetches) else { continue };
            let mut words =
                own[at + 1..].split_whitespace().filter(|it| !matches!(*it, "sudo" | "-E" | "env"));
            let runs = words
                .next()
                .is_some_and(|it| matches!(it.rsplit('/').next(), Some("sh" | "bash" | "zsh")));
            if runs {
                let start = line.start + own.len() - own.trim_start().len();
                sink.add(
                    Span::new(start, line.start + own.trim_end().len()),
                    "this runs what it downloads",
                )
                .help("download to a file, look at it, then run it");
            }
        }
    }),
};

pub const PLACEHOLDER_HOST: Rule = Rule {
    name: "placeholder-host",
    group: "code in skills",
    level: Level::Info,
    what: "A command with a host that was to be replaced, such as `http://production-url/`.",
    why: "An agent runs it as it stands, and it fails.",
    example: &[("reference.md", "# R\n\n```sh\ncurl -f https://production-url/health\n```\n")],
    instead: &[("reference.md", "# R\n\n```sh\ncurl -f \"$PRODUCTION_URL/health\"\n```\n")],
    source: "",
    check: Check::Page(|_, page, sink| {
        for line in shell_lines(page) {
            let own = line.of(&page.text);
            for at in memchr::memmem::find_iter(own.as_bytes(), "://") {
                let rest = &own[at + 3..];
                let end = rest
                    .find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.')))
                    .unwrap_or(rest.len());
                let host = &rest[..end];
                let made_up = !host.contains('.')
                    && (host.ends_with("-url")
                        || host.ends_with("_url")
                        || host.starts_with("your-")
                        || host.ends_with("-host"));
                if made_up
                    && rest[end..].chars().next().is_none_or(|it| !matches!(it, '}' | '>' | '@'))
                {
                    sink.add(
                        Span::new(line.start + at + 3, line.start + at + 3 + end),
                        format!("`{host}` is no host"),
                    )
                    .help("take it from a variable, and say where it is set");
                }
            }
        }
    }),
};
