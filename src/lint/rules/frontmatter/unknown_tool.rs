use super::tool_rules;
use crate::lint::Level;
use crate::lint::rules::{CLAUDE, Check, Rule};
use crate::lint::settings::Profile;

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

pub const RULE: Rule = Rule {
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
