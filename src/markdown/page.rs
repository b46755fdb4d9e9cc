//! Everything the linter asks about one Markdown text, from one walk over the parser's events.

use std::cell::OnceCell;
use std::collections::HashMap;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{body_start, line_end, line_of, lines};
use crate::text::{Span, floor_char_boundary};

/// A text's structure. All lists are in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Where the text begins after a byte order mark and a YAML head.
    pub body: usize,
    pub headings: Vec<PageHeading>,
    pub links: Vec<PageLink>,
    pub blocks: Vec<CodeBlock>,
    /// Inline code, with its ticks.
    pub code: Vec<Span>,
    /// Blocks of HTML and inline tags; comments among them.
    pub html: Vec<Span>,
    /// Whole tables.
    pub tables: Vec<Span>,
    /// Anchors that HTML sets: `id="x"` and `name="x"`.
    pub ids: Vec<String>,
    anchors: OnceCell<Vec<String>>,
}

#[derive(Clone, Debug)]
pub struct PageHeading {
    pub level: u8,
    pub span: Span,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct PageLink {
    /// The whole link, or the tag.
    pub span: Span,
    /// The target as the parser reads it, entities and escapes resolved.
    pub target: String,
}

#[derive(Clone, Debug)]
pub struct CodeBlock {
    pub span: Span,
    /// What stands behind the opening fence; empty for indented code.
    pub info: String,
    pub fenced: bool,
    /// Whether a closing fence ends it, and not the end of what it stands in.
    pub closed: bool,
}

/// Reads a text. Never fails.
pub fn read(text: &str) -> Page {
    read_from(text, body_start(text))
}

/// Reads a text whose head ends at `body`.
pub fn read_from(text: &str, body: usize) -> Page {
    let mut res = Page { body, ..Page::default() };
    let mut heading: Option<PageHeading> = None;
    let parser = Parser::new_ext(&text[body..], Options::ENABLE_TABLES).into_offset_iter();
    for (event, range) in parser {
        let span = Span::new(range.start + body, range.end + body);
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let shown = span.of(text).trim_end().len();
                let span = Span::new(span.start, span.start + shown);
                heading = Some(PageHeading { level: level as u8, span, text: String::new() });
            }
            Event::End(TagEnd::Heading(_)) => res.headings.extend(heading.take()),
            Event::Text(it) => {
                if let Some(heading) = &mut heading {
                    heading.text.push_str(&it);
                }
            }
            Event::Code(it) => {
                if let Some(heading) = &mut heading {
                    heading.text.push_str(&it);
                }
                res.code.push(span);
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut heading {
                    heading.text.push(' ');
                }
            }
            Event::Start(Tag::CodeBlock(kind)) => res.blocks.push(code_block(text, span, &kind)),
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                html(text, span, &mut res);
                res.html.push(span);
            }
            Event::Start(Tag::Table(_)) => res.tables.push(span),
            // `<https://…>` and `<a@b.c>` name no file.
            Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. }) => {}
            // `[^1]` is a footnote wherever Markdown has them.
            Event::Start(Tag::Link { link_type: LinkType::Shortcut, .. })
                if span.of(text).starts_with("[^") => {}
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                res.links.push(PageLink { span, target: dest_url.to_string() });
            }
            _ => {}
        }
    }
    res.links.sort_by_key(|it| it.span);
    res
}

impl Page {
    /// Says whether a place lies in code or HTML: what stands there is an example or markup.
    pub fn is_code(&self, at: usize) -> bool {
        self.is_in_block(at) || within(&self.code, at) || within(&self.html, at)
    }

    /// Says whether a place lies in a block of code.
    pub fn is_in_block(&self, at: usize) -> bool {
        let after = self.blocks.partition_point(|it| it.span.start <= at);
        after > 0 && self.blocks[after - 1].span.end > at
    }

    /// Returns the anchors that GitHub gives the headings, one each.
    pub fn anchors(&self) -> &[String] {
        self.anchors.get_or_init(|| anchors(&self.headings))
    }

