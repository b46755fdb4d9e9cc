//! Conflict markers that a merge left in learnings.md: found with their lines, and healed where both
//! sides differ in generated values only.

use crate::learnings::{FieldName, LearningsDoc};
use crate::markdown::{after_line, lines};
use crate::text::{Edit, Span, apply};

/// One conflict, from `<<<<<<<` to `>>>>>>>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Line of the opening marker, from 1.
    pub first_line: usize,
    /// Line of the closing marker.
    pub last_line: usize,
    span: Span,
    ours: Span,
    theirs: Span,
}

/// Returns the conflicts of a text.
pub fn find(text: &str) -> Vec<Conflict> {
    let mut res = Vec::new();
    let mut open: Option<(usize, Span)> = None;
    let mut base: Option<usize> = None;
    let mut middle: Option<Span> = None;
    for (number, line) in lines(text, Span::new(0, text.len())).enumerate() {
        let it = line.of(text);
        if is_marker(it, '<') {
            (open, base, middle) = (Some((number + 1, line)), None, None);
        } else if is_marker(it, '|') && open.is_some() && middle.is_none() {
            base = Some(line.start);
        } else if it == "=======" && open.is_some() {
            middle = Some(line);
        } else if let (true, Some((first_line, start)), Some(middle)) =
            (is_marker(it, '>'), open, middle)
        {
            let next = |span: Span| after_line(text, span.end);
            res.push(Conflict {
                first_line,
                last_line: number + 1,
                span: Span::new(start.start, next(line)),
                ours: Span::new(next(start), base.unwrap_or(middle.start)),
                theirs: Span::new(next(middle), line.start),
            });
            open = None;
        }
    }
    res
}

/// Returns the text with our side of every conflict that lies in generated values, and the conflicts
/// that a person has to resolve. The numbers do not matter: sync writes what the journal says.
pub fn heal(text: &str) -> (String, Vec<Conflict>) {
    let all = find(text);
    if all.is_empty() {
        return (text.to_owned(), all);
    }
    let (ours, our_spans) = side(text, &all, |it| it.ours);
    let (theirs, their_spans) = side(text, &all, |it| it.theirs);
    let mut edits = Vec::new();
    let mut left = Vec::new();
    for ((conflict, our), their) in all.into_iter().zip(our_spans).zip(their_spans) {
        let is_generated = words(&ours, our) == words(&theirs, their)
            && !names_more(&ours, our, &theirs)
            && !names_more(&theirs, their, &ours);
        if is_generated {
            let text = conflict.ours.of(text).to_owned();
            edits.push(Edit { span: conflict.span, text });
        } else {
            left.push(conflict);
        }
    }
    (apply(text, &edits), left)
}

/// Returns the document with one side of every conflict, and where these sides are in it.
fn side(
    text: &str,
    conflicts: &[Conflict],
    chosen: fn(&Conflict) -> Span,
) -> (LearningsDoc, Vec<Span>) {
    let mut res = String::new();
    let mut spans = Vec::new();
    let mut at = 0;
    for it in conflicts {
        res += &text[at..it.span.start];
        let start = res.len();
        res += chosen(it).of(text);
        spans.push(Span::new(start, res.len()));
        at = it.span.end;
    }
    res += &text[at..];
    (LearningsDoc::parse(&res), spans)
}

/// Returns what people wrote in a span: its lines without those that are generated.
fn words(doc: &LearningsDoc, span: Span) -> Vec<String> {
    let text = &doc.text;
    let top = doc.last_updated.iter().chain(&doc.features_processed);
    let fields: Vec<_> = doc.entries.iter().flat_map(|it| &it.fields).chain(top).collect();
    // A section that came whole has an impact that sync can write again.
    let is_whole =
        doc.entries.iter().any(|it| span.start <= it.span.start && it.span.start < span.end);
    let mut res = Vec::new();
    for line in lines(text, span) {
        let field = fields.iter().find(|it| it.line.start == line.start).map(|it| it.name);
        let is_value = match field {
            Some(FieldName::Impact) => is_whole,
            other => other.is_some(),
        };
        let in_causes = doc
            .entries
            .iter()
            .filter_map(|it| it.causes)
            .any(|it| it.start <= line.start && line.end <= it.end);
        let is_heading = doc
            .entries
            .iter()
            .any(|it| line.start <= it.heading.start && it.heading.end <= line.end);
        if line.of(text).trim().is_empty() || is_value || in_causes || is_heading {
            continue;
        }
        let mut kept = line.of(text).to_owned();
        if let Some(row) = doc.rows.iter().find(|it| it.line.start == line.start) {
            let mut cells: Vec<Span> = row.current.into_iter().chain(row.trend).collect();
            cells.sort_by_key(|it| std::cmp::Reverse(it.start));
            for it in cells {
                kept.replace_range(it.start - line.start..it.end - line.start, "");
            }
        }
        res.push(kept.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    res
}

/// Says whether a side has a section that the other one lacks and sync would not make again.
fn names_more(doc: &LearningsDoc, span: Span, other: &LearningsDoc) -> bool {
    let mut own =
        doc.entries.iter().filter(|it| span.start <= it.span.start && it.span.start < span.end);
    own.any(|it| {
        doc.count(it).unwrap_or(0) == 0
            && !other.entries.iter().any(|e| e.kind == it.kind && e.id == it.id)
    })
}

fn is_marker(line: &str, mark: char) -> bool {
    let rest = line.trim_start_matches(mark);
    line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_values_are_healed_and_prose_is_left() {
        let text = "### a\n<<<<<<< HEAD\n**Frequency**: 1/5\n||||||| b\n**Frequency**: 0/5\n=======\n**Frequency**: 2/5\n>>>>>>> x\nb\n<<<<<<< HEAD\nmine\n=======\nyours\n>>>>>>> x\n";
        let (healed, left) = heal(text);
        assert!(healed.starts_with("### a\n**Frequency**: 1/5\nb\n<<<<<<< HEAD\nmine"));
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].first_line, left[0].last_line), (10, 14));
    }

    #[test]
    fn of_a_metric_row_only_the_values_are_generated() {
        let text = |ours: &str, theirs: &str| {
            format!(
                "| Metric | Target | Current | Trend |\n|--|--|--|--|\n<<<<<<< a\n{ours}\n=======\n{theirs}\n>>>>>>> b\n"
            )
        };
        let mine = "| Deploys | >5 | 7 | up |";
        let (healed, left) = heal(&text(mine, "| Deploys | >5 | 8 | down |"));
        assert!(left.is_empty() && healed.ends_with("|\n| Deploys | >5 | 7 | up |\n"), "{healed}");
        for theirs in ["| Deploys | >6 | 7 | up |", "| Rollbacks | >5 | 7 | up |", ""] {
            assert_eq!(heal(&text(mine, theirs)).1.len(), 1, "{theirs}");
        }
    }

    #[test]
    fn a_section_that_sync_would_not_make_again_is_not_dropped() {
        let text = |count: u8| {
            format!(
                "## Common Pitfalls\n<<<<<<< a\n### x\n**Frequency**: 1/5\n=======\n### y\n**Frequency**: {count}/5\n>>>>>>> b\n"
            )
        };
        assert!(heal(&text(1)).1.is_empty());
        assert_eq!(heal(&text(0)).1.len(), 1);
    }

    #[test]
    fn a_rule_of_equal_signs_is_no_conflict() {
        assert!(find("Title\n=======\n\n>>>>>>> quoted\n").is_empty());
    }
}
