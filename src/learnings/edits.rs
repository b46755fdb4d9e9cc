//! Document and projection to edits: where the file does not say what the journal says.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr;

use crate::clean::escape_markdown;
use crate::event::Impact;
use crate::learnings::cells::{self, Dialect, Stars};
use crate::learnings::{Entry, EntryKind, Field, FieldName, LearningsDoc, SectionKind, is_cause};
use crate::markdown::{after_line, line_end, line_of};
use crate::measure::{self, Rules};
use crate::projection::{SkillTally, Tally};
use crate::text::{Edit, Span};

/// What the user may choose about the values.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style<'a> {
    pub stars: Stars,
    pub metrics: Rules<'a>,
}

/// Pitfalls and patterns as SKILL.md describes them, for entries that learnings.md does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub kind: EntryKind,
    pub id: String,
    pub impact: Option<String>,
}

/// Returns what has to change for the document to say what the journal says; empty when it does.
pub fn edits(
    doc: &LearningsDoc,
    tally: &SkillTally,
    described: &[Described],
    style: Style<'_>,
) -> Vec<Edit> {
    let mut res = Vec::new();
    let dialect = doc.dialect();
    let present: BTreeSet<(EntryKind, &str)> =
        doc.entries.iter().map(|it| (it.kind, it.id.as_str())).collect();
    for entry in &doc.entries {
        let id = tally.current(&entry.id);
        if id != entry.id && !present.contains(&(entry.kind, id)) {
            rename(doc, entry, id, &mut res);
        }
        let tallies = match entry.kind {
            EntryKind::Pitfall => &tally.pitfalls,
            EntryKind::Pattern => &tally.patterns,
        };
        if let Some(it) = tallies.get(id).filter(|it| !it.is_empty()) {
            entry_edits(doc, entry, it, dialect, style, &mut res);
        }
    }
    metric_rows(doc, tally, style.metrics, &mut res);
    if tally.newest.is_some() {
        let newest = cells::last_updated(tally.newest);
        set_if_there(doc, doc.last_updated.as_ref(), &newest, &mut res);
        let features = tally.features.len().to_string();
        set_if_there(doc, doc.features_processed.as_ref(), &features, &mut res);
    }
    // Last: where a text ends in a field without a value, the value goes in before what is put behind the text.
    new_entries(doc, tally, described, dialect, style, &mut res);
    res
}

/// Sets Current and Trend of the rows whose metric has data; other cells keep their bytes.
fn metric_rows(doc: &LearningsDoc, tally: &SkillTally, rules: Rules<'_>, res: &mut Vec<Edit>) {
    for row in &doc.rows {
        let (name, target) = (row.name.of(&doc.text), row.target.of(&doc.text));
        let Some(it) = measure::measure(name, target, tally, rules) else { continue };
        res.extend(row.current.and_then(|cell| cell_edit(&doc.text, cell, &it.current)));
        res.extend(row.trend.and_then(|cell| cell_edit(&doc.text, cell, &it.trend)));
    }
}

/// Returns the edit that puts a value into a table cell, unless it is there. A column that is padded
/// stays aligned where the value fits.
fn cell_edit(text: &str, cell: Span, value: &str) -> Option<Edit> {
    let value = cells::one_line(value).replace('|', "\\|");
    let old = cell.of(text);
    if old == value {
        return None;
    }
    let after = &text[cell.end..];
    let spaces = after.len() - after.trim_start_matches(' ').len();
    if !old.is_empty() && spaces < 2 {
        return Some(Edit { span: cell, text: value });
    }
    // The span of an empty cell begins at its bar.
    let lead = if old.is_empty() && text[..cell.start].ends_with('|') { " " } else { "" };
    let (width, room) = (lead.len() + value.width(), old.width() + spaces);
    let padding = " ".repeat(room.saturating_sub(width).max(1));
    let span = Span::new(cell.start, cell.end + spaces);
    Some(Edit { span, text: format!("{lead}{value}{padding}") })
}

fn set_if_there(doc: &LearningsDoc, field: Option<&Field>, text: &str, res: &mut Vec<Edit>) {
    if let Some(field) = field {
        set(doc, field, text, res);
    }
}

/// Sets the value of a field; a field without a value gets a space before it.
fn set(doc: &LearningsDoc, field: &Field, text: &str, res: &mut Vec<Edit>) {
    if doc.value(field) == text {
        return;
    }
    let glued = field.value.start == field.value.end
        && !doc.text[..field.value.start].ends_with([' ', '\t']);
    let text = if glued { format!(" {text}") } else { text.to_owned() };
    res.push(Edit { span: field.value, text });
}

