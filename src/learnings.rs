//! learnings.md as a lossless document: its text, and where the generated values stand in it.
//!
//! Headings and tables come from the Markdown parser; fields are lines `**Name**: value` outside
//! code, comments and quotes, whatever bullet stands before them. Parsing never fails.

use serde::{Deserialize, Serialize};

use crate::learnings::cells::Dialect;
use crate::markdown::{self, Outline, slug};
use crate::text::{Span, line_ending};

pub mod cells;
pub mod conflict;
pub mod edits;
pub mod restore;

/// What an entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EntryKind {
    Pitfall,
    Pattern,
}

/// Names of the fields this program knows, in the order in which they stand in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldName {
    Id,
    Frequency,
    LastSeen,
    UsageCount,
    FirstUsed,
    SuccessRate,
    Impact,
    Instances,
    RecentCauses,
    LastUpdated,
    FeaturesProcessed,
}

impl FieldName {
    pub const ALL: [Self; 11] = [
        Self::Id,
        Self::Frequency,
        Self::LastSeen,
        Self::UsageCount,
        Self::FirstUsed,
        Self::SuccessRate,
        Self::Impact,
        Self::Instances,
        Self::RecentCauses,
        Self::LastUpdated,
        Self::FeaturesProcessed,
    ];

    /// Returns the name as it is written.
    pub fn label(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Frequency => "Frequency",
            Self::LastSeen => "Last seen",
            Self::UsageCount => "Usage count",
            Self::FirstUsed => "First used",
            Self::SuccessRate => "Success rate",
            Self::Impact => "Impact",
            Self::Instances => "Instances",
            Self::RecentCauses => "Recent causes",
            Self::LastUpdated => "Last updated",
            Self::FeaturesProcessed => "Features processed",
        }
    }

    fn parse(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.label().eq_ignore_ascii_case(label.trim()))
    }
}

/// One line `**Name**: value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: FieldName,
    /// The value, trimmed; an empty span where there is none.
    pub value: Span,
    /// The line without its ending.
    pub line: Span,
    /// What stands before the name: indentation and bullet.
    pub prefix: Span,
}

/// A section `### id` of a pitfall or pattern.
#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: EntryKind,
    pub id: String,
    /// The text of the heading, without the marks.
    pub heading: Span,
    /// From the heading to the last line of its content; blank lines and rules after it are not part of it.
    pub span: Span,
    pub fields: Vec<Field>,
    /// The line `**Recent causes**:` and the generated lines after it, with the line ending before it.
    pub causes: Option<Span>,
}

impl Entry {
    pub fn field(&self, name: FieldName) -> Option<&Field> {
        self.fields.iter().find(|it| it.name == name)
    }

    /// Returns the field that holds the count.
    pub fn counter(&self) -> Option<&Field> {
        self.field(match self.kind {
            EntryKind::Pitfall => FieldName::Frequency,
            EntryKind::Pattern => FieldName::UsageCount,
        })
    }
}

/// A row of the metrics table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricRow {
    pub name: Span,
    pub target: Span,
    pub current: Option<Span>,
    pub trend: Option<Span>,
    /// The whole line.
    pub line: Span,
}

/// A second-level section this program knows.
#[derive(Clone, Debug)]
pub struct Section {
    pub kind: SectionKind,
    pub heading: Span,
    /// To the last line of its content.
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    Pitfalls,
    Patterns,
    Metrics,
}

/// A parsed learnings.md.
#[derive(Clone, Debug)]
pub struct LearningsDoc {
    pub text: String,
    pub entries: Vec<Entry>,
    pub sections: Vec<Section>,
    pub rows: Vec<MetricRow>,
    /// Metrics that are listed, `- Test coverage: ≥80%`, where there is no table.
    pub listed: Vec<MetricRow>,
    pub last_updated: Option<Field>,
    pub features_processed: Option<Field>,
    /// Where the content of each chapter ends: of what a heading of the first or second level begins.
    pub chapter_ends: Vec<usize>,
}

impl LearningsDoc {
    /// Reads any text.
    pub fn parse(text: &str) -> Self {
        Self::of(text, &markdown::scan(text))
    }

