//! Headings, tables and opaque stretches of a Markdown text, with spans. The only module that names
//! the parser; knows nothing of what the sections mean.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::text::Span;

pub mod page;

/// What a text is made of, in order.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Where the text begins after a byte order mark and a YAML head.
    pub body: usize,
    pub headings: Vec<Heading>,
    pub tables: Vec<Table>,
    /// Code, HTML, comments, quotes and tables, in order and apart: what stands there is text, not data.
    pub opaque: Vec<Span>,
    pub breaks: Vec<Span>,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug)]
pub struct Heading {
    pub level: u8,
    /// The lines of the heading, without the last line ending.
    pub span: Span,
    /// The text between the marks, as written.
    pub inner: Span,
    /// The text without markup.
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub span: Span,
    /// Cells of each row, the header first; a cell's span is trimmed, an empty cell's span is empty.
    pub rows: Vec<Vec<Span>>,
}

#[derive(Clone, Debug)]
pub struct Link {
    pub span: Span,
    pub target: String,
}

/// Returns where the body begins: after a byte order mark and a YAML head, if there are any.
pub fn body_start(text: &str) -> usize {
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lines = text[bom..].split_inclusive('\n');
    let Some(first) = lines.next() else { return bom };
    if first.trim_end() != "---" {
        return bom;
    }
    let mut at = bom + first.len();
    for (number, line) in lines.enumerate() {
        at += line.len();
        if line.trim_end() == "---" {
            return at;
        }
        // A rule at the top of a text without a head is followed by a blank line, not by a key.
        if number == 0 && !line.contains(':') {
            return bom;
        }
    }
    bom
}

/// Reads the structure of a text. Never fails: any text has some structure.
pub fn scan(text: &str) -> Outline {
    let body = body_start(text);
    let mut res = Outline { body, ..Outline::default() };
    let mut heading: Option<Heading> = None;
    let mut row: Vec<Span> = Vec::new();
    let parser = Parser::new_ext(&text[body..], Options::ENABLE_TABLES).into_offset_iter();
    for (event, range) in parser {
        let span = Span::new(range.start + body, range.end + body);
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let span = trim_end(text, span);
                heading = Some(Heading {
                    level: depth(level),
                    span,
                    inner: inner_of_heading(text, span),
                    text: String::new(),
                });
            }
            Event::End(TagEnd::Heading(_)) => res.headings.extend(heading.take()),
            Event::Text(it) | Event::Code(it) => {
                if let Some(heading) = &mut heading {
                    heading.text.push_str(&it);
                }
            }
            Event::SoftBreak => {
                if let Some(heading) = &mut heading {
                    heading.text.push(' ');
                }
            }
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::BlockQuote(_)) => {
                res.opaque.push(span);
            }
            Event::InlineHtml(_) => res.opaque.push(span),
            Event::Start(Tag::Table(_)) => {
                res.opaque.push(span);
                res.tables.push(Table { span, rows: Vec::new() });
            }
            Event::Start(Tag::TableCell) => row.push(trim(text, span)),
            Event::End(TagEnd::TableHead | TagEnd::TableRow) => {
                if let Some(table) = res.tables.last_mut() {
                    table.rows.push(std::mem::take(&mut row));
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                res.links.push(Link { span, target: dest_url.to_string() });
            }
            Event::Rule => res.breaks.push(trim_end(text, span)),
            _ => {}
        }
    }
    // What lies in another opaque stretch says nothing that the outer one does not.
    let mut end = 0;
    res.opaque.retain(|it| {
        let is_outer = it.end > end;
        end = end.max(it.end);
        is_outer
    });
    // Headings inside quotes and list items of quotes do not make sections.
    let around = |it: Span| {
        let after = res.opaque.partition_point(|o| o.start <= it.start);
        res.opaque[..after].last().copied().filter(|o| it.end <= o.end)
    };
    res.headings.retain(|it| around(it.span).is_none());
    res.tables.retain(|it| around(it.span).is_none_or(|o| o == it.span));
    res
}

impl Outline {
    /// Says whether any byte of the span is opaque.
    pub fn is_opaque(&self, span: Span) -> bool {
        let after = self.opaque.partition_point(|it| it.start < span.end);
        self.opaque[..after].last().is_some_and(|it| it.end > span.start)
    }
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

fn trim_end(text: &str, span: Span) -> Span {
    Span::new(span.start, span.start + span.of(text).trim_end().len())
}

fn trim(text: &str, span: Span) -> Span {
    let inner = span.of(text);
    let start = span.start + (inner.len() - inner.trim_start().len());
    let inner = inner.trim();
    if inner.is_empty() {
        Span::new(span.start, span.start)
    } else {
        Span::new(start, start + inner.len())
    }
}

fn inner_of_heading(text: &str, span: Span) -> Span {
    let line = span.of(text);
    if !line.starts_with('#') {
        let end = line.rfind(['\n', '\r']).unwrap_or(line.len());
        return trim(text, Span::new(span.start, span.start + end));
    }
    let marks = line.len() - line.trim_start_matches('#').len();
    let closed = line.trim_end_matches('#');
    let end = if closed.ends_with([' ', '\t']) && closed.len() > marks {
        closed.len()
    } else {
        line.len()
    };
    trim(text, Span::new(span.start + marks, span.start + end.max(marks)))
}

/// The lines of a span, each without its line ending.
pub fn lines(text: &str, span: Span) -> impl Iterator<Item = Span> + '_ {
    let mut at = span.start;
    std::iter::from_fn(move || {
        let start = (at < span.end).then_some(at)?;
        let end = line_end(text, start);
        at = end + ending(text, end);
        Some(Span::new(start, end.min(span.end)))
    })
}