fn rename(doc: &LearningsDoc, entry: &Entry, id: &str, res: &mut Vec<Edit>) {
    if entry.heading.of(&doc.text) == entry.id {
        res.push(Edit { span: entry.heading, text: id.to_owned() });
    }
    if let Some(field) = entry.field(FieldName::Id) {
        set(doc, field, &format!("`{id}`"), res);
    }
}

fn entry_edits(
    doc: &LearningsDoc,
    entry: &Entry,
    tally: &Tally,
    dialect: Dialect,
    style: Style<'_>,
    res: &mut Vec<Edit>,
) {
    let count = tally.count();
    // What the file knew and the journal only took over stays as the file has it.
    if tally.ever == 0 && doc.count(entry) == Some(count) && entry.counter().is_some() {
        return;
    }
    for (name, value) in values(entry.kind, tally, count, dialect_of(doc, entry, dialect), style) {
        match entry.field(name) {
            Some(field) => set(doc, field, &value, res),
            None => insert(doc, entry, name, &value, res),
        }
    }
    if entry.kind == EntryKind::Pitfall {
        causes(doc, entry, tally, res);
    }
    // Code, HTML, a rule or another heading's text right under the heading would become part of the lines that come between.
    let end = line_end(&doc.text, entry.heading.end);
    let next = line_of(&doc.text, after_line(&doc.text, end)).of(&doc.text);
    if res.iter().any(|it| it.span == Span::new(end, end))
        && (is_indented(doc, end) || next.starts_with('<') || is_next_heading(entry, end, next))
    {
        res.push(Edit { span: Span::new(end, end), text: doc.eol().to_owned() });
    }
}

/// Says whether the line under an entry's heading, which ends at `end`, is none of the entry's: a rule, or a text with a line
/// under it.
fn is_next_heading(entry: &Entry, end: usize, next: &str) -> bool {
    let is_line = |mark| next.trim().chars().all(|it| it == mark);
    let is_other = entry.span.end <= end && !next.trim_start().starts_with('#');
    !next.trim().is_empty() && (is_other || is_line('-') || is_line('='))
}

fn dialect_of(doc: &LearningsDoc, entry: &Entry, usual: Dialect) -> Dialect {
    let own = entry.field(FieldName::Frequency).map(|it| doc.value(it));
    own.filter(|it| !it.is_empty()).map_or(usual, Dialect::of)
}

/// Returns the generated fields of an entry and their values.
fn values(
    kind: EntryKind,
    tally: &Tally,
    count: u64,
    dialect: Dialect,
    style: Style<'_>,
) -> Vec<(FieldName, String)> {
    let mut res = Vec::new();
    match kind {
        EntryKind::Pitfall => {
            res.push((FieldName::Frequency, cells::frequency(count, dialect, style.stars)));
            let seen = tally.last_seen();
            // A count from a file that had no day leaves the field as it is.
            if count == 0 || seen.is_some() {
                res.push((FieldName::LastSeen, cells::last_seen(seen.as_ref())));
            }
            res.push((FieldName::Instances, cells::instances(&tally.instances())));
        }
        EntryKind::Pattern => {
            res.push((FieldName::UsageCount, count.to_string()));
            let first = tally.first_used();
            if count == 0 || first.is_some() {
                res.push((FieldName::FirstUsed, first.unwrap_or_else(|| "Never".to_owned())));
            }
            let success = tally.success();
            if count == 0 || success.is_some() {
                res.push((FieldName::SuccessRate, cells::success_rate(success)));
            }
        }
    }
    res
}

/// Adds a field line after the field that comes before it in the usual order, else after the heading.
fn insert(doc: &LearningsDoc, entry: &Entry, name: FieldName, value: &str, res: &mut Vec<Edit>) {
    let before = entry.fields.iter().filter(|it| it.name < name).max_by_key(|it| it.name);
    let like = before.or(entry.fields.first());
    let prefix = like.map_or("", |it| it.prefix.of(&doc.text));
    let at = before.map_or_else(|| line_end(&doc.text, entry.heading.end), |it| it.line.end);
    let text = format!("{}{prefix}**{}**: {value}", doc.eol(), name.label());
    res.push(Edit { span: Span::new(at, at), text });
}

