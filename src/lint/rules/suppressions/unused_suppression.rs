use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

/// What its fix does.
pub const FIX: &str = "Takes the comment's line out.";

pub const RULE: Rule = Rule {
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
