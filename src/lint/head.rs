//! The YAML head of a Markdown file, with true positions. The only module that names the YAML parser.
//!
//! A head that is not valid YAML is read line by line, so that the other rules still see its fields.

use granit_parser::{Event, Parser, ScalarStyle};

use crate::markdown::{line_of, lines};
use crate::text::{Edit, Span, floor_char_boundary};

mod explain;

use explain::explain;

/// What stands between the two lines of hyphens.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The lines between; `None` where the file has no head.
    pub inner: Option<Span>,
    /// The second line of hyphens is there.
    pub closed: bool,
    /// Where the body begins.
    pub body: usize,
    pub fields: Vec<Field>,
    pub errors: Vec<HeadError>,
    /// The fields were read line by line: values are as written.
    pub recovered: bool,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub key: String,
    pub key_span: Span,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub struct Value {
    pub span: Span,
    pub kind: ValueKind,
}

#[derive(Clone, Debug)]
pub enum ValueKind {
    Null,
    /// Text, with whether quotes or a block make it one.
    Text {
        text: String,
        quoted: bool,
    },
    List(Vec<Value>),
    Map(Vec<Field>),
    Alias,
}

#[derive(Clone, Debug)]
pub struct HeadError {
    pub span: Span,
    pub message: String,
    pub fix: Option<Edit>,
    pub tab: bool,
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns what a plain value means besides text, by the core schema of YAML 1.2.
    pub fn other_type(&self) -> Option<&'static str> {
        match &self.kind {
            ValueKind::Null => Some("empty"),
            ValueKind::List(_) => Some("a list"),
            ValueKind::Map(_) => Some("a map"),
            ValueKind::Alias => None,
            ValueKind::Text { quoted: true, .. } => None,
            ValueKind::Text { text, .. } => match text.as_str() {
                "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Some("a boolean"),
                it if is_number(it) => Some("a number"),
                _ => None,
            },
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let hex = digits.strip_prefix("0x").is_some_and(|it| u128::from_str_radix(it, 16).is_ok());
    hex || (digits.starts_with(|it: char| it.is_ascii_digit() || it == '.')
        && digits.ends_with(|it: char| it.is_ascii_digit() || it == '.')
        && digits.parse::<f64>().is_ok())
}

impl Head {
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|it| it.key == key)
    }

    /// Returns the text of a field; `None` where it has none.
    pub fn text(&self, key: &str) -> Option<(&str, Span)> {
        let value = &self.field(key)?.value;
        Some((value.text()?, value.span))
    }

    /// Returns where a finding about the whole head belongs: its first line.
    pub fn top(&self, text: &str) -> Span {
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Span::new(start, line_of(text, start).end)
    }
}

/// Reads the head of a text.
pub fn read(text: &str) -> Head {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut all = lines(text, Span::new(start, text.len()));
    let Some(first) = all.next().filter(|it| it.of(text).trim_end() == "---") else {
        return Head { body: start, ..Head::default() };
    };
    let from = crate::markdown::after_line(text, first.start);
    let mut open_end = None;
    for (number, line) in all.enumerate() {
        let it = line.of(text);
        if it.trim_end() == "---" {
            let body = crate::markdown::after_line(text, line.start);
            return parsed(text, Span::new(from, line.start), true, body);
        }
        // A rule at the top of a text without a head is followed by a blank line or by prose.
        if number == 0 && !is_key_line(it) && !it.trim_start().starts_with('#') {
            return Head { body: start, ..Head::default() };
        }
        let is_rule = it.starts_with("--") && it.trim_end().bytes().all(|it| it == b'-');
        if open_end.is_none() && (it.trim().is_empty() || it.starts_with("# ") || is_rule) {
            open_end = Some(line.start);
        }
    }
    let end = open_end.unwrap_or(text.len());
    if !lines(text, Span::new(from, end)).any(|it| is_key_line(it.of(text))) {
        return Head { body: start, ..Head::default() };
    }
    parsed(text, Span::new(from, end), false, end)
}

fn is_key_line(line: &str) -> bool {
    let quoted = || {
        let quote = line.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        line[1..].split_once(quote)?.1.trim_start().strip_prefix(':')
    };
    key_of(line).is_some() || line.starts_with('{') || quoted().is_some()
}

/// Returns the key of a line `key: value` that begins in the first column.
fn key_of(line: &str) -> Option<&str> {
    let end = line.find(':')?;
    let rest = &line[end + 1..];
    let key = &line[..end];
    let plain = !key.is_empty()
        && key.chars().all(|it| it.is_alphanumeric() || matches!(it, '-' | '_' | '.'));
    (plain && (rest.is_empty() || rest.starts_with([' ', '\t', '\r']))).then_some(key)
}

