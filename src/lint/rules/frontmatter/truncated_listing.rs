use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};
use crate::lint::settings::Profile;

/// What Claude Code lists of description and when_to_use together (`skillListingMaxDescChars`, 2.1.105).
const LISTED: usize = 1536;

pub const RULE: Rule = Rule {
    name: "truncated-listing",
    group: "frontmatter",
    level: Level::Warning,
    what: "Description and `when_to_use` together of more than 1,536 characters.",
    why: "Claude Code cuts the rest off, and with it the words that make it load the skill.",
    example: &[("SKILL.md", include_str!("../longer.md"))],
    instead: GOOD,
    source: CLAUDE,
    check: Check::Skill(|look, page, sink| {
        let length = |key| page.head.text(key).map_or(0, |it| it.0.chars().count());
        let count = length("description") + length("when_to_use");
        let at = page.head.text("description").map(|it| it.1);
        if let Some(span) =
            at.filter(|_| count > LISTED && look.settings.profile == Profile::ClaudeCode)
        {
            sink.add(span, format!("the listing shows {LISTED} of these {count} characters"))
                .help(format!("shorten description and when_to_use by {}", count - LISTED));
        }
    }),
};
