use super::LINES;
use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};

pub const RULE: Rule = Rule {
    name: "long-body",
    group: "structure",
    level: Level::Info,
    what: "A SKILL.md of more than 500 lines behind its head.",
    why: "All of it is loaded whenever the skill is; details belong into files that are read on demand.",
    example: &[],
    instead: &[],
    source: CLAUDE,
    check: Check::Skill(|_, page, sink| {
        let body = page.text[page.head.body..].trim_end();
        let count = memchr::memchr_iter(b'\n', body.as_bytes()).count() + 1;
        if count > LINES {
            sink.add(
                page.head.top(&page.text),
                format!("the body has {count} lines, more than {LINES}"),
            )
            .help("move details to files that SKILL.md links to");
        }
    }),
};
