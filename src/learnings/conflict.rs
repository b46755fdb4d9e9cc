//! Conflict markers that a merge left in learnings.md: found with their lines, and healed where both
//! sides differ in generated values only.

use crate::learnings::FieldName;
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
    let (healed, left): (Vec<Conflict>, Vec<Conflict>) = find(text)
        .into_iter()
        .partition(|it| is_generated(text, it.ours) && is_generated(text, it.theirs));
    let edits: Vec<Edit> =
        healed.iter().map(|it| Edit { span: it.span, text: it.ours.of(text).to_owned() }).collect();
    (apply(text, &edits), left)
}

fn is_marker(line: &str, mark: char) -> bool {
    let rest = line.trim_start_matches(mark);
    line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with(' '))
}

/// Says whether each line is a generated field, a generated cause, a table row or the heading of an entry.
fn is_generated(text: &str, span: Span) -> bool {
    lines(text, span).all(|line| {
        let line = line.of(text).trim().trim_start_matches(['-', '*', '+']).trim_start();
        let line = if line.is_empty() { return true } else { line };
        let label = line.strip_prefix('*').unwrap_or(line).trim_start_matches('*');
        FieldName::ALL.iter().any(|it| label.starts_with(it.label()))
            || line.strip_prefix("### ").is_some_and(super::is_id)
            || line.starts_with('|')
            || line
                .get(..10)
                .is_some_and(|it| chrono::NaiveDate::parse_from_str(it, "%Y-%m-%d").is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_values_are_healed_and_prose_is_left() {
        let text = "a\n<<<<<<< HEAD\n**Frequency**: 1/5\n||||||| b\n**Frequency**: 0/5\n=======\n**Frequency**: 2/5\n>>>>>>> x\nb\n<<<<<<< HEAD\nmine\n=======\nyours\n>>>>>>> x\n";
        let (healed, left) = heal(text);
        assert!(healed.starts_with("a\n**Frequency**: 1/5\nb\n<<<<<<< HEAD\nmine"));
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].first_line, left[0].last_line), (10, 14));
    }

    #[test]
    fn a_rule_of_equal_signs_is_no_conflict() {
        assert!(find("Title\n=======\n\n>>>>>>> quoted\n").is_empty());
    }
}
