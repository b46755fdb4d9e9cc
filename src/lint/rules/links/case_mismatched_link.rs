use super::{Found, file_links, find};
use crate::lint::Level;
use crate::lint::rules::{Check, Rule, SPEC};
use crate::text::Span;

/// What its fix does.
pub const FIX: &str = "Writes the name as the disk has it.";

pub const RULE: Rule = Rule {
    name: "case-mismatched-link",
    group: "links",
    level: Level::Warning,
    what: "A link that names a file with letters in other case.",
    why: "It works on macOS and Windows, and nowhere else.",
    example: &[("reference.md", "# R\n\nSee [how](How.md).\n"), ("how.md", "# How\n\nGo.\n")],
    instead: &[("reference.md", "# R\n\nSee [how](how.md).\n"), ("how.md", "# How\n\nGo.\n")],
    source: SPEC,
    check: Check::Page(|look, page, sink| {
        for link in file_links(page) {
            let Found::OtherCase(right) = find(look.skill, page, link) else { continue };
            let path = &link.path;
            let found = sink.add(link.span, format!("the file is named `{right}`"));
            found.help(format!("write `{right}`"));
            let plain =
                right.bytes().all(|it| it.is_ascii_graphic() && !b"()<>[]\"\\".contains(&it));
            let written = link.span.of(&page.text);
            let marks = ["](", "=\"", "='"].into_iter();
            let mut places = marks.filter_map(|it| Some(written.find(&format!("{it}{path}"))? + 2));
            if let Some(at) = places.next().filter(|_| plain) {
                let start = link.span.start + at;
                found.fix(Span::new(start, start + path.len()), right);
            }
        }
    }),
};