/// The lines of a span that hold a word, each without its line ending.
pub fn lines_with<'a>(text: &'a str, span: Span, word: &str) -> impl Iterator<Item = Span> + 'a {
    let word = memchr::memmem::Finder::new(word).into_owned();
    let mut at = span.start;
    std::iter::from_fn(move || {
        let line = line_of(text, at + word.find(&text.as_bytes()[at..span.end])?);
        at = line.end.min(span.end);
        Some(Span::new(line.start.max(span.start), at))
    })
}

/// Returns the line that a byte belongs to, without its line ending. As in Markdown, a carriage return
/// alone ends a line too: what stands behind it is not part of a value.
pub fn line_of(text: &str, at: usize) -> Span {
    let start = memchr::memrchr2(b'\n', b'\r', &text.as_bytes()[..at]).map_or(0, |it| it + 1);
    Span::new(start, line_end(text, at))
}

/// Returns the line above one, without its line ending; an empty one above the first.
pub fn line_above(text: &str, line: Span) -> Span {
    let above = &text[..line.start];
    let endings = ["\r\n", "\n", "\r"];
    let end = endings.iter().find_map(|it| above.strip_suffix(it)).unwrap_or(above).len();
    Span::new(line_of(text, end).start, end)
}

/// Returns where the line of a byte ends, before its line ending.
pub fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..]).map_or(text.len(), |it| at + it)
}

/// Returns the id that a title stands for: lower case, words joined by hyphens, no emoji, nothing in parentheses.
pub fn slug(title: &str) -> String {
    let mut res = String::new();
    let mut depth = 0_usize;
    for ch in title.chars() {
        match ch {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if ch.is_alphanumeric() => res.extend(ch.to_lowercase()),
            '\'' | '’' => {}
            _ if !res.is_empty() && !res.ends_with('-') => res.push('-'),
            _ => {}
        }
    }
    res.truncate(res.trim_end_matches('-').len());
    res
}

/// Returns the place right after the line that a byte belongs to.
pub fn after_line(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    (end + ending(text, end)).min(text.len())
}

/// Returns the length of the line ending that stands at a place.
fn ending(text: &str, at: usize) -> usize {
    if text.as_bytes()[at..].starts_with(b"\r\n") { 2 } else { 1 }
}

/// Returns the text of a list item; `None` for other lines.
pub fn list_item(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|it: char| it.is_ascii_digit());
    let marks: &[char] = if rest.len() < line.len() { &['.', ')'] } else { &['-', '*', '+'] };
    rest.strip_prefix(marks).filter(|it| it.starts_with([' ', '\t'])).map(str::trim)
}

/// Returns one line of Markdown as people read it: links are their text, code keeps its ticks.
pub fn plain(line: &str) -> String {
    let mut res = String::new();
    for event in Parser::new(line) {
        match event {
            Event::Text(it) => res.push_str(&it),
            Event::Code(it) => res += &format!("`{it}`"),
            Event::SoftBreak => res.push(' '),
            _ => {}
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        let outline = scan(text);
        let mut res = String::new();
        for it in &outline.headings {
            res += &format!("h{} {:?} {:?}\n", it.level, it.text, it.inner.of(text));
        }
        for table in &outline.tables {
            for row in &table.rows {
                let cells: Vec<&str> = row.iter().map(|it| it.of(text)).collect();
                res += &format!("row {cells:?}\n");
            }
        }
        expected.assert_eq(&res);
    }

    #[test]
    fn headings_in_code_comments_and_quotes_are_text() {
        check(
            "\u{feff}### one ##\n```\n### no\n```\n<!--\n### no\n-->\n> ### no\n\n    ### no\n\n### 🚫 `two`\n",
            &expect![[r####"
                h3 "one" "one"
                h3 "🚫 two" "🚫 `two`"
            "####]],
        );
    }

    #[test]
    fn a_head_is_no_heading_and_a_rule_is_no_head() {
        check(
            "---\nname: x\n---\n# T\n",
            &expect![[r#"
            h1 "T" "T"
        "#]],
        );
        check(
            "---\n\n# T\n\n---\n",
            &expect![[r#"
            h1 "T" "T"
        "#]],
        );
    }

    #[test]
    fn cells_keep_escaped_pipes() {
        check(
            "| A | B |\n|---|---|\n| a \\| b | |\n| x\n",
            &expect![[r#"
            row ["A", "B"]
            row ["a \\| b", ""]
            row ["x", ""]
        "#]],
        );
    }

    #[test]
    fn a_line_ends_before_any_line_ending() {
        let text = "a|b\r\n|\rc\n\n| |\n";
        let found: Vec<_> = lines_with(text, Span::new(0, text.len()), "|").collect();
        let shown: Vec<_> = found.iter().map(|it| it.of(text)).collect();
        assert_eq!(shown, ["a|b", "|", "| |"]);
        let above: Vec<_> = found.iter().map(|it| line_above(text, *it).of(text)).collect();
        assert_eq!(above, ["", "a|b", ""]);
        assert_eq!(lines_with(text, Span::new(1, 2), "|").collect::<Vec<_>>(), [Span::new(1, 2)]);
    }

    #[test]
    fn slugs_leave_emoji_and_parentheses_out() {
        assert_eq!(slug("🚫 Tasks Too Large (>1 Day)"), "tasks-too-large");
        assert_eq!(slug("本番 デプロイ: don't"), "本番-デプロイ-dont");
    }
}
