//! The rules: each is data with its documentation, and a function that looks.

use crate::event::Timestamp;
use crate::learnings::LearningsDoc;
use crate::lint::project::{Found, Project};
use crate::lint::settings::Settings;
use crate::lint::walk::{Page, Skill, Summary};
use crate::lint::{Around, Level, Sink};
use crate::text::Span;

pub mod code;
pub mod frontmatter;
pub mod hidden;
pub mod hooks;
pub mod journal;
pub mod learnings;
pub mod links;
pub mod structure;
pub mod suppressions;
pub mod together;

/// A rule; its name completes "allow …".
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    pub group: &'static str,
    /// How bad it is by default.
    pub level: Level,
    /// What it finds, one sentence.
    pub what: &'static str,
    pub why: &'static str,
    /// Path and text of the files of a skill `ship` that has it.
    pub example: &'static [(&'static str, &'static str)],
    /// The same as it should be.
    pub instead: &'static [(&'static str, &'static str)],
    /// Where it is written that it should be so.
    pub source: &'static str,
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Every Markdown file.
    Page(fn(&SkillLook<'_>, &Page, &mut Sink<'_>)),
    /// SKILL.md with the files around it.
    Skill(fn(&SkillLook<'_>, &Page, &mut Sink<'_>)),
    Learnings(fn(&SkillLook<'_>, &Page, &LearningsDoc, &mut Sink<'_>)),
    /// All skills: index, place and message of each finding.
    Across(fn(&[Summary]) -> Vec<InSkill>),
    /// The project around the skills, once.
    Project(fn(&Project) -> Vec<Found>),
    /// The engine itself finds it.
    Engine,
}

/// A finding of a rule that compares skills: index of the skill, place, message.
pub type InSkill = (usize, Span, String);

/// What every rule may look at.
#[derive(Debug)]
pub struct SkillLook<'a> {
    pub skill: &'a Skill,
    pub settings: &'a Settings,
    pub now: Timestamp,
    /// What was found about the project's files.
    pub around: &'a Around,
}

/// Where rules come from.
pub const SPEC: &str = "https://agentskills.io/specification";
pub const CLAUDE: &str = "https://code.claude.com/docs/en/skills";
pub const FORMAT: &str = "docs/format.md";

/// The head that examples of SKILL.md begin with.
pub const HEAD: &str = "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n";

/// All rules, in the order in which they are listed.
pub const RULES: &[&Rule] = &[
    &structure::unreadable_text::RULE,
    &frontmatter::missing_frontmatter::RULE,
    &frontmatter::unclosed_frontmatter::RULE,
    &frontmatter::invalid_yaml::RULE,
    &frontmatter::tab_indentation::RULE,
    &frontmatter::duplicate_key::RULE,
    &frontmatter::wrong_field_type::RULE,
    &frontmatter::unknown_field::RULE,
    &frontmatter::misspelled_field::RULE,
    &frontmatter::miscased_skill_file::RULE,
    &frontmatter::missing_name::RULE,
    &frontmatter::missing_description::RULE,
    &frontmatter::empty_description::RULE,
    &frontmatter::bad_name::RULE,
    &frontmatter::long_name::RULE,
    &frontmatter::name_folder_mismatch::RULE,
    &frontmatter::reserved_name::RULE,
    &frontmatter::long_description::RULE,
    &frontmatter::long_compatibility::RULE,
    &frontmatter::truncated_listing::RULE,
    &frontmatter::markup_in_description::RULE,
    &frontmatter::tools_form::RULE,
    &frontmatter::unbalanced_tool_rule::RULE,
    &frontmatter::unknown_tool::RULE,
    &frontmatter::first_person_description::RULE,
    &frontmatter::no_trigger_cue::RULE,
    &frontmatter::vague_description::RULE,
    &structure::empty_body::RULE,
    &structure::long_body::RULE,
    &structure::heavy_body::RULE,
    &structure::skipped_heading::RULE,
    &structure::unclosed_fence::RULE,
    &structure::nested_fence::RULE,
    &structure::ragged_table::RULE,
    &structure::conflict_marker::RULE,
    &structure::leftover_placeholder::RULE,
    &structure::listing_over_budget::RULE,
    &structure::duplicate_name::RULE,
    &links::broken_link::RULE,
    &links::broken_anchor::RULE,
    &links::case_mismatched_link::RULE,
    &links::escaping_link::RULE,
    &links::absolute_user_path::RULE,
    &links::orphan_file::RULE,
    &links::deep_chain::RULE,
    &code::swallowed_failure::RULE,
    &code::pipe_to_shell::RULE,
    &code::placeholder_host::RULE,
    &code::missing_script::RULE,
    &code::script_not_executable::RULE,
    &code::missing_shebang::RULE,
    &hidden::bidirectional_control::RULE,
    &hidden::tag_character::RULE,
    &hidden::zero_width::RULE,
    &hidden::hidden_instruction::RULE,
    &hidden::secret::RULE,
    &learnings::stars_mismatch::RULE,
    &learnings::count_instances_mismatch::RULE,
    &learnings::impossible_date::RULE,
    &learnings::unknown_impact::RULE,
    &learnings::duplicate_id::RULE,
    &learnings::id_heading_mismatch::RULE,
    &learnings::missing_field::RULE,
    &learnings::malformed_metrics_table::RULE,
    &learnings::unparsed_target::RULE,
    &learnings::target_without_comparator::RULE,
    &together::untracked_pitfall::RULE,
    &together::orphan_id::RULE,
    &together::metric_target_conflict::RULE,
    &together::volatile_data_in_skill::RULE,
    &together::unresolved_learnings_anchor::RULE,
    &learnings::missed_target::RULE,
    &learnings::stale_projection::RULE,
    &learnings::hand_edited_count::RULE,
    &together::shipped_learnings::RULE,
    &together::ignored_learnings::RULE,
    &hooks::hook_not_found::RULE,
    &hooks::broken_settings::RULE,
    &hooks::duplicate_hook::RULE,
    &hooks::unknown_hook_event::RULE,
    &journal::unreadable_event::RULE,
    &journal::foreign_event_version::RULE,
    &journal::misnamed_pack::RULE,
    &journal::future_event::RULE,
    &journal::dangling_reference::RULE,
    &suppressions::unused_suppression::RULE,
    &suppressions::suppression_without_reason::RULE,
];

