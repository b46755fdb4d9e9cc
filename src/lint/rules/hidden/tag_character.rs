use super::{GOOD, each_wide};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

/// What its fix does.
pub const FIX: &str = "Takes the characters out.";

pub const RULE: Rule = Rule {
    name: "tag-character",
    group: "hidden text and secrets",
    level: Level::Error,
    what: "Invisible tag characters outside an emoji flag.",
    why: "They spell text that only an agent reads.",
    example: &[("reference.md", "# R\n\nText.\u{e0064}\u{e0065}\u{e006c}\n")],
    instead: GOOD,
    source: "https://www.unicode.org/reports/tr51/#def_emoji_tag_sequence",
    check: Check::Page(|_, page, sink| {
        let mut end = 0;
        each_wide(page, &[0xf3], &mut |at, it| {
            if at < end || !is_tag(it) {
                return;
            }
            let run: usize =
                page.text[at..].chars().take_while(|it| is_tag(*it)).map(char::len_utf8).sum();
            end = at + run;
            let tags = &page.text[at..end];
            // The flag of a region is a black flag, the tags of its name and the tag that ends them.
            let flag = tags.find(CANCEL).filter(|_| page.text[..at].ends_with('🏴'));
            let at = flag.map_or(at, |it| at + it + CANCEL.len_utf8());
            if at < end {
                let text: String = page.text[at..end]
                    .chars()
                    .filter_map(|it| char::from_u32(u32::from(it) - 0xe0000))
                    .filter(|it| !it.is_control())
                    .collect();
                let span = Span::new(at, end);
                let found = sink.add(span, format!("invisible characters spell `{text}`"));
                found.help("take them out");
                if !page.text[..at].ends_with('🏴') {
                    found.fix(span, "");
                }
            }
        });
    }),
};

const CANCEL: char = '\u{e007f}';

fn is_tag(it: char) -> bool {
    matches!(it, '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}
