use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "markup-in-description",
    group: "frontmatter",
    level: Level::Warning,
    what: "A tag such as `<example>` in the description.",
    why: "The description stands in the system prompt; uploads refuse tags in it.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. <example>ship it</example>\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((_, span)) = page.head.text("description") else { return };
        let source = span.of(&page.text);
        let mut at = 0;
        while let Some(open) = source[at..].find('<').map(|it| at + it) {
            let rest = &source[open + 1..];
            let end = rest.find(['<', '>', '\n']);
            let inner = end.filter(|it| rest[*it..].starts_with('>')).map(|it| &rest[..it]);
            let name = inner.map(|it| it.trim_start_matches('/').trim_end_matches('/'));
            if name.is_some_and(|it| {
                it.starts_with(|it: char| it.is_ascii_alphabetic())
                    && it.split_whitespace().next().is_some_and(|word| {
                        word.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
                    })
                    && (!it.contains(' ') || it.contains('='))
            }) {
                let end = open + 2 + inner.map_or(0, str::len);
                let span = Span::new(span.start + open, span.start + end);
                sink.add(span, "a tag in the description").help("say it in words");
                return;
            }
            at = open + 1;
        }
    }),
};