fn causes(doc: &LearningsDoc, entry: &Entry, tally: &Tally, res: &mut Vec<Edit>) {
    if let (Some(field), Some(block)) = (entry.field(FieldName::RecentCauses), entry.causes) {
        // The line itself stays as the file has it.
        let span = Span::new(field.line.end, block.end);
        let text = cause_items(tally, field.prefix.of(&doc.text), doc.eol());
        match text.is_empty() {
            true => no_causes(doc, entry, block, res),
            false if span.of(&doc.text) != text => res.push(Edit { span, text }),
            false => {}
        }
        return;
    }
    let before = entry.fields.iter().filter(|it| it.name < FieldName::RecentCauses);
    let anchor = before.max_by_key(|it| it.name);
    let prefix = anchor.map_or("", |it| it.prefix.of(&doc.text));
    let text = cause_lines(tally, prefix, doc.eol());
    if text.is_empty() {
        return;
    }
    // Comes after an inserted `Instances` too: of insertions at one place the first given is first.
    let at = anchor.map_or_else(|| line_end(&doc.text, entry.heading.end), |it| it.line.end);
    // A dated list of a person right below would be taken for ours, and written over.
    let next = line_of(&doc.text, after_line(&doc.text, at));
    let text = if is_cause(next.of(&doc.text)) { text + doc.eol() } else { text };
    res.push(Edit { span: Span::new(at, at), text });
}

/// Takes out a block of causes when all of them were retracted.
fn no_causes(doc: &LearningsDoc, entry: &Entry, span: Span, res: &mut Vec<Edit>) {
    let mut named = entry.fields.iter().filter(|it| it.name == FieldName::RecentCauses);
    let Some(field) = named.next() else { return };
    let lines = Span::new(field.line.end, span.end);
    if lines.start == lines.end {
        return;
    }
    // Its line stays where it is not the only one, or keeps what follows from becoming code.
    let stays = named.next().is_some() || is_indented(doc, span.end);
    res.push(Edit { span: if stays { lines } else { span }, text: String::new() });
}

/// Says whether the line after the one of a byte would be code under a heading.
fn is_indented(doc: &LearningsDoc, at: usize) -> bool {
    let next = line_of(&doc.text, after_line(&doc.text, at)).of(&doc.text);
    !next.trim().is_empty() && next.starts_with(['\t', ' '])
}

/// Returns the block of recent causes with the line ending before it; empty when there are none.
fn cause_lines(tally: &Tally, prefix: &str, eol: &str) -> String {
    if tally.causes.is_empty() {
        return String::new();
    }
    let header = format!("{eol}{prefix}**{}**:", FieldName::RecentCauses.label());
    header + &cause_items(tally, prefix, eol)
}

/// Returns the lines of the causes, each with the line ending before it.
fn cause_items(tally: &Tally, prefix: &str, eol: &str) -> String {
    let indent: String = prefix.chars().map(|it| if it == '\t' { '\t' } else { ' ' }).collect();
    let mut res = String::new();
    for cause in &tally.causes {
        let day = cause.stamp.0.date();
        // A line must not end in a space, which would not be found again.
        let text = escape_markdown(&cells::one_line(&cause.text));
        let text = if text.is_empty() { "-" } else { &text };
        res += &match cause.feature.as_deref().map(cells::one_line) {
            Some(feature) => {
                format!("{eol}{indent}- {day} ({}): {text}", escape_markdown(&feature))
            }
            None => format!("{eol}{indent}- {day}: {text}"),
        };
    }
    res
}

fn new_entries(
    doc: &LearningsDoc,
    tally: &SkillTally,
    described: &[Described],
    dialect: Dialect,
    style: Style<'_>,
    res: &mut Vec<Edit>,
) {
    let eol = doc.eol();
    for (kind, tallies, title) in [
        (EntryKind::Pitfall, &tally.pitfalls, "Common Pitfalls"),
        (EntryKind::Pattern, &tally.patterns, "Successful Patterns"),
    ] {
        let mut text = String::new();
        let is_there =
            |id: &str| doc.entries.iter().any(|e| e.kind == kind && tally.current(&e.id) == id);
        let mut missing: Vec<(&String, &Tally)> =
            tallies.iter().filter(|it| it.1.is_wanted() && !is_there(it.0)).collect();
        // In the order in which they were first written down, so that a file synced at every event and
        // one synced at the end agree.
        missing.sort_by_key(|it| it.1.oldest);
        for (id, it) in missing {
            let impact = described
                .iter()
                .find(|it| it.kind == kind && it.id == *id)
                .and_then(|it| it.impact.clone())
                .or_else(|| it.impact.map(|it| it.1.title().to_owned()));
            text += &format!(
                "{eol}{eol}{}",
                section(kind, id, impact.as_deref(), it, dialect, style, eol)
            );
        }
        if !text.is_empty() {
            insert_section(doc, kind, title, text, res);
        }
    }
}

/// Returns a new section, without a line ending at its end.
pub fn section(
    kind: EntryKind,
    id: &str,
    impact: Option<&str>,
    tally: &Tally,
    dialect: Dialect,
    style: Style<'_>,
    eol: &str,
) -> String {
    let mut fields = values(kind, tally, tally.count(), dialect, style);
    let impact = impact.unwrap_or(Impact::Medium.title());
    fields.push((FieldName::Impact, impact.to_owned()));
    fields.sort_by_key(|it| it.0);
    let mut res = format!("### {id}{eol}**ID**: `{id}`");
    for (name, value) in fields {
        res += &format!("{eol}**{}**: {value}", name.label());
    }
    res + &cause_lines(tally, "", eol)
}