fn parsed(text: &str, inner: Span, closed: bool, body: usize) -> Head {
    let mut head = Head { inner: Some(inner), closed, body, ..Head::default() };
    // Most heads are valid; only the others are worth a copy.
    match parse(inner.of(text), inner.start) {
        Ok(fields) => head.fields = fields,
        Err(err) => {
            head.errors = explain(text, inner, err);
            head.fields = by_line(text, inner);
            head.recovered = true;
        }
    }
    head
}

struct YamlError {
    /// In the head's own text.
    at: usize,
    message: String,
}

/// Reads `key: value` lines of a head that does not parse.
fn by_line(text: &str, inner: Span) -> Vec<Field> {
    let mut res: Vec<Field> = Vec::new();
    for line in lines(text, inner) {
        let own = line.of(text);
        if let Some(key) = key_of(own) {
            let rest = &own[key.len() + 1..];
            let start = line.start + key.len() + 1 + (rest.len() - rest.trim_start().len());
            let value = rest.trim();
            let span = Span::new(start.min(line.end), (start + value.len()).min(line.end));
            let bare = value.trim_matches(['"', '\'']).to_owned();
            res.push(Field {
                key: key.to_owned(),
                key_span: Span::new(line.start, line.start + key.len()),
                value: Value { span, kind: ValueKind::Text { text: bare, quoted: true } },
            });
        } else if own.starts_with([' ', '\t'])
            && let Some(last) = res.last_mut()
            && let ValueKind::Text { text: value, .. } = &mut last.value.kind
        {
            value.push(' ');
            value.push_str(own.trim());
        }
    }
    res
}

/// Parses the text of a head; spans are moved by `offset`.
fn parse(text: &str, offset: usize) -> Result<Vec<Field>, YamlError> {
    let mut builder = Builder { text, offset, open: Vec::new(), root: None };
    let mut documents = 0;
    for item in Parser::new_from_str(text) {
        let (event, span) = item.map_err(|it| YamlError {
            at: it.marker().byte_offset().unwrap_or(0),
            message: it.info(),
        })?;
        let span = span.byte_range().unwrap_or(0..0);
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                return Err(YamlError {
                    at: span.start,
                    message: "a second document begins".to_owned(),
                });
            }
        }
        builder.take(&event, span);
    }
    match builder.root.map(|it| (it.kind, it.span)) {
        None | Some((ValueKind::Null, _)) => Ok(Vec::new()),
        Some((ValueKind::Map(fields), _)) => Ok(fields),
        Some((_, span)) => Err(YamlError {
            at: span.start - offset,
            message: "fields are expected here: `name: value`".to_owned(),
        }),
    }
}

/// Builds values from events. Aliases are kept as such, so no text can make it build more than it says.
struct Builder<'t> {
    text: &'t str,
    offset: usize,
    open: Vec<Open>,
    root: Option<Value>,
}

enum Open {
    List(usize, Vec<Value>),
    Map(usize, Vec<Field>, Option<Value>),
}

