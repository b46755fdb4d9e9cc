use super::LINES;
use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};

const TOKENS: usize = 5_000;

pub const RULE: Rule = Rule {
    name: "heavy-body",
    group: "structure",
    level: Level::Info,
    what: "A SKILL.md of more than about 5,000 tokens.",
    why: "After a compaction Claude Code keeps the first 5,000 tokens of a skill.",
    example: &[],
    instead: &[],
    source: CLAUDE,
    check: Check::Skill(|_, page, sink| {
        let body = &page.text[page.head.body..];
        let count = tokens(body);
        let lines = memchr::memchr_iter(b'\n', body.trim_end().as_bytes()).count() + 1;
        // A long body is one cause; it has its finding.
        if count > TOKENS && lines <= LINES {
            sink.add(
                page.head.top(&page.text),
                format!("the body has about {count} tokens, more than {TOKENS}"),
            )
            .help("move details to files that SKILL.md links to");
        }
    }),
};

/// Estimates tokens: four bytes of ASCII make one, another character is one by itself.
fn tokens(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let other = text.bytes().filter(|it| *it >= 0xc0).count();
    ascii / 4 + other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_estimated_without_a_model() {
        assert_eq!((tokens("abcdabcd"), tokens("中文"), tokens("")), (2, 2, 0));
    }
}
