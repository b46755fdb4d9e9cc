use super::{GOOD, TROJAN, each_wide};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

/// What its fix does.
pub const FIX: &str =
    "Takes the character out between two letters or digits that are not in a block of code.";

pub const RULE: Rule = Rule {
    name: "zero-width",
    group: "hidden text and secrets",
    level: Level::Info,
    what: "A character without width between Latin letters or spaces.",
    why: "Words that look alike are then not: searches and commands fail. In emoji and other scripts it is needed.",
    example: &[("reference.md", "# R\n\nRun `sh\u{200b}ip`.\n")],
    instead: GOOD,
    source: TROJAN,
    check: Check::Page(|_, page, sink| {
        each_wide(page, &[0xe2, 0xef], &mut |at, it| {
            let joins = matches!(it, '\u{200c}' | '\u{200d}');
            let invisible = joins || matches!(it, '\u{200b}' | '\u{2060}' | '\u{feff}') && at > 0;
            let plain = |it: Option<char>| it.is_none_or(|it| it.is_ascii());
            let before = page.text[..at].chars().next_back();
            let after = page.text[at + 3..].chars().next();
            if invisible && plain(before) && plain(after) {
                let span = Span::new(at, at + 3);
                let found = sink.add(span, format!("U+{:04X} cannot be seen", u32::from(it)));
                found.help("take the character out");
                // Beside a sign it may keep Markdown from reading that sign.
                let inside = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
                if inside(before) && inside(after) && !page.md.is_in_block(at) {
                    found.fix(span, "");
                }
            }
        });
    }),
};
