//! What the fields of the head say: name, description, tools.

use super::{Check, Rule, SkillLook};
use crate::lint::head::ValueKind;
use crate::lint::settings::Profile;
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

const SPEC: &str = "https://agentskills.io/specification";
const CLAUDE: &str = "https://code.claude.com/docs/en/skills";

/// Longest values in characters. Source: agentskills.io/specification, 2026-11.
const NAME: usize = 64;
const DESCRIPTION: usize = 1024;
const COMPATIBILITY: usize = 500;
/// What Claude Code lists of description and when_to_use together (`skillListingMaxDescChars`, 2.1.105).
const LISTED: usize = 1536;

const GOOD: &[(&str, &str)] = &[(
    "SKILL.md",
    "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
)];

fn strict(look: &SkillLook<'_>) -> Level {
    if look.settings.profile == Profile::ClaudeCode { Level::Warning } else { Level::Error }
}

pub const MISSING_NAME: Rule = Rule {
    name: "missing-name",
    group: "frontmatter",
    level: Level::Warning,
    what: "A head without `name`.",
    why: "The specification requires it; Claude Code takes the folder's name instead. An error with `spec` and `portable`.",
    example: &[(
        "SKILL.md",
        "---\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|look, page, sink| missing("name", look, page, sink)),
};

pub const MISSING_DESCRIPTION: Rule = Rule {
    name: "missing-description",
    group: "frontmatter",
    level: Level::Warning,
    what: "A head without `description`.",
    why: "An agent decides by the description alone whether to load the skill. An error with `spec` and `portable`.",
    example: &[("SKILL.md", "---\nname: ship\n---\n# Ship\n\nRun it.\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|look, page, sink| missing("description", look, page, sink)),
};

fn missing(key: &str, look: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    let head = &page.head;
    let similar = |it: &str| strsim::damerau_levenshtein(&it.to_ascii_lowercase(), key) <= 1;
    if head.inner.is_some() && !head.fields.iter().any(|it| similar(&it.key)) {
        sink.add_at(strict(look), head.top(&page.text), format!("the head has no `{key}`"))
            .help(format!("add `{key}: …`"));
    }
}

pub const EMPTY_DESCRIPTION: Rule = Rule {
    name: "empty-description",
    group: "frontmatter",
    level: Level::Error,
    what: "A description without a word.",
    why: "No agent will ever load the skill by itself.",
    example: &[("SKILL.md", "---\nname: ship\ndescription:\n---\n# Ship\n\nRun it.\n")],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| {
        let Some(it) = page.head.field("description") else { return };
        let empty = match &it.value.kind {
            ValueKind::Null => true,
            ValueKind::Text { text, .. } => text.trim().is_empty(),
            _ => false,
        };
        if empty {
            sink.add(it.key_span, "the description is empty")
                .help("say what the skill does and when to use it");
        }
    }),
};

pub const BAD_NAME: Rule = Rule {
    name: "bad-name",
    group: "frontmatter",
    level: Level::Error,
    what: "A name of other characters than lower-case letters, digits and single hyphens between them.",
    why: "The specification allows no other, and clients make a command of it.",
    example: &[(
        "SKILL.md",
        "---\nname: Ship_It\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| {
        let Some((name, span)) = page.head.text("name").filter(|it| !it.0.trim().is_empty()) else {
            return;
        };
        if page.head.field("name").is_some_and(|it| it.value.other_type().is_some()) {
            return;
        }
        let allowed = |it: char| {
            it == '-' || it.is_ascii_digit() || (it.is_alphabetic() && it.is_lowercase())
        };
        let message = match () {
            () if !name.chars().all(allowed) => {
                "other characters than lower-case letters, digits and hyphens"
            }
            () if name.starts_with('-') || name.ends_with('-') => "a hyphen at its end",
            () if name.contains("--") => "two hyphens in a row",
            () => return,
        };
        let slug = crate::markdown::slug(name);
        sink.add(span, format!("the name `{name}` has {message}"))
            .help(format!("write `{slug}`, and name the folder so"));
    }),
};

pub const LONG_NAME: Rule = Rule {
    name: "long-name",
    group: "frontmatter",
    level: Level::Error,
    what: "A name of more than 64 characters.",
    why: "The specification allows 64.",
    example: &[(
        "SKILL.md",
        "---\nname: ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship-ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| too_long("name", NAME, Level::Error, page, sink)),
};

pub const LONG_DESCRIPTION: Rule = Rule {
    name: "long-description",
    group: "frontmatter",
    level: Level::Warning,
    what: "A description of more than 1,024 characters.",
    why: "The specification allows 1,024, and uploads refuse more. Claude Code takes it: an error with `spec` and `portable` only.",
    example: &[("SKILL.md", include_str!("long.md"))],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|look, page, sink| {
        too_long("description", DESCRIPTION, strict(look), page, sink);
    }),
};

pub const LONG_COMPATIBILITY: Rule = Rule {
    name: "long-compatibility",
    group: "frontmatter",
    level: Level::Error,
    what: "A `compatibility` of more than 500 characters.",
    why: "The specification allows 500.",
    example: &[("SKILL.md", include_str!("long.md"))],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|_, page, sink| {
        too_long("compatibility", COMPATIBILITY, Level::Error, page, sink)
    }),
};

fn too_long(key: &str, most: usize, level: Level, page: &Page, sink: &mut Sink<'_>) {
    let Some((text, span)) = page.head.text(key) else { return };
    let count = text.trim().chars().count();
    if count > most {
        sink.add_at(level, span, format!("`{key}` has {count} characters, {most} are allowed"))
            .help(format!("shorten it by {}", count - most));
    }
}

pub const TRUNCATED_LISTING: Rule = Rule {
    name: "truncated-listing",
    group: "frontmatter",
    level: Level::Warning,
    what: "Description and `when_to_use` together of more than 1,536 characters.",
    why: "Claude Code cuts the rest off, and with it the words that make it load the skill.",
    example: &[("SKILL.md", include_str!("longer.md"))],
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

pub const NAME_FOLDER_MISMATCH: Rule = Rule {
    name: "name-folder-mismatch",
    group: "frontmatter",
    level: Level::Warning,
    what: "A name other than the folder's.",
    why: "The specification requires them to be equal; Claude Code calls the skill by its folder. An error with `spec` and `portable`.",
    example: &[(
        "SKILL.md",
        "---\nname: release\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: SPEC,
    check: Check::Skill(|look, page, sink| {
        let Some((name, span)) = page.head.text("name").filter(|it| !it.0.trim().is_empty()) else {
            return;
        };
        let Some(key) = look.skill.key.as_deref() else { return };
        // A name of wrong form has its own finding, unless it would be wrong in the right form too.
        if name != key && crate::markdown::slug(name) != *key {
            sink.add_at(strict(look), span, format!("the name is `{name}`, the folder `{key}`"))
                .help("give both the same name");
        }
    }),
};

pub const RESERVED_NAME: Rule = Rule {
    name: "reserved-name",
    group: "frontmatter",
    level: Level::Warning,
    what: "A name with `claude` or `anthropic` in it.",
    why: "claude.ai refuses to take such skills.",
    example: &[(
        "SKILL.md",
        "---\nname: claude-ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((name, span)) = page.head.text("name") else { return };
        let lower = name.to_ascii_lowercase();
        if let Some(word) = ["claude", "anthropic"].into_iter().find(|it| lower.contains(it)) {
            sink.add(span, format!("claude.ai refuses names with `{word}`"));
        }
    }),
};

pub const MARKUP_IN_DESCRIPTION: Rule = Rule {
    name: "markup-in-description",
    group: "frontmatter",
    level: Level::Warning,
    what: "A tag such as `<example>` in the description.",
    why: "The description stands in the system prompt; uploads refuse tags in it.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. <example>ship it</example>\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((_, span)) = page.head.text("description") else { return };
        let source = span.of(&page.text);
        let mut at = 0;
        while let Some(open) = source[at..].find('<').map(|it| at + it) {
            let rest = &source[open + 1..];
            let end = rest.find(['<', '>', '\n']);
            let inner = end.filter(|it| rest[*it..].starts_with('>')).map(|it| &rest[..it]);
            let name = inner.map(|it| it.trim_start_matches('/').trim_end_matches('/'));
            if name.is_some_and(|it| {
                it.starts_with(|it: char| it.is_ascii_alphabetic())
                    && it.split_whitespace().next().is_some_and(|word| {
                        word.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
                    })
                    && (!it.contains(' ') || it.contains('='))
            }) {
                let end = open + 2 + inner.map_or(0, str::len);
                let span = Span::new(span.start + open, span.start + end);
                sink.add(span, "a tag in the description").help("say it in words");
                return;
            }
            at = open + 1;
        }
    }),
};

pub const TOOLS_FORM: Rule = Rule {
    name: "tools-form",
    group: "frontmatter",
    level: Level::Warning,
    what: "`allowed-tools` in a form that the client does not read.",
    why: "The specification knows names parted by spaces; Claude Code takes commas and lists too.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read; Write\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read Write\n---\n# Ship\n\nRun it.\n",
    )],
    source: SPEC,
    check: Check::Skill(|look, page, sink| {
        let Some(it) = page.head.field("allowed-tools") else { return };
        let span = it.value.span;
        let outside = it.value.text().map(outside_parentheses).unwrap_or_default();
        if outside.contains(';') || outside.contains('|') {
            sink.add(span, "tools are parted by neither `;` nor `|`").help("part them by spaces");
        } else if look.settings.profile != Profile::ClaudeCode {
            let form = match &it.value.kind {
                ValueKind::List(_) => "a list",
                _ if outside.contains(',') => "parted by commas",
                _ => return,
            };
            sink.add(
                span,
                format!("the specification has tools parted by spaces, here they are {form}"),
            );
        }
    }),
};

fn outside_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let keep = |it: &char| {
        match it {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(keep).collect()
}

/// Returns the tool rules of `allowed-tools` and `disallowed-tools`, each with its place.
fn tool_rules(page: &Page) -> Vec<(String, Span)> {
    let mut res = Vec::new();
    for key in ["allowed-tools", "disallowed-tools"] {
        let Some(it) = page.head.field(key) else { continue };
        match &it.value.kind {
            ValueKind::List(items) => {
                res.extend(items.iter().filter_map(|it| Some((it.text()?.to_owned(), it.span))));
            }
            _ if it.value.text().is_some() => {
                let source = it.value.span.of(&page.text);
                let mut from = 0;
                let mut depth = 0_usize;
                for (at, ch) in source.char_indices().chain([(source.len(), ' ')]) {
                    match ch {
                        '(' => depth += 1,
                        ')' => depth = depth.saturating_sub(1),
                        ',' | ' ' | '\n' | '\r' | '\t' if depth == 0 || at == source.len() => {
                            if at > from {
                                let span =
                                    Span::new(it.value.span.start + from, it.value.span.start + at);
                                res.push((
                                    source[from..at].trim_matches(['"', '\'']).to_owned(),
                                    span,
                                ));
                            }
                            from = at + 1;
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    res
}

pub const UNBALANCED_TOOL_RULE: Rule = Rule {
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

/// Tools of Claude Code, also by their older names. Source: code.claude.com/docs/en/tools-reference, 2.1.240.
const TOOLS: [&str; 44] = [
    "Agent",
    "AskUserQuestion",
    "Bash",
    "BashOutput",
    "CronCreate",
    "CronDelete",
    "CronList",
    "Edit",
    "EnterPlanMode",
    "EnterWorktree",
    "ExitPlanMode",
    "ExitWorktree",
    "Glob",
    "Grep",
    "KillBash",
    "KillShell",
    "LS",
    "LSP",
    "ListMcpResourcesTool",
    "MCPSearch",
    "Monitor",
    "MultiEdit",
    "NotebookEdit",
    "NotebookRead",
    "PowerShell",
    "Read",
    "ReadMcpResourceTool",
    "SendMessage",
    "Skill",
    "SlashCommand",
    "Task",
    "TaskCreate",
    "TaskGet",
    "TaskList",
    "TaskOutput",
    "TaskStop",
    "TaskUpdate",
    "TeamCreate",
    "TeamDelete",
    "TodoRead",
    "TodoWrite",
    "ToolSearch",
    "WebFetch",
    "WebSearch",
];

pub const UNKNOWN_TOOL: Rule = Rule {
    name: "unknown-tool",
    group: "frontmatter",
    level: Level::Info,
    what: "A tool that Claude Code does not have.",
    why: "Naming it has no effect; often it is a slip.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Raed\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nallowed-tools: Read\n---\n# Ship\n\nRun it.\n",
    )],
    source: CLAUDE,
    check: Check::Skill(|look, page, sink| {
        if look.settings.profile != Profile::ClaudeCode {
            return;
        }
        for (rule, span) in tool_rules(page) {
            let name = rule.split('(').next().unwrap_or("").trim();
            let known = TOOLS.contains(&name)
                || name.starts_with("mcp__")
                || name.contains('*')
                || name == "Write";
            let plain =
                !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
            if known || !plain {
                continue;
            }
            let near = TOOLS.iter().chain(&["Write"]).find(|it| {
                strsim::damerau_levenshtein(&it.to_ascii_lowercase(), &name.to_ascii_lowercase())
                    <= 1
            });
            let found = sink.add(span, format!("Claude Code has no tool `{name}`"));
            if let Some(near) = near {
                found.help(format!("did you mean `{near}`?"));
            }
        }
    }),
};

pub const FIRST_PERSON_DESCRIPTION: Rule = Rule {
    name: "first-person-description",
    group: "opinions",
    level: Level::Off,
    what: "A description that says `I` or `you can`.",
    why: "It stands in a list of skills, where the third person reads best.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: I can help you ship a release when you need it.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((text, span)) = page.head.text("description") else { return };
        let lower = format!(" {} ", text.to_lowercase());
        if [" i can ", " i will ", " i help ", " i'll ", " you can use this "]
            .iter()
            .any(|it| lower.contains(it))
        {
            sink.add(span, "the description speaks as a person");
        }
    }),
};

pub const NO_TRIGGER_CUE: Rule = Rule {
    name: "no-trigger-cue",
    group: "opinions",
    level: Level::Off,
    what: "A description that does not say when to use the skill.",
    why: "An agent decides by it.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release of the shop.\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((text, span)) = page.head.text("description").filter(|it| !it.0.trim().is_empty())
        else {
            return;
        };
        let lower = text.to_lowercase();
        let cues = [
            "use ",
            "when",
            "trigger",
            "invoke",
            "whenever",
            "before ",
            "after ",
            "during",
            "for tasks",
            "wenn ",
            "bei ",
            "quand ",
            "lorsque",
            "cuando",
            "quando",
            "当",
            "使用",
            "とき",
            "場合",
            "때",
            "когда",
        ];
        if page.head.field("when_to_use").is_none() && !cues.iter().any(|it| lower.contains(it)) {
            sink.add(span, "the description does not say when to use the skill");
        }
    }),
};

pub const VAGUE_DESCRIPTION: Rule = Rule {
    name: "vague-description",
    group: "opinions",
    level: Level::Off,
    what: "A description of fewer than 20 characters, or of nothing but common words.",
    why: "It fits everything, so it is loaded for nothing or for everything.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Helps with files\n---\n# Ship\n\nRun it.\n",
    )],
    instead: GOOD,
    source: "https://docs.claude.com/en/docs/agents-and-tools/agent-skills/best-practices",
    check: Check::Skill(|_, page, sink| {
        let Some((text, span)) = page.head.text("description").filter(|it| !it.0.trim().is_empty())
        else {
            return;
        };
        let wide = !text.is_ascii();
        if text.trim().chars().count() < 20 && !wide {
            sink.add(span, "the description says hardly anything");
        }
    }),
};
