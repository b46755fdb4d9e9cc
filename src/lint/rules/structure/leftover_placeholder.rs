use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::line_of;
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "leftover-placeholder",
    group: "structure",
    level: Level::Warning,
    what: "Text that a template left: `# [Phase Name]`, `TODO: …`, lorem ipsum, \"will be populated\".",
    why: "An agent takes it for instructions.",
    example: &[("reference.md", "# [Phase Name]\n\nText.\n")],
    instead: &[("reference.md", "# Shipping\n\nText.\n")],
    source: "",
    check: Check::Page(leftover_placeholder),
};

fn leftover_placeholder(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if crate::lint::rules::links::is_template(&page.relative) {
        return;
    }
    for heading in &page.md.headings {
        let text = heading.text.trim();
        let Some((inner, _)) = text.strip_prefix('[').and_then(|it| it.split_once(']')) else {
            continue;
        };
        let is_title = inner.contains(' ')
            && inner.split(' ').all(|word| {
                word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic)
            });
        if is_title {
            sink.add(heading.span, format!("`[{inner}]` is a template's placeholder"))
                .help("replace it or take it out");
        }
    }
    for mark in ["TODO", "FIXME"] {
        let mut from = 0;
        while let Some(found) = memchr::memmem::find(&page.text.as_bytes()[from..], mark.as_bytes())
        {
            let at = from + found;
            if is_open(page, at, mark) {
                left_over(at, mark, sink);
            }
            // What follows in this line does not stand at its beginning.
            from = line_of(&page.text, at).end;
        }
    }
    for mark in ["will be populated", "lorem ipsum", "Lorem ipsum"] {
        for at in memchr::memmem::find_iter(page.text.as_bytes(), mark) {
            if is_prose(page, at) {
                left_over(at, mark, sink);
            }
        }
    }
}

fn left_over(at: usize, mark: &str, sink: &mut Sink<'_>) {
    sink.add(Span::new(at, at + mark.len()), format!("`{mark}` was left over"))
        .help("write what belongs here, or take it out");
}

/// Says whether a place is text that nobody quotes.
fn is_prose(page: &Page, at: usize) -> bool {
    let quoted = page.text[..at].ends_with(['"', '\'', '“', '`']);
    !quoted && at >= page.md.body && !page.md.is_code(at)
}

/// Says whether a mark stands alone in its line or in front of what is to be done.
fn is_open(page: &Page, at: usize, mark: &str) -> bool {
    let line = line_of(&page.text, at);
    let before = page.text[line.start..at].trim_start_matches(MARKERS);
    let after = page.text[at + mark.len()..line.end].trim_end();
    let opens = after.is_empty() || after.starts_with(':') || after.trim() == "-->";
    let is_comment = before.trim_end() == "<!--";
    opens
        && (before.is_empty() || is_comment)
        && at >= page.md.body
        && !page.md.is_in_block(at)
        && (is_comment || !page.md.is_code(at))
}

/// What a line of a list or a quote begins with.
const MARKERS: [char; 9] = [' ', '\t', '-', '*', '>', '+', '[', ']', '.'];
