//! Size, headings, fences, tables, what was left over, and what only all skills together show.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Check, Rule, SkillLook};
use crate::lint::walk::{Page, Summary};
use crate::lint::{Level, Sink};
use crate::markdown::page::{CodeBlock, cells, table_lines};
use crate::markdown::{line_of, lines};
use crate::text::Span;

const CLAUDE: &str = "https://code.claude.com/docs/en/skills";
const COMMONMARK: &str = "https://spec.commonmark.org/0.31.2/#fenced-code-blocks";
const LINES: usize = 500;
const TOKENS: usize = 5_000;
/// Characters of all descriptions that Claude Code lists where the context window is not known.
const BUDGET: usize = 8_000;
const GOOD: &[(&str, &str)] = &[("reference.md", "# R\n\nText.\n")];

pub const UNREADABLE_TEXT: Rule = Rule {
    name: "unreadable-text",
    group: "structure",
    level: Level::Error,
    what: "A Markdown file that is not UTF-8, cannot be read, or has more than 8 MiB.",
    why: "Clients drop it or show other characters than were written; no agent can use a text of that size.",
    example: &[],
    instead: GOOD,
    source: "",
    check: Check::Page(|_, page, sink| {
        if let Some(why) = &page.unread {
            sink.add(Span::new(0, 0), why.clone())
                .help("save the file as UTF-8, in parts of a size that one can read");
        }
    }),
};

pub const EMPTY_BODY: Rule = Rule {
    name: "empty-body",
    group: "structure",
    level: Level::Warning,
    what: "A SKILL.md with nothing behind its head.",
    why: "An agent that loads it learns nothing.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    source: CLAUDE,
    check: Check::Skill(|_, page, sink| {
        if page.head.inner.is_some()
            && page.head.closed
            && page.text[page.head.body..].trim().is_empty()
        {
            sink.add(page.head.top(&page.text), "nothing stands behind the head");
        }
    }),
};