/// The second of each pair is silent where the first speaks: both would name one cause.
pub const ECHOES: &[(&str, &str)] = &[
    ("nested-fence", "unclosed-fence"),
    ("long-description", "truncated-listing"),
    ("missing-frontmatter", "missing-name"),
    ("missing-frontmatter", "missing-description"),
    ("malformed-metrics-table", "ragged-table"),
    // What a sync writes anew says nothing of its own.
    ("stale-projection", "count-instances-mismatch"),
    ("stale-projection", "stars-mismatch"),
    ("hand-edited-count", "count-instances-mismatch"),
    ("unreadable-text", "missing-frontmatter"),
    ("unreadable-text", "empty-body"),
];

/// Rules with a fix, and what it does. A fix is offered only where it is safe.
pub const FIXES: &[(&str, &str)] = &[
    (frontmatter::invalid_yaml::RULE.name, frontmatter::invalid_yaml::FIX),
    (frontmatter::tab_indentation::RULE.name, frontmatter::tab_indentation::FIX),
    (frontmatter::duplicate_key::RULE.name, frontmatter::duplicate_key::FIX),
    (frontmatter::wrong_field_type::RULE.name, frontmatter::wrong_field_type::FIX),
    (frontmatter::unclosed_frontmatter::RULE.name, frontmatter::unclosed_frontmatter::FIX),
    (frontmatter::misspelled_field::RULE.name, frontmatter::misspelled_field::FIX),
    (frontmatter::tools_form::RULE.name, frontmatter::tools_form::FIX),
    (structure::nested_fence::RULE.name, structure::nested_fence::FIX),
    (links::broken_anchor::RULE.name, links::broken_anchor::FIX),
    (links::case_mismatched_link::RULE.name, links::case_mismatched_link::FIX),
    (hidden::tag_character::RULE.name, hidden::tag_character::FIX),
    (hidden::zero_width::RULE.name, hidden::zero_width::FIX),
    (learnings::stars_mismatch::RULE.name, learnings::stars_mismatch::FIX),
    (learnings::id_heading_mismatch::RULE.name, learnings::id_heading_mismatch::FIX),
    (learnings::missing_field::RULE.name, learnings::missing_field::FIX),
    (learnings::stale_projection::RULE.name, learnings::stale_projection::FIX),
    (suppressions::unused_suppression::RULE.name, suppressions::unused_suppression::FIX),
];

/// Returns what the fix of a rule does; `None` where it has none.
pub fn fix_of(name: &str) -> Option<&'static str> {
    FIXES.iter().find(|it| it.0 == name).map(|it| it.1)
}

/// Returns the rule of a name.
pub fn named(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|it| it.name == name)
}