    /// Reads a text whose structure is known.
    pub fn of(text: &str, outline: &Outline) -> Self {
        let fields = fields(text, outline);
        let mut entries = Vec::new();
        let mut sections: Vec<Section> = Vec::new();
        // A heading that is made of fields is a paragraph with a rule under it.
        let headings: Vec<&markdown::Heading> = outline
            .headings
            .iter()
            .filter(|it| {
                !fields.iter().any(|f| it.span.start <= f.line.start && f.line.end <= it.span.end)
            })
            .collect();
        let mut within = None;
        for (at, heading) in headings.iter().enumerate() {
            if heading.level <= 2 {
                within = section_kind(&heading.text);
                let next = headings[at + 1..].iter().find(|it| it.level <= 2);
                if let Some(kind) = within {
                    let end =
                        content_end(text, outline, heading.span.end, next.map(|it| it.span.start));
                    sections.push(Section { kind, heading: heading.span, end });
                }
                continue;
            }
            if heading.level > 3 {
                continue;
            }
            let next = headings[at + 1..].iter().find(|it| it.level <= 3).map(|it| it.span.start);
            let limit = next.unwrap_or(text.len());
            let before = |place| fields.partition_point(|it: &Field| it.line.start < place);
            let own = fields[before(heading.span.end)..before(limit)].to_vec();
            let has = |name| own.iter().any(|it| it.name == name);
            let kind = if has(FieldName::Frequency) {
                EntryKind::Pitfall
            } else if has(FieldName::UsageCount) {
                EntryKind::Pattern
            } else {
                match within {
                    Some(SectionKind::Pitfalls) => EntryKind::Pitfall,
                    Some(SectionKind::Patterns) => EntryKind::Pattern,
                    _ => continue,
                }
            };
            let id = entry_id(text, heading, &own);
            if id.is_empty() {
                continue;
            }
            let end = content_end(text, outline, heading.span.end, next);
            let causes = own
                .iter()
                .find(|it| it.name == FieldName::RecentCauses)
                .map(|it| causes_span(text, it, end));
            let span = Span::new(heading.span.start, end);
            entries.push(Entry { kind, id, heading: heading.inner, span, fields: own, causes });
        }
        let first = headings.iter().find(|it| it.level == 2 || it.level == 3);
        let head_end = first.map_or(text.len(), |it| it.span.start);
        let top = |name| {
            let mut named = fields.iter().filter(|it| it.name == name);
            named.clone().find(|it| it.line.start < head_end).or_else(|| named.next()).cloned()
        };
        let rows = metric_rows(text, outline);
        let last_updated = top(FieldName::LastUpdated);
        let features_processed = top(FieldName::FeaturesProcessed);
        let chapters: Vec<&markdown::Heading> =
            headings.iter().copied().filter(|it| it.level <= 2).collect();
        let starts = std::iter::once(outline.body).chain(chapters.iter().map(|it| it.span.end));
        let nexts = chapters.iter().map(|it| Some(it.span.start)).chain([None]);
        let chapter_ends =
            starts.zip(nexts).map(|(from, next)| content_end(text, outline, from, next)).collect();
        let text = text.to_owned();
        let listed = if rows.is_empty() { listed(&text, outline, &sections) } else { Vec::new() };
        Self {
            text,
            entries,
            sections,
            rows,
            listed,
            last_updated,
            features_processed,
            chapter_ends,
        }
    }

    /// Returns the value of a field as it is written.
    pub fn value(&self, field: &Field) -> &str {
        field.value.of(&self.text)
    }

    /// Returns the count an entry shows; `None` where it has none or one that cannot be read.
    pub fn count(&self, entry: &Entry) -> Option<u64> {
        entry.counter().and_then(|it| cells::count(self.value(it)))
    }

    /// Says whether any counter is above zero.
    pub fn has_counts(&self) -> bool {
        self.entries.iter().any(|it| self.count(it).is_some_and(|it| it > 0))
    }

