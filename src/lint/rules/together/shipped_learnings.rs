use crate::lint::Level;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};
use crate::workspace::package;

pub const RULE: Rule = Rule {
    name: "shipped-learnings",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A package whose `files` ship learnings.md.",
    why: "Installing the package overwrites what its user learned.",
    example: &[
        ("/.learn/config.toml", "[skills]\npaths = [\"ship\"]\n"),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
        ("/package.json", "{ \"files\": [\"ship\"] }\n"),
    ],
    instead: &[
        ("/.learn/config.toml", "[skills]\npaths = [\"ship\"]\n"),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
        ("/package.json", "{ \"files\": [\"ship\", \"!**/learnings.md\"] }\n"),
    ],
    source: "https://docs.npmjs.com/cli/configuring-npm/package-json#files",
    check: Check::Project(shipped_learnings),
};

fn shipped_learnings(project: &Project) -> Vec<Found> {
    let Some(file) = project.text("package.json").filter(|_| project.is_whole) else {
        return Vec::new();
    };
    let mut res: Vec<Found> = Vec::new();
    for it in package::shipped(&project.workspace, &file.text) {
        let message = format!("this ships `{}` over the user's", it.path);
        let help = match it.entry {
            Some(_) => "add \"!**/learnings.md\" to `files`",
            None => "add a line `learnings.md` to .npmignore, or a list `files`",
        };
        // One entry is one cause, however many skills it covers.
        if res.iter().all(|other| other.span != it.span) {
            res.push(Found::new(&file, it.span, message, help));
        }
    }
    res
}
