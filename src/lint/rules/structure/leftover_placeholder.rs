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
        let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let is_words = |it: &str| {
            it.split(' ').count() > 1
                && it.chars().all(|it| it.is_alphabetic() || it == ' ')
                && it.split(' ').all(|word| word.starts_with(char::is_uppercase))
        };
        if heading.level == 1 && inner.is_some_and(is_words) {
            sink.add(heading.span, format!("`{text}` is a template's placeholder"))
                .help("replace it or take it out");
        }
    }
    let text = &page.text;
    let mut left_over = |at: usize, mark: &str| {
        let quoted = text[..at].ends_with(['"', '\'', '“', '`']);
        if !quoted && at >= page.md.body && !page.md.is_code(at) {
            let word = mark.trim_end_matches(':');
            sink.add(Span::new(at, at + mark.len()), format!("`{word}` was left over"))
                .help("write what belongs here, or take it out");
        }
    };
    for mark in ["TODO:", "FIXME:"] {
        // Where a line begins with it; elsewhere people write about it.
        let mut from = 0;
        while let Some(found) = memchr::memmem::find(&text.as_bytes()[from..], mark.as_bytes()) {
            let at = from + found;
            let line = line_of(text, at);
            from = line.end;
            let signs = [' ', '\t', '-', '*', '>', '+', '[', ']'];
            if text[line.start..at].trim_start_matches(signs).is_empty() {
                left_over(at, mark);
            }
        }
    }
    for mark in ["will be populated", "lorem ipsum", "Lorem ipsum"] {
        for at in memchr::memmem::find_iter(text.as_bytes(), mark) {
            left_over(at, mark);
        }
    }
}
