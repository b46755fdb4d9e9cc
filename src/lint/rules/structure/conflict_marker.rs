use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::markdown::line_of;

pub const RULE: Rule = Rule {
    name: "conflict-marker",
    group: "structure",
    level: Level::Error,
    what: "Markers of a merge conflict that git left.",
    why: "The file holds two versions at once.",
    example: &[("reference.md", "# R\n\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch\n")],
    instead: &[("reference.md", "# R\n\nours\n")],
    source: "https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",
    check: Check::Page(|_, page, sink| {
        if memchr::memmem::find(page.text.as_bytes(), b"<<<<<<< ").is_none() {
            return;
        }
        for it in crate::learnings::conflict::find(&page.text) {
            let at = page.text.split_inclusive('\n').take(it.first_line - 1).map(str::len).sum();
            let span = line_of(&page.text, at);
            // Files about git show conflicts as examples.
            if !page.md.is_in_block(span.start) {
                sink.add(span, "a merge conflict is not resolved")
                    .help("keep one version and delete the markers");
            }
        }
    }),
};
