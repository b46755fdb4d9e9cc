use super::{GOOD, TROJAN, each_wide};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "bidirectional-control",
    group: "hidden text and secrets",
    level: Level::Error,
    what: "A control character that turns the direction of the text around.",
    why: "People then read another order than agents do.",
    example: &[("reference.md", "# R\n\nRun `ship \u{202e}live`.\n")],
    instead: GOOD,
    source: TROJAN,
    check: Check::Page(|_, page, sink| {
        each_wide(page, &[0xe2], &mut |at, it| {
            if matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
                sink.add(
                    Span::new(at, at + 3),
                    format!("U+{:04X} turns the direction of the text around", u32::from(it)),
                )
                .help("take the character out");
            }
        });
    }),
};