    /// Returns how this file writes frequencies: as its first one does.
    pub fn dialect(&self) -> Dialect {
        let mut frequencies = self
            .entries
            .iter()
            .filter_map(|it| it.field(FieldName::Frequency))
            .map(|it| self.value(it));
        frequencies.find(|it| !it.is_empty()).map_or(Dialect::Number, Dialect::of)
    }

    /// Returns where the last line ends after which a heading is one: before a fence or comment that
    /// nobody closed. The parser is asked, since what closes them depends on all that is around.
    pub fn open_end(&self) -> usize {
        let text = &self.text;
        let outline = markdown::scan(text);
        let before = |it: &Span| text[..markdown::line_of(text, it.start).start].trim_end().len();
        let whole = text.trim_end().len();
        let mut ends = std::iter::once(whole).chain(outline.opaque.iter().rev().map(before));
        let is_open = |end: &usize| {
            let probe =
                markdown::scan(&format!("{}\n\n### x\n", &text[..markdown::line_end(text, *end)]));
            probe.headings.last().is_some_and(|it| it.span.start > *end)
        };
        if outline.opaque.is_empty() {
            return markdown::line_end(text, whole);
        }
        match ends.find(is_open).filter(|it| *it > outline.body) {
            Some(end) => markdown::line_end(text, end),
            None => outline.body,
        }
    }

    /// Returns the metrics with their targets, from the table or the list.
    pub fn metrics(&self) -> impl Iterator<Item = &MetricRow> {
        self.rows.iter().chain(&self.listed)
    }

    pub fn eol(&self) -> &'static str {
        line_ending(&self.text)
    }
}

fn section_kind(heading: &str) -> Option<SectionKind> {
    let name = heading.to_lowercase();
    let name = name.trim_start_matches(|it: char| !it.is_alphanumeric());
    match () {
        () if name.starts_with("common pitfall") => Some(SectionKind::Pitfalls),
        () if name.starts_with("successful pattern") => Some(SectionKind::Patterns),
        () if name.starts_with("metric") => Some(SectionKind::Metrics),
        () => None,
    }
}

fn entry_id(text: &str, heading: &markdown::Heading, fields: &[Field]) -> String {
    if is_id(heading.text.trim()) {
        return heading.text.trim().to_owned();
    }
    let field = fields.iter().find(|it| it.name == FieldName::Id);
    let named = field.map(|it| it.value.of(text).trim_matches(['`', ' ', '"']));
    match named.filter(|it| is_id(it)) {
        Some(id) => id.to_owned(),
        None => slug(&heading.text),
    }
}

/// Says whether a text is an id as it stands: words in lower case joined by hyphens.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && slug(text) == text
}

/// Returns the end of the last line before `next` that is neither blank nor a rule nor a closing note.
fn content_end(text: &str, outline: &Outline, from: usize, next: Option<usize>) -> usize {
    let limit = next.unwrap_or(text.len());
    let mut end = from + text[from..limit].trim_end().len();
    while let Some(rule) = rule_before(text, outline, end).filter(|it| it.start >= from) {
        end = from + text[from..rule.start].trim_end().len();
    }
    // An italic closing line at the end of the file, set off by a rule, belongs to the file.
    if next.is_none()
        && let Some(rule) = outline.breaks.iter().rev().find(|it| it.start >= from && it.end <= end)
    {
        let rest = text[rule.end..end].trim();
        if rest.starts_with('_') && rest.ends_with('_') && !rest.contains("\n\n") {
            return content_end(text, outline, from, Some(rule.end));
        }
    }
    end
}

/// Returns the rule that ends at a place. A line of hyphens is one whatever stands before it: under a
/// paragraph the parser takes it for an underline, and under the list of causes for a rule again.
fn rule_before(text: &str, outline: &Outline, end: usize) -> Option<Span> {
    let at = outline.breaks.partition_point(|it| it.end < end);
    if let Some(rule) = outline.breaks.get(at).filter(|it| it.end == end) {
        return Some(*rule);
    }
    let line = Span::new(markdown::line_of(text, end).start, end);
    let marks = line.of(text).trim();
    let is_rule = !marks.is_empty() && marks.trim_start_matches(['-', '=']).is_empty();
    (is_rule && !outline.is_opaque(line)).then_some(line)
}