    /// Says whether a heading or an HTML id makes this anchor.
    pub fn has_anchor(&self, anchor: &str) -> bool {
        let plain = without_selectors(anchor);
        self.anchors().iter().any(|it| without_selectors(it) == plain)
            || self.ids.iter().any(|it| it == anchor)
    }
}

/// Says whether one of the spans, which are in order and apart, holds a place.
pub fn within(spans: &[Span], at: usize) -> bool {
    let after = spans.partition_point(|it| it.start <= at);
    after > 0 && spans[after - 1].end > at
}

fn code_block(text: &str, span: Span, kind: &CodeBlockKind<'_>) -> CodeBlock {
    let CodeBlockKind::Fenced(info) = kind else {
        return CodeBlock { span, info: String::new(), fenced: false, closed: true };
    };
    let whole = span.of(text).trim_end();
    let mark = whole.chars().next().unwrap_or('`');
    let length = whole.chars().take_while(|it| *it == mark).count();
    let last = whole.rsplit(['\n', '\r']).next().filter(|it| it.len() < whole.len()).unwrap_or("");
    let last = last.trim_start_matches([' ', '\t', '>']);
    let closed = last.chars().count() >= length && last.chars().all(|it| it == mark);
    CodeBlock { span, info: info.to_string(), fenced: true, closed }
}

/// Finds the targets and ids of the tags in a stretch of HTML; comments have none.
fn html(text: &str, span: Span, page: &mut Page) {
    let whole = span.of(text);
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', &whole.as_bytes()[at..]).map(|it| at + it) {
        let rest = &whole[open..];
        if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else { return };
            at = open + end + 3;
            continue;
        }
        let end = open + tag_end(rest);
        if let Some(it) = html_heading(&whole[open..end], &whole[end..]) {
            page.ids.push(it);
        }
        let tag = Span::new(span.start + open, span.start + end);
        for (name, value) in attributes(&whole[open..end]) {
            match name.as_str() {
                "href" | "src" => page.links.push(PageLink { span: tag, target: value }),
                "id" | "name" => page.ids.push(value),
                _ => {}
            }
        }
        at = end;
    }
}

/// Returns the length of a tag; a `>` in quotes does not end it.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, it) in text.bytes().enumerate() {
        match quote {
            Some(open) if it == open => quote = None,
            Some(_) => {}
            None if it == b'>' => return at + 1,
            None if matches!(it, b'"' | b'\'') => quote = Some(it),
            None => {}
        }
    }
    // A quote that nobody closes is text.
    text.find('>').map_or(text.len(), |it| it + 1)
}

/// The closing tag of a heading is looked for in so many bytes.
const LONGEST_HEADING: usize = 1024;

/// Returns the anchor of `<h2>Title</h2>`.
fn html_heading(tag: &str, after: &str) -> Option<String> {
    let level = tag.strip_prefix("<h").or_else(|| tag.strip_prefix("<H"))?;
    let level = level.bytes().next().filter(|it| (b'1'..=b'6').contains(it))?;
    let near = &after[..floor_char_boundary(after, LONGEST_HEADING)];
    let end = near.to_ascii_lowercase().find(&format!("</h{}", char::from(level)))?;
    let inner = &near[..end];
    let parts = inner.split('<').enumerate();
    let plain =
        parts.map(|(at, it)| if at == 0 { it } else { it.split_once('>').map_or("", |it| it.1) });
    Some(anchor(&plain.collect::<String>()))
}

/// Returns the attributes of a tag that have a value, names in lower case.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut res = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or("");
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|it| matches!(it, '"' | '\'')) else {
            let end = after.find([' ', '\t', '\n', '\r', '>']).unwrap_or(after.len());
            res.push((name.to_ascii_lowercase(), after[..end].to_owned()));
            rest = &after[end..];
            continue;
        };
        let Some((value, left)) = after[1..].split_once(quote) else { break };
        res.push((name.to_ascii_lowercase(), value.to_owned()));
        rest = left;
    }
    res
}

/// Returns GitHub's anchor of a heading: lower case, letters, digits, `_` and `-`, spaces as `-`.
pub fn anchor(heading: &str) -> String {
    let mut res = String::new();
    for it in heading.trim().chars() {
        match it {
            ' ' => res.push('-'),
            '-' | '_' => res.push(it),
            _ if it.is_alphanumeric() || is_mark(it) => res.extend(it.to_lowercase()),
            _ => {}
        }
    }
    res
}

