use crate::lint::Level;
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
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