/// Puts sections at the end of theirs, or makes that section after the last one the file has.
pub fn insert_section(
    doc: &LearningsDoc,
    kind: EntryKind,
    title: &str,
    text: String,
    res: &mut Vec<Edit>,
) {
    let wanted = match kind {
        EntryKind::Pitfall => SectionKind::Pitfalls,
        EntryKind::Pattern => SectionKind::Patterns,
    };
    let last = doc.entries.iter().filter(|it| it.kind == kind).map(|it| it.span.end).max();
    let section = doc.sections.iter().find(|it| it.kind == wanted);
    if let Some(at) = last.or(section.map(|it| it.end)) {
        let at = line_end(&doc.text, at).min(doc.open_end());
        let text = text + gap(doc, at);
        res.push(Edit { span: Span::new(at, at), text });
        return;
    }
    let eol = doc.eol();
    let metrics = doc.sections.iter().find(|it| it.kind == SectionKind::Metrics);
    let pitfalls_end = doc.entries.iter().map(|it| it.span.end).max();
    match (kind, metrics, pitfalls_end) {
        (EntryKind::Pitfall, Some(before), _) | (EntryKind::Pattern, Some(before), None) => {
            let at = line_of(&doc.text, before.heading.start).start;
            let text = format!("## {title}{text}{eol}{eol}");
            res.push(Edit { span: Span::new(at, at), text });
        }
        (EntryKind::Pattern, _, Some(at)) => {
            // After the whole chapter: a heading of it must not become one of the new section.
            let end = doc.chapter_ends.iter().copied().find(|it| *it >= at).unwrap_or(at);
            let at = line_end(&doc.text, end).min(doc.open_end());
            let text = format!("{eol}{eol}## {title}{text}{}", gap(doc, at));
            res.push(Edit { span: Span::new(at, at), text });
        }
        (_, None, _) => {
            let at = doc.open_end();
            let before = &doc.text[..at];
            // Another section may have been put here just now.
            let other = res.iter().rev().find(|it| it.span == Span::new(at, at));
            let before = other.map_or(before, |it| it.text.as_str());
            let before = before.strip_prefix('\u{feff}').unwrap_or(before);
            let lead = match before.trim_start_matches(['\n', '\r']) {
                "" => String::new(),
                it if it.ends_with(&format!("{eol}{eol}")) => String::new(),
                it if it.ends_with(eol) => eol.to_owned(),
                _ => format!("{eol}{eol}"),
            };
            let tail = match &doc.text[at..] {
                "" => eol.to_owned(),
                rest if rest.starts_with(['\n', '\r']) => gap(doc, at).to_owned(),
                _ => format!("{eol}{eol}"),
            };
            let text = format!("{lead}## {title}{text}{tail}");
            res.push(Edit { span: Span::new(at, at), text });
        }
    }
}

/// Returns the line ending that keeps what follows a new section apart from it: text or a rule right
/// under its last field would become part of that paragraph.
fn gap(doc: &LearningsDoc, at: usize) -> &'static str {
    let next = line_of(&doc.text, after_line(&doc.text, at));
    if next.of(&doc.text).trim().is_empty() { "" } else { doc.eol() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::apply;

    #[track_caller]
    fn check(row: &str, value: &str, expected: &str) {
        let text = format!("| Metric | Target | Current |\n|---|---|---|\n{row}\n");
        let doc = LearningsDoc::parse(&text);
        let cell = doc.rows[0].current.unwrap();
        let edits: Vec<Edit> = cell_edit(&text, cell, value).into_iter().collect();
        let new = apply(&text, &edits);
        assert_eq!(new.lines().nth(2).unwrap(), expected);
        let again = LearningsDoc::parse(&new).rows[0].current.unwrap();
        assert!(cell_edit(&new, again, value).is_none(), "setting twice equals once");
    }

    #[test]
    fn cells_stay_aligned_where_the_value_fits() {
        check("| a | ≥9% | null |", "96% (24/25)", "| a | ≥9% | 96% (24/25) |");
        check("| a | ≥9% | null     |", "2/2", "| a | ≥9% | 2/2      |");
        check("| a | ≥9% | null  |", "96% (24/25)", "| a | ≥9% | 96% (24/25) |");
        check("| a | ≥9% | 未測定   |", "2/2", "| a | ≥9% | 2/2      |");
        check("| a | ≥9% |  |", "2/2", "| a | ≥9% | 2/2 |");
        check("|a|≥9%|null|", "a|b", "|a|≥9%|a\\|b|");
    }
}