fn fields(text: &str, outline: &Outline) -> Vec<Field> {
    let body = Span::new(outline.body, text.len());
    markdown::lines(text, body)
        .filter_map(|line| field(text, line))
        .filter(|it| !outline.is_opaque(it.line))
        .collect()
}

/// Reads `**Name**: value`, `**Name:** value`, `__Name__: value`, each with a bullet before it or not.
fn field(text: &str, line: Span) -> Option<Field> {
    let whole = line.of(text);
    let mut rest = whole.trim_start_matches([' ', '\t']);
    // Four columns make code, or the rest of a paragraph: which of the two changes with the line before.
    if whole.len() - rest.len() > 3 || whole.starts_with('\t') {
        return None;
    }
    if let Some(after) = rest.strip_prefix(['-', '*', '+']).filter(|it| it.starts_with([' ', '\t']))
    {
        rest = after.trim_start_matches([' ', '\t']);
    }
    let prefix = Span::new(line.start, line.start + whole.len() - rest.len());
    let mark = ["**", "__"].into_iter().find(|it| rest.starts_with(it))?;
    let (label, after) = rest[2..].split_once(mark)?;
    let (label, value) = match label.trim_end().strip_suffix(':') {
        Some(label) => (label, after),
        None => (label, after.trim_start_matches([' ', '\t']).strip_prefix(':')?),
    };
    let name = FieldName::parse(label)?;
    let end = line.start + whole.trim_end().len();
    let start = (line.end - value.trim_start().len()).min(end);
    let value = if value.trim().is_empty() { Span::new(end, end) } else { Span::new(start, end) };
    Some(Field { name, value, line, prefix })
}

/// The block of recent causes: its line and the lines after it that this program wrote.
fn causes_span(text: &str, field: &Field, limit: usize) -> Span {
    let mut end = field.line.end;
    let rest =
        Span::new(markdown::after_line(text, field.line.start).min(limit.max(end)), limit.max(end));
    for line in markdown::lines(text, rest).take(crate::projection::CAUSES) {
        if !is_cause(line.of(text)) {
            break;
        }
        end = line.end;
    }
    Span::new(last_ending(text, field.line.start), end)
}

/// Returns where the line ending right before `at` begins.
fn last_ending(text: &str, at: usize) -> usize {
    let before = &text[..at];
    match before.strip_suffix("\r\n").or_else(|| before.strip_suffix(['\n', '\r'])) {
        Some(rest) => rest.len(),
        None => at,
    }
}

/// Says whether a line is `- 2026-11-23 …`.
fn is_cause(line: &str) -> bool {
    let line = line.trim_start();
    line.strip_prefix("- ")
        .and_then(|it| it.get(..10))
        .is_some_and(|it| chrono::NaiveDate::parse_from_str(it, "%Y-%m-%d").is_ok())
}

/// Returns the items `- name: target` of the section of metrics.
fn listed(text: &str, outline: &Outline, sections: &[Section]) -> Vec<MetricRow> {
    let Some(section) = sections.iter().find(|it| it.kind == SectionKind::Metrics) else {
        return Vec::new();
    };
    markdown::lines(text, Span::new(section.heading.end, section.end))
        .filter(|it| !outline.is_opaque(*it))
        .filter_map(|line| {
            let (name, target) = markdown::list_item(line.of(text).trim())?.split_once(':')?;
            let plain = |it: &str| Span::within(text, it.trim_matches([' ', '\t', '*']));
            let (name, target) = (plain(name), plain(target));
            let is_metric = FieldName::parse(name.of(text)).is_none()
                && ![name, target].iter().any(|it| it.of(text).is_empty());
            is_metric.then_some(MetricRow { name, target, current: None, trend: None, line })
        })
        .collect()
}