impl Builder<'_> {
    fn take(&mut self, event: &Event<'_>, range: std::ops::Range<usize>) {
        let start = range.start + self.offset;
        match event {
            Event::Scalar(text, style, _, _) => {
                let value = self.scalar(text, *style, range);
                self.put(value);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let span = Span::new(start, range.end + self.offset);
                self.put(Value { span, kind: ValueKind::Alias });
            }
            Event::SequenceStart(..) => self.open.push(Open::List(start, Vec::new())),
            Event::MappingStart(..) => self.open.push(Open::Map(start, Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            _ => {}
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, range: std::ops::Range<usize>) -> Value {
        let source = &self.text[range.clone()];
        let end = range.start + source.trim_end().len();
        let span = Span::new(range.start + self.offset, end + self.offset);
        let plain = style == ScalarStyle::Plain;
        let kind = match text {
            "" | "~" | "null" | "Null" | "NULL" if plain => ValueKind::Null,
            it => ValueKind::Text { text: it.to_owned(), quoted: !plain },
        };
        Value { span, kind }
    }

    fn close(&mut self, end: usize) {
        let source = &self.text[..floor_char_boundary(self.text, end)];
        let end = source.trim_end().len() + self.offset;
        let value = match self.open.pop() {
            Some(Open::List(start, items)) => {
                Value { span: Span::new(start, end.max(start)), kind: ValueKind::List(items) }
            }
            Some(Open::Map(start, fields, _)) => {
                Value { span: Span::new(start, end.max(start)), kind: ValueKind::Map(fields) }
            }
            None => return,
        };
        self.put(value);
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Open::List(_, items)) => items.push(value),
            Some(Open::Map(_, fields, key @ None)) => {
                let _ = fields;
                *key = Some(value);
            }
            Some(Open::Map(_, fields, key)) => {
                let Some(it) = key.take() else { return };
                let name = it.text().unwrap_or("").to_owned();
                fields.push(Field { key: name, key_span: it.span, value });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Edit, apply};

    fn fields(text: &str) -> Vec<(String, String)> {
        let head = read(text);
        assert!(head.errors.is_empty(), "{:?}", head.errors);
        let shown = |it: &Field| (it.key.clone(), it.value.span.of(text).to_owned());
        head.fields.iter().map(shown).collect()
    }

    /// Found by fuzzing.
    #[test]
    fn a_value_that_goes_on_behind_an_open_head_is_not_mended() {
        let head = read("---\ne: ?-\n :\n \n ");
        assert!(!head.closed && head.errors.iter().all(|it| it.fix.is_none()), "{:?}", head.errors);
    }

    #[test]
    fn values_stand_where_they_are_written() {
        let text = "\u{feff}---\r\nname: ⭐ x\r\ndescription: >-\r\n  a\r\n  b\r\n---\r\n# T\r\n";
        let all = fields(text);
        assert_eq!(all[0], ("name".into(), "⭐ x".into()));
        assert!(all[1].1.ends_with("b"), "{all:?}");
    }

    #[test]
    fn each_unquoted_colon_is_named_and_its_fix_reads_back() {
        let text = "---\nname: x\ndescription: Use when: it's late\nlicense: see: this\n---\n";
        let head = read(text);
        let found: Vec<(&str, String)> = head
            .errors
            .iter()
            .map(|it| (it.span.of(text), it.fix.as_ref().unwrap().text.clone()))
            .collect();
        assert_eq!(found, [(":", "\"Use when: it's late\"".into()), (":", "'see: this'".into())]);
        assert_eq!(head.text("description").unwrap().0, "Use when: it's late");
    }

    #[test]
    fn a_value_of_several_lines_is_quoted_as_a_whole_or_not_at_all() {
        let fix = |head: &str| {
            let text = format!("---\nname: x\n{head}\n---\n");
            let fixes: Vec<Edit> = read(&text).errors.into_iter().filter_map(|it| it.fix).collect();
            let new = apply(&text, &fixes);
            (!fixes.is_empty()).then(|| read(&new).text("description").unwrap().0.to_owned())
        };
        let two = fix("description: Use when: it\n  is late\nlicense: MIT");
        assert_eq!(two.as_deref(), Some("Use when: it is late"));
        let crlf = fix("description: Use when: it\r\n  is late\r\nlicense: MIT");
        assert_eq!(crlf.as_deref(), Some("Use when: it is late"));
        for it in [
            "description: Use when: late # or early",
            "description: - Use when: late",
            "description: Use when: late\n  team: a",
            "description: Use when: late\n  - a",
        ] {
            assert_eq!(fix(it), None, "{it}");
        }
    }

    #[test]
    fn a_colon_in_a_further_line_is_mended_too() {
        let text = "---\nname: x\ndescription: a\n  b: it's\n  c\nmetadata:\n  d: e: f\n---\n";
        let head = read(text);
        let fixes: Vec<&str> =
            head.errors.iter().map(|it| it.fix.as_ref().unwrap().text.as_str()).collect();
        assert_eq!(fixes, ["\"a\n  b: it's\n  c\"", "'e: f'"]);
    }

    #[test]
    fn an_open_head_ends_at_the_first_blank_line() {
        let head = read("---\nname: x\n\n# T\n");
        assert!(!head.closed);
        assert_eq!(head.text("name").unwrap().0, "x");
        assert!(read("---\n\nprose: x\n").inner.is_none());
    }

    #[test]
    fn bombs_and_towers_are_read_in_one_go() {
        let tower = format!("---\na: {}\n---\n", "[".repeat(10_000));
        assert_eq!(read(&tower).errors.len(), 1);
        let mut bomb = String::from("---\na0: &a0 [x]\n");
        for it in 1..60 {
            let (last, many) = (it - 1, format!("*a{}, ", it - 1).repeat(8));
            bomb += &format!("a{it}: &a{it} [{many}*a{last}]\n");
        }
        assert!(read(&format!("{bomb}---\n")).errors.is_empty());
    }
}
