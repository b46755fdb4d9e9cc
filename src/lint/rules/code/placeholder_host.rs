use super::shell_lines;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

pub const RULE: Rule = Rule {
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
