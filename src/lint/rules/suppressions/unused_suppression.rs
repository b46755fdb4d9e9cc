use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

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