/// Marks that stand on letters, of which only some count as alphabetic.
fn is_mark(it: char) -> bool {
    matches!(
        it,
        '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{94d}' | '\u{fe0e}' | '\u{fe0f}'
    )
}

/// GitHub keeps the invisible selector behind an emoji it takes out; hardly anybody writes it in links.
fn without_selectors(anchor: &str) -> String {
    anchor.chars().filter(|it| !matches!(it, '\u{fe0e}' | '\u{fe0f}')).collect()
}

/// Returns the anchor of each heading; the second of a name gets `-1`, the third `-2`.
fn anchors(headings: &[PageHeading]) -> Vec<String> {
    let mut res = Vec::with_capacity(headings.len());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for it in headings {
        // `## Title {#own}` sets the anchor in many renderers.
        let own = it.text.trim_end().strip_suffix('}').and_then(|it| it.rsplit_once("{#"));
        let base = own.map_or_else(|| anchor(&it.text), |it| it.1.to_owned());
        let mut name = base.clone();
        if let Some(count) = seen.get(&base).copied() {
            let free = |it: &usize| !seen.contains_key(&format!("{base}-{it}"));
            let number = (count..).find(free).unwrap_or(count);
            name = format!("{base}-{number}");
            seen.insert(base, number + 1);
        }
        seen.insert(name.clone(), 1);
        res.push(name);
    }
    res
}

/// Returns how many cells a line of a table has: pipes part cells unless a backslash stands before them.
pub fn cells(line: &str) -> usize {
    let line = line.trim();
    let inner = line.strip_prefix('|').unwrap_or(line);
    let mut count = 1;
    let mut escaped = false;
    let mut last_is_pipe = false;
    for it in inner.bytes() {
        last_is_pipe = it == b'|' && !escaped;
        count += usize::from(last_is_pipe);
        escaped = it == b'\\' && !escaped;
    }
    if last_is_pipe { count - 1 } else { count }
}

/// The lines of a table, each with the marks of quotes before it taken off.
pub fn table_lines(text: &str, table: Span) -> impl Iterator<Item = Span> + '_ {
    let end = line_end(text, table.of(text).trim_end().len() + table.start);
    lines(text, Span::new(line_of(text, table.start).start, end)).map(move |it| {
        let marks = it.of(text).len() - it.of(text).trim_start_matches([' ', '\t', '>']).len();
        Span::new(it.start + marks, it.end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_github() {
        let page = read("# A & B\n## ⚠️ Risk\n## Same\n## Same\n## `code_x` 1.2\n## 中文 标题\n");
        assert_eq!(
            page.anchors(),
            ["a--b", "\u{fe0f}-risk", "same", "same-1", "code_x-12", "中文-标题"]
        );
        assert!(page.has_anchor("-risk"));
    }

    #[test]
    fn links_are_what_a_reader_can_click() {
        let page = read(
            "[a](a.md) ![b](b.png) [c]\n\n[c]: c.md\n\n`[d](d.md)` <a href=\"e.md\">e</a> <!-- [f](f.md) <a href=\"f\"> -->\n",
        );
        let all: Vec<&str> = page.links.iter().map(|it| it.target.as_str()).collect();
        assert_eq!(all, ["a.md", "b.png", "c.md", "e.md"]);
    }

    #[test]
    fn an_open_fence_is_known() {
        let closed = |text: &str| read(text).blocks.iter().map(|it| it.closed).collect::<Vec<_>>();
        assert_eq!(closed("```sh\nx\n```\n\n~~~\ny\n"), [true, false]);
        assert_eq!(closed("> ```\n> x\n> ```\n"), [true]);
        assert_eq!(closed("```"), [false]);
    }

    #[test]
    fn cells_are_counted_as_github_does() {
        assert_eq!(cells("| a | b |"), 2);
        assert_eq!(cells("a | b \\| c"), 2);
        assert_eq!(cells("| a"), 1);
    }
}