pub const LONG_BODY: Rule = Rule {
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

pub const HEAVY_BODY: Rule = Rule {
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

pub const SKIPPED_HEADING: Rule = Rule {
    name: "skipped-heading",
    group: "opinions",
    level: Level::Off,
    what: "A heading more than one level below the one before.",
    why: "Outlines get a hole.",
    example: &[("reference.md", "# R\n\n### Deep\n")],
    instead: &[("reference.md", "# R\n\n## Deep\n")],
    source: "",
    check: Check::Page(|_, page, sink| {
        for pair in page.md.headings.windows(2) {
            if pair[1].level > pair[0].level + 1 {
                sink.add(
                    pair[1].span,
                    format!("level {} follows level {}", pair[1].level, pair[0].level),
                );
            }
        }
    }),
};

pub const UNCLOSED_FENCE: Rule = Rule {
    name: "unclosed-fence",
    group: "structure",
    level: Level::Warning,
    what: "A block of code whose closing fence is missing.",
    why: "All that follows is code, not text.",
    example: &[("reference.md", "# R\n\n```sh\nmake ship\n\nThen wait.\n")],
    instead: &[("reference.md", "# R\n\n```sh\nmake ship\n```\n\nThen wait.\n")],
    source: COMMONMARK,
    check: Check::Page(|_, page, sink| {
        for it in page.md.blocks.iter().filter(|it| !it.closed) {
            let span = line_of(&page.text, it.span.start);
            sink.add(Span::new(it.span.start, span.end), "this block of code is never closed");
        }
    }),
};

pub const NESTED_FENCE: Rule = Rule {
    name: "nested-fence",
    group: "structure",
    level: Level::Warning,
    what: "A block of code that shows another one with a fence of the same length.",
    why: "The inner closing fence ends the outer block; what was inside and outside changes places from there on.",
    example: &[("reference.md", "# R\n\n```markdown\nText\n```sh\nmake\n```\nmore\n```\n")],
    instead: &[("reference.md", "# R\n\n````markdown\nText\n```sh\nmake\n```\nmore\n````\n")],
    source: COMMONMARK,
    check: Check::Page(nested_fence),
};

fn nested_fence(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    for (at, block) in page.md.blocks.iter().enumerate() {
        if !block.fenced || !block.closed {
            continue;
        }
        let text = block.span.of(&page.text);
        let mark = text.chars().next().unwrap_or('`');
        let length = text.chars().take_while(|it| *it == mark).count();
        let inner = lines(&page.text, block.span).skip(1).find(|line| {
            let own = line.of(&page.text).trim_start();
            let marks = own.chars().take_while(|it| *it == mark).count();
            let info = own.get(marks..).unwrap_or("");
            marks >= length
                && info.starts_with(|it: char| it.is_ascii_alphabetic())
                && !info.contains('`')
        });
        // The outer closing fence, left alone, opens a block without a language.
        let left = page.md.blocks[at + 1..].iter().find(|it| it.fenced);
        let Some(inner) = inner.filter(|_| left.is_some_and(is_left)) else { continue };
        let line = crate::text::line_col(&page.text, inner.start).line;
        let opening = line_of(&page.text, block.span.start);
        sink.add(
            Span::new(block.span.start, opening.end),
            format!("this block shows another one in line {line} and ends where that one ends"),
        )
        .help(format!("use {} marks for the outer fences", length + 1));
        return;
    }
}

fn is_left(block: &CodeBlock) -> bool {
    block.info.trim().is_empty()
}

pub const RAGGED_TABLE: Rule = Rule {
    name: "ragged-table",
    group: "structure",
    level: Level::Warning,
    what: "A row of a table with more cells than its header.",
    why: "Readers do not see the cells beyond; often a `|` within a cell lacks its backslash.",
    example: &[("reference.md", "| A | B |\n|---|---|\n| a | b | c |\n")],
    instead: &[("reference.md", "| A | B | C |\n|---|---|---|\n| a | b | c |\n")],
    source: "https://github.github.com/gfm/#tables-extension-",
    check: Check::Page(|_, page, sink| {
        for table in &page.md.tables {
            let mut rows = table_lines(&page.text, *table);
            let Some(header) = rows.next() else { continue };
            let wanted = cells(header.of(&page.text));
            for row in rows.skip(1) {
                let own = row.of(&page.text);
                let count = cells(own);
                if count > wanted {
                    sink.add(
                        Span::new(row.start, row.start + own.trim_end().len()),
                        format!("this row has {count} cells, the header {wanted}"),
                    )
                    .help("a `|` within a cell is written `\\|`, in code too");
                }
            }
        }
    }),
};

pub const CONFLICT_MARKER: Rule = Rule {
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

pub const LEFTOVER_PLACEHOLDER: Rule = Rule {
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
    if super::links::is_template(&page.relative) {
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
    let bytes = page.text.as_bytes();
    for (mark, at_start) in [
        ("TODO:", true),
        ("FIXME:", true),
        ("will be populated", false),
        ("lorem ipsum", false),
        ("Lorem ipsum", false),
    ] {
        for at in memchr::memmem::find_iter(bytes, mark) {
            let line = line_of(&page.text, at);
            let before = page.text[line.start..at]
                .trim_start_matches([' ', '\t', '-', '*', '>', '+', '[', ']']);
            let quoted = page.text[..at].ends_with(['"', '\'', '“', '`']);
            if (at_start && !before.is_empty())
                || quoted
                || at < page.md.body
                || page.md.is_code(at)
            {
                continue;
            }
            sink.add(
                Span::new(at, at + mark.len()),
                format!("`{}` was left over", mark.trim_end_matches(':')),
            )
            .help("write what belongs here, or take it out");
        }
    }
}

pub const LISTING_OVER_BUDGET: Rule = Rule {
    name: "listing-over-budget",
    group: "structure",
    level: Level::Info,
    what: "Skills of one folder whose descriptions together have more than 8,000 characters.",
    why: "Claude Code drops descriptions of rarely used skills from its list, and no longer loads these by itself.",
    example: &[],
    instead: &[],
    source: CLAUDE,
    check: Check::Across(|skills| {
        let mut roots: BTreeMap<PathBuf, (usize, usize, usize)> = BTreeMap::new();
        for (at, it) in skills.iter().enumerate().filter(|it| it.1.listed > 0) {
            let root = it.dir.parent().unwrap_or(&it.dir).to_owned();
            let sum = roots.entry(root).or_insert((at, 0, 0));
            (sum.1, sum.2) = (sum.1 + it.listed, sum.2 + 1);
        }
        let over = roots.into_values().filter(|it| it.1 > BUDGET);
        over.map(|(at, sum, count)| {
            let message = format!("the descriptions of the {count} skills beside this one have {sum} characters together, more than {BUDGET}");
            (at, skills[at].description.as_ref().map_or(Span::default(), |it| it.1), message)
        })
        .collect()
    }),
};

pub const DUPLICATE_NAME: Rule = Rule {
    name: "duplicate-name",
    group: "across skills",
    level: Level::Warning,
    what: "Two skills of one folder with the same name.",
    why: "Only one of them is found by it. Mirrors in other folders and skills of other plugins are no duplicates.",
    example: &[],
    instead: &[],
    source: CLAUDE,
    check: Check::Across(duplicate_name),
};

fn duplicate_name(skills: &[Summary]) -> Vec<(usize, Span, String)> {
    let mut seen: BTreeMap<(PathBuf, &str), usize> = BTreeMap::new();
    let mut res = Vec::new();
    for (at, it) in skills.iter().enumerate() {
        let Some((name, span)) = &it.name else { continue };
        let root = it.dir.parent().unwrap_or(&it.dir).to_owned();
        match seen.get(&(root.clone(), name.as_str())) {
            Some(first) if skills[*first].dir != it.dir => {
                let other = crate::lint::slashed(&skills[*first].dir);
                res.push((at, *span, format!("`{other}` has the name `{name}` too")));
            }
            Some(_) => {}
            None => {
                seen.insert((root, name), at);
            }
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_estimated_without_a_model() {
        assert_eq!((tokens("abcdabcd"), tokens("中文"), tokens("")), (2, 2, 0));
    }
}
