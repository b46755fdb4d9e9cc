//! SKILL.md and learnings.md together.

use crate::learnings::LearningsDoc;
use crate::lint::walk::Skill;

pub mod ignored_learnings;
pub mod metric_target_conflict;
pub mod orphan_id;
pub mod shipped_learnings;
pub mod unresolved_learnings_anchor;
pub mod untracked_pitfall;
pub mod volatile_data_in_skill;

fn learnings_of(skill: &Skill) -> Option<&LearningsDoc> {
    skill.pages.iter().find_map(|it| it.learnings.as_ref())
}

/// Says whether one id may be meant by the other: spelled alike, or with words added.
fn is_near(id: &str, other: &str) -> bool {
    // Each character that one has more is an edit.
    let (one, two) = (id.chars().count(), other.chars().count());
    let similar = one.abs_diff(two) * 5 <= one.max(two)
        && strsim::normalized_damerau_levenshtein(id, other) >= 0.8;
    similar || has_words(id, other) || has_words(other, id)
}

/// Says whether an id has all words of another one, of two or more, in their order.
fn has_words(id: &str, other: &str) -> bool {
    let mut own = id.split('-');
    other.contains('-') && other.split('-').all(|word| own.any(|it| it == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ids_share_their_letters_or_their_words() {
        for (id, other) in [
            ("late-alert", "late-alerts"),
            ("missing-links", "missing-spec-links"),
            ("missing-or-vague-criteria", "missing-criteria"),
        ] {
            assert!(is_near(id, other), "{id} {other}");
        }
        for (id, other) in [("lost-key", "lost-door"), ("alert", "late-alert"), ("a-b", "b-a-c")] {
            assert!(!is_near(id, other), "{id} {other}");
        }
    }
}
