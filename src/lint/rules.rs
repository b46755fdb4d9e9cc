//! The rules: each is data with its documentation, and a function that looks.

use crate::event::Timestamp;
use crate::learnings::LearningsDoc;
use crate::lint::settings::Settings;
use crate::lint::walk::{Page, Skill, Summary};
use crate::lint::{Level, Sink};
use crate::text::Span;

pub mod fields;
pub mod frontmatter;
pub mod hidden;
pub mod learnings;
pub mod links;
pub mod scripts;
pub mod shell;
pub mod structure;

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
}

/// The head that examples of SKILL.md begin with.
pub const HEAD: &str = "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n";

pub const UNUSED: Rule = Rule {
    name: "unused-suppression",
    group: "suppressions",
    level: Level::Warning,
    what: "A `learn-ignore` comment that nothing needs.",
    why: "It hides the next real finding at that place.",
    example: &[(
        "reference.md",
        "# R\n\n<!-- learn-ignore: broken-link it comes later -->\n\nText.\n",
    )],
    instead: &[("reference.md", "# R\n\nText.\n")],
    source: "",
    check: Check::Engine,
};

pub const NO_REASON: Rule = Rule {
    name: "suppression-without-reason",
    group: "suppressions",
    level: Level::Warning,
    what: "A `learn-ignore` comment that does not say why.",
    why: "Nobody can tell later whether it still holds.",
    example: &[("reference.md", "# R\n\n<!-- learn-ignore: broken-link -->\n\n[x](gone.md)\n")],
    instead: &[(
        "reference.md",
        "# R\n\n<!-- learn-ignore: broken-link made by the build -->\n\n[x](gone.md)\n",
    )],
    source: "",
    check: Check::Engine,
};

/// All rules, in the order in which they are listed.
pub const RULES: &[&Rule] = &[
    &structure::UNREADABLE_TEXT,
    &frontmatter::MISSING_FRONTMATTER,
    &frontmatter::UNCLOSED_FRONTMATTER,
    &frontmatter::INVALID_YAML,
    &frontmatter::TAB_INDENTATION,
    &frontmatter::DUPLICATE_KEY,
    &frontmatter::WRONG_FIELD_TYPE,
    &frontmatter::UNKNOWN_FIELD,
    &frontmatter::MISSPELLED_FIELD,
    &frontmatter::MISCASED_SKILL_FILE,
    &fields::MISSING_NAME,
    &fields::MISSING_DESCRIPTION,
    &fields::EMPTY_DESCRIPTION,
    &fields::BAD_NAME,
    &fields::LONG_NAME,
    &fields::NAME_FOLDER_MISMATCH,
    &fields::RESERVED_NAME,
    &fields::LONG_DESCRIPTION,
    &fields::LONG_COMPATIBILITY,
    &fields::TRUNCATED_LISTING,
    &fields::MARKUP_IN_DESCRIPTION,
    &fields::TOOLS_FORM,
    &fields::UNBALANCED_TOOL_RULE,
    &fields::UNKNOWN_TOOL,
    &fields::FIRST_PERSON_DESCRIPTION,
    &fields::NO_TRIGGER_CUE,
    &fields::VAGUE_DESCRIPTION,
    &structure::EMPTY_BODY,
    &structure::LONG_BODY,
    &structure::HEAVY_BODY,
    &structure::SKIPPED_HEADING,
    &structure::UNCLOSED_FENCE,
    &structure::NESTED_FENCE,
    &structure::RAGGED_TABLE,
    &structure::CONFLICT_MARKER,
    &structure::LEFTOVER_PLACEHOLDER,
    &structure::LISTING_OVER_BUDGET,
    &structure::DUPLICATE_NAME,
    &links::BROKEN_LINK,
    &links::BROKEN_ANCHOR,
    &links::CASE_MISMATCHED_LINK,
    &links::ESCAPING_LINK,
    &links::ABSOLUTE_USER_PATH,
    &links::ORPHAN_FILE,
    &links::DEEP_CHAIN,
    &shell::SWALLOWED_FAILURE,
    &shell::PIPE_TO_SHELL,
    &shell::PLACEHOLDER_HOST,
    &scripts::MISSING_SCRIPT,
    &scripts::SCRIPT_NOT_EXECUTABLE,
    &scripts::MISSING_SHEBANG,
    &hidden::BIDIRECTIONAL_CONTROL,
    &hidden::TAG_CHARACTER,
    &hidden::ZERO_WIDTH,
    &hidden::HIDDEN_INSTRUCTION,
    &hidden::SECRET,
    &learnings::STARS_MISMATCH,
    &learnings::COUNT_INSTANCES_MISMATCH,
    &learnings::IMPOSSIBLE_DATE,
    &learnings::UNKNOWN_IMPACT,
    &learnings::DUPLICATE_ID,
    &learnings::ID_HEADING_MISMATCH,
    &learnings::MISSING_FIELD,
    &learnings::MALFORMED_METRICS_TABLE,
    &learnings::UNPARSED_TARGET,
    &learnings::TARGET_WITHOUT_COMPARATOR,
    &learnings::UNTRACKED_PITFALL,
    &learnings::ORPHAN_ID,
    &learnings::METRIC_TARGET_CONFLICT,
    &learnings::VOLATILE_DATA_IN_SKILL,
    &learnings::UNRESOLVED_LEARNINGS_ANCHOR,
    &UNUSED,
    &NO_REASON,
];

/// The second of each pair is silent where the first speaks: both would name one cause.
pub const ECHOES: &[(&str, &str)] = &[
    ("nested-fence", "unclosed-fence"),
    ("truncated-listing", "long-description"),
    ("missing-frontmatter", "missing-name"),
    ("missing-frontmatter", "missing-description"),
    ("malformed-metrics-table", "ragged-table"),
    ("unreadable-text", "missing-frontmatter"),
    ("unreadable-text", "empty-body"),
];

/// Returns the rule of a name.
pub fn named(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|it| it.name == name)
}
