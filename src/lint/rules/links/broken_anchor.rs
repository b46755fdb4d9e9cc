use super::{Found, file_links, find, normal};
use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::page;
use crate::text::Span;

/// What its fix does.
pub const FIX: &str = "Writes the anchor of the only heading that differs in hyphens alone.";

pub const RULE: Rule = Rule {
    name: "broken-anchor",
    group: "links",
    level: Level::Warning,
    what: "A link to a heading that is not there, by GitHub's anchors.",
    why: "The reader lands at the top of the file.",
    example: &[("reference.md", "# R\n\n## Roll back\n\nSee [how](#rollback).\n")],
    instead: &[("reference.md", "# R\n\n## Roll back\n\nSee [how](#roll-back).\n")],
    source: "https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links",
    check: Check::Page(broken_anchor),
};

fn broken_anchor(look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for link in file_links(page) {
        let anchor = link.anchor.as_deref().filter(|it| is_heading_anchor(it));
        let Some(anchor) = anchor else { continue };
        let path = &link.path;
        if path.is_empty() {
            report_anchor(&page.md, anchor, link.span, page, sink);
            continue;
        }
        // learnings.md has a rule of its own, which knows its ids.
        let is_md = path.to_ascii_lowercase().ends_with(".md") && !path.ends_with("learnings.md");
        if !is_md {
            continue;
        }
        let Found::Here(full) = find(look.skill, page, link) else { continue };
        match look.skill.pages.iter().find(|it| normal(&it.path) == *full) {
            Some(other) => report_anchor(&other.md, anchor, link.span, page, sink),
            None => {
                if let Ok(text) = std::fs::read_to_string(full) {
                    report_anchor(&page::read(&text), anchor, link.span, page, sink);
                }
            }
        }
    }
}

/// `#L10` is a line, `#:~:text` a search, `#top` the top; `#/route` belongs to a program.
fn is_heading_anchor(anchor: &str) -> bool {
    let line =
        anchor.strip_prefix('L').is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    !(anchor.is_empty()
        || line
        || anchor.starts_with(":~:")
        || anchor.eq_ignore_ascii_case("top")
        || anchor.contains('/'))
}

fn report_anchor(target: &page::Page, anchor: &str, link: Span, page: &Page, sink: &mut Sink<'_>) {
    let lower = anchor.to_lowercase();
    if target.has_anchor(anchor) || target.has_anchor(&lower) {
        return;
    }
    let near = target
        .anchors()
        .iter()
        .map(|it| (strsim::normalized_damerau_levenshtein(it, &lower), it))
        .filter(|it| it.0 >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let found = sink.add(link, format!("no heading has the anchor `#{anchor}`"));
    if let Some((_, near)) = near {
        found.help(format!("did you mean `#{near}`?"));
        let written = format!("#{anchor}");
        let unique = link.of(&page.text).matches(&written).count() == 1;
        // Where all but separators agrees, the heading was meant.
        let bare = |it: &str| it.replace(['-', '_', '\u{fe0f}'], "");
        let same = target.anchors().iter().filter(|it| bare(it) == bare(&lower)).count();
        if unique
            && same == 1
            && bare(near) == bare(&lower)
            && let Some(at) = link.of(&page.text).find(&written)
        {
            let start = link.start + at;
            found.fix(
                Span::new(start, start + written.len()),
                format!("#{}", near.replace('\u{fe0f}', "")),
            );
        }
    }
}
