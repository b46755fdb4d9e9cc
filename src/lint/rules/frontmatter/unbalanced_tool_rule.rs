use super::tool_rules;
use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};

pub const RULE: Rule = Rule {
    name: "unbalanced-tool-rule",
    group: "frontmatter",
    level: Level::Error,
    what: "A tool rule such as `Bash(git *` with a parenthesis too few or too many.",
    why: "The client cannot read the rule, so the tool stays forbidden or the list is dropped.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read, Bash(git *\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read, Bash(git *)\n---\n# Ship\n\nRun it.\n",
    )],
    source: CLAUDE,
    check: Check::Skill(|_, page, sink| {
        for (rule, span) in tool_rules(page) {
            let opened = rule.matches('(').count();
            let closed = rule.matches(')').count();
            if opened != closed {
                sink.add(span, format!("`{rule}` has {opened} `(` and {closed} `)`"));
            }
        }
    }),
};
