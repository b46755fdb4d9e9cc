//! Text, spans and edits. Knows bytes and lines; knows no Markdown, no JSON and no paths on disk.

pub mod style;

/// `1 event`, `2 events`.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// A range of bytes in a text, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Returns where a part lies in the text it was cut from.
    pub fn within(text: &str, part: &str) -> Self {
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        Self { start, end: start + part.len() }
    }

    /// Returns the text under the span.
    ///
    /// # Panics
    /// When the span does not lie on character boundaries of `text`.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// Replaces the bytes under `span` by `text`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// Returns `text` with all edits spliced in; bytes outside the spans are copied as they are.
///
/// Edits may come in any order. Of two insertions at one place the first given comes first.
///
/// # Panics
/// When two edits overlap, which would mean that two places of the program claim the same bytes.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|it| (it.span.start, it.span.end));
    let mut res = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for edit in sorted {
        assert!(edit.span.start >= done, "edits overlap at byte {}", edit.span.start);
        res.push_str(&text[done..edit.span.start]);
        res.push_str(&edit.text);
        done = edit.span.end;
    }
    res.push_str(&text[done..]);
    res
}

/// A place for people: line and column count from 1, columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineCol {
    pub line: usize,
    pub col: usize,
}

/// Returns line and column of a byte offset.
pub fn line_col(text: &str, offset: usize) -> LineCol {
    let before = &text[..floor_char_boundary(text, offset)];
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    LineCol { line, col: before[start..].chars().count() + 1 }
}

/// Returns the last place at or before an offset where a character begins.
pub fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns the line ending that most lines of the text use.
pub fn line_ending(text: &str) -> &'static str {
    let lf = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let crlf = memchr::memmem::find_iter(text.as_bytes(), b"\r\n").count();
    if crlf * 2 > lf { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_leave_other_bytes_alone() {
        let edits = [
            Edit { span: Span::new(4, 4), text: "+".into() },
            Edit { span: Span::new(0, 1), text: "A".into() },
        ];
        assert_eq!(apply("a\r\nb\u{feff}", &edits), "A\r\nb+\u{feff}");
    }

    #[test]
    #[should_panic(expected = "edits overlap")]
    fn overlapping_edits_are_a_bug() {
        let edits = [
            Edit { span: Span::new(0, 2), text: String::new() },
            Edit { span: Span::new(1, 3), text: String::new() },
        ];
        apply("abc", &edits);
    }

    #[test]
    fn columns_are_characters() {
        assert_eq!(line_col("a\n⭐b", 5), LineCol { line: 2, col: 2 });
    }
}