fn metric_rows(text: &str, outline: &Outline) -> Vec<MetricRow> {
    let mut res = Vec::new();
    for table in &outline.tables {
        let Some((header, rows)) = table.rows.split_first() else { continue };
        let column = |name: &str| {
            header
                .iter()
                .position(|it| it.of(text).trim_matches(['*', '_', ' ']).eq_ignore_ascii_case(name))
        };
        let (Some(name), Some(target)) = (column("metric"), column("target")) else { continue };
        let (current, trend) = (column("current"), column("trend"));
        for row in rows {
            let (Some(name), Some(target)) = (row.get(name), row.get(target)) else { continue };
            let line = markdown::line_of(text, name.start);
            // A short row has no cell there to write into.
            let cell = |at: Option<usize>| {
                at.and_then(|it| row.get(it)).copied().filter(|it| it.end < line.end)
            };
            res.push(MetricRow {
                name: *name,
                target: *target,
                current: cell(current),
                trend: cell(trend),
                line,
            });
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        let doc = LearningsDoc::parse(text);
        let mut res = String::new();
        for entry in &doc.entries {
            res += &format!("{:?} {} count {:?}\n", entry.kind, entry.id, doc.count(entry));
            for field in &entry.fields {
                res += &format!("  {:?} = {:?}\n", field.name, doc.value(field));
            }
            if let Some(causes) = entry.causes {
                res += &format!("  causes {:?}\n", causes.of(text));
            }
        }
        for row in &doc.rows {
            let current = row.current.map(|it| it.of(text));
            res += &format!("row {:?} {:?} {current:?}\n", row.name.of(text), row.target.of(text));
        }
        expected.assert_eq(&res);
    }

    #[test]
    fn fields_are_found_in_any_dress() {
        check(
            "## Common Pitfalls\n### a-b\n* **ID**: `a-b`\n*\t**Frequency:** two/5\n- __Last seen__ : Never\n**Impact**:\n**Instances**: []\n---\n## Other\n",
            &expect![[r#"
                Pitfall a-b count Some(2)
                  Id = "`a-b`"
                  Frequency = "two/5"
                  LastSeen = "Never"
                  Impact = ""
                  Instances = "[]"
            "#]],
        );
    }

    #[test]
    fn decoys_are_text() {
        check(
            "## Common Pitfalls\n### a\n**Frequency**: 1/5\n```\n### b\n**Frequency**: 9/5\n```\n<!--\n**Frequency**: 9/5\n-->\nx <!-- y\n**Frequency**: 9/5 -->\n> **Frequency**: 9/5\n",
            &expect![[r#"
                Pitfall a count Some(1)
                  Frequency = "1/5"
            "#]],
        );
    }

    #[test]
    fn causes_end_where_a_person_goes_on() {
        check(
            "### a\r\n**Frequency**: 1/5\r\n**Recent causes**:\r\n- 2026-01-02 (f): x\r\n- mine\r\n",
            &expect![[r#"
                Pitfall a count Some(1)
                  Frequency = "1/5"
                  RecentCauses = ""
                  causes "\r\n**Recent causes**:\r\n- 2026-01-02 (f): x"
            "#]],
        );
    }

    #[test]
    fn metrics_may_be_listed() {
        let text = "# T\n## Metrics\n**Last updated**: null\n- **Last updated**: null\n\n* **Test coverage:** ≥80%\n- Tools: 5-12 tools\n- a note\n- empty:\n```\n- no: 1\n```\n";
        let doc = LearningsDoc::parse(text);
        let found: Vec<(&str, &str)> =
            doc.metrics().map(|it| (it.name.of(text), it.target.of(text))).collect();
        assert_eq!(found, [("Test coverage", "≥80%"), ("Tools", "5-12 tools")]);
        assert!(doc.rows.is_empty());
        let table = format!(
            "{text}\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| A | 1 | - | - |\n"
        );
        assert_eq!(LearningsDoc::parse(&table).metrics().count(), 1);
    }

    #[test]
    fn titles_become_ids_and_rows_may_be_short() {
        check(
            "## Common Pitfalls\n### 🚫 本番 障害 (x)\n## Metrics\n| Metric | Target | Current | Trend |\n|--|--|--|--|\n| A \\| B | ≥1% | null | - |\n| C | <2\n",
            &expect![[r#"
                Pitfall 本番-障害 count None
                row "A \\| B" "≥1%" Some("null")
                row "C" "<2" None
            "#]],
        );
    }
}
