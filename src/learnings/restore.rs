//! An update replaced the file by the package's own: the user's text comes back, and what is new in
//! the shipped file is added to it.

use crate::learnings::edits::insert_section;
use crate::learnings::{EntryKind, LearningsDoc};
use crate::projection::SkillTally;
use crate::text::{Edit, Span, apply};

/// Says whether an update put a file at zero over one with counts.
pub fn is_overwritten(now: &LearningsDoc, before: &LearningsDoc) -> bool {
    !now.has_counts() && before.has_counts() && now.text != before.text
}

/// Returns the user's text with the entries and metric rows that only the shipped file has.
pub fn restore(before: &LearningsDoc, shipped: &LearningsDoc, tally: &SkillTally) -> String {
    let mut edits = Vec::new();
    let eol = before.eol();
    for (kind, title) in
        [(EntryKind::Pitfall, "Common Pitfalls"), (EntryKind::Pattern, "Successful Patterns")]
    {
        let mut text = String::new();
        for entry in shipped.entries.iter().filter(|it| it.kind == kind) {
            let id = tally.current(&entry.id);
            let there =
                before.entries.iter().any(|it| it.kind == kind && tally.current(&it.id) == id);
            if !there {
                let lines: Vec<&str> = entry.span.of(&shipped.text).lines().collect();
                text += &format!("{eol}{eol}{}", lines.join(eol));
            }
        }
        if !text.is_empty() {
            insert_section(before, kind, title, text, &mut edits);
        }
    }
    let mut rows = String::new();
    let name = |doc: &LearningsDoc, span: Span| span.of(&doc.text).trim().to_lowercase();
    for row in &shipped.rows {
        let mut mine = before.rows.iter();
        if !mine.any(|it| name(before, it.name) == name(shipped, row.name)) {
            rows += &format!("{eol}{}", row.line.of(&shipped.text));
        }
    }
    if let (false, Some(last)) = (rows.is_empty(), before.rows.last()) {
        let at = last.line.end;
        edits.push(Edit { span: Span::new(at, at), text: rows });
    }
    apply(&before.text, &edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_text_comes_back_with_what_is_new() {
        let before = "# T\r\nmine\r\n## Common Pitfalls\r\n### a\r\n**Frequency**: 2/5\r\nmy words\r\n\r\n---\r\n\r\n## Metrics\r\n| Metric | Target |\r\n|--|--|\r\n| A | 1 |\r\n";
        let shipped = "# T2\n## Common Pitfalls\n### a\n**Frequency**: 0/5\n### b\n**Frequency**: 0/5\n## Metrics\n| Metric | Target |\n|--|--|\n| A | 2 |\n| B | 1 |\n";
        let (before, shipped) = (LearningsDoc::parse(before), LearningsDoc::parse(shipped));
        assert!(is_overwritten(&shipped, &before));
        let text = restore(&before, &shipped, &SkillTally::default());
        let expected = before
            .text
            .replace("my words\r\n", "my words\r\n\r\n### b\r\n**Frequency**: 0/5\r\n")
            .replace("| A | 1 |\r\n", "| A | 1 |\r\n| B | 1 |\r\n");
        assert_eq!(text, expected);
    }
}
