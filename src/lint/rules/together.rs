//! SKILL.md and learnings.md together.

pub mod metric_target_conflict;
pub mod orphan_id;
pub mod unresolved_learnings_anchor;
pub mod untracked_pitfall;
pub mod volatile_data_in_skill;
