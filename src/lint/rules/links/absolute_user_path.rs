use crate::lint::rules::{Check, Rule, SPEC, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

/// Names that stand for a reader, and those of machines that are the same everywhere.
const ANYBODY: [&str; 34] = [
    "user",
    "users",
    "username",
    "you",
    "yourname",
    "yourusername",
    "your",
    "me",
    "name",
    "xxx",
    "someone",
    "example",
    "foo",
    "bar",
    "dev",
    "runner",
    "ubuntu",
    "node",
    "app",
    "vscode",
    "ec2-user",
    "circleci",
    "deploy",
    "shared",
    "public",
    "default",
    "jovyan",
    "pi",
    "git",
    "admin",
    "root",
    "linuxbrew",
    "vagrant",
    "myuser",
];

pub const RULE: Rule = Rule {
    name: "absolute-user-path",
    group: "links",
    level: Level::Warning,
    what: "A path below somebody's home folder, such as `/Users/alice/work`.",
    why: "It exists on one machine only. Names such as `user` or `you` are examples.",
    example: &[("reference.md", "# R\n\nRun /Users/alice/bin/ship.\n")],
    instead: &[("reference.md", "# R\n\nRun ~/bin/ship, or /Users/you/bin/ship.\n")],
    source: SPEC,
    check: Check::Page(absolute_user_path),
};

fn absolute_user_path(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for mark in ["/Users/", "/home/", ":\\Users\\"] {
        for at in memchr::memmem::find_iter(page.text.as_bytes(), mark) {
            let before = page.text[..at].chars().next_back();
            let inside = before.is_some_and(|it| {
                it.is_alphanumeric() || matches!(it, '/' | '.' | '~' | '}' | '_' | '-' | '*')
            });
            if inside && !mark.starts_with(':') {
                continue;
            }
            let rest = &page.text[at + mark.len()..];
            let end = rest
                .find(|it: char| !(it.is_alphanumeric() || matches!(it, '-' | '_' | '.')))
                .unwrap_or(rest.len());
            let name = rest[..end].to_lowercase();
            let goes_on = rest[end..].starts_with(['/', '\\']);
            let anybody = ANYBODY.contains(&name.as_str())
                || name.starts_with("your")
                || name.contains("example")
                || name.starts_with("my");
            if end == 0 || !goes_on || anybody {
                continue;
            }
            let start = if mark.starts_with(':') { at.saturating_sub(1) } else { at };
            sink.add(
                Span::new(start, at + mark.len() + end),
                format!("`{}{}` is somebody's own folder", mark, &rest[..end]),
            )
            .help("write it relative to the skill, or with `~`");
        }
    }
}
