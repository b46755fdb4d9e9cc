//! SKILL.md and learnings.md together.

use crate::learnings::LearningsDoc;
use crate::lint::walk::Skill;

pub mod metric_target_conflict;
pub mod orphan_id;
pub mod unresolved_learnings_anchor;
pub mod untracked_pitfall;
pub mod volatile_data_in_skill;

fn learnings_of(skill: &Skill) -> Option<&LearningsDoc> {
    skill.pages.iter().find_map(|it| it.learnings.as_ref())
}

/// Says whether one id may be meant by the other.
fn is_near(id: &str, other: &str) -> bool {
    strsim::normalized_damerau_levenshtein(id, other) >= 0.8
}
