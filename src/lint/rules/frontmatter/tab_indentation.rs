use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::lines;
use crate::text::Span;

/// What its fix does.
pub const FIX: &str = "Puts two spaces for each tab, where all indentation of the head is tabs.";

pub const RULE: Rule = Rule {
    name: "tab-indentation",
    group: "frontmatter",
    level: Level::Error,
    what: "A line of the head that is indented with a tab.",
    why: "YAML allows spaces only, and its error messages rarely say so.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nmetadata:\n\tteam: a\n\towner: b\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nmetadata:\n  team: a\n  owner: b\n---\n# Ship\n\nRun it.\n",
    )],
    source: "https://yaml.org/spec/1.2.2/#61-indentation-spaces",
    check: Check::Skill(tab_indentation),
};

fn tab_indentation(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    if let Some(it) = page.head.errors.iter().find(|it| it.tab) {
        let found = sink.add(it.span, "this line of the head is indented with a tab");
        found.help("indent with spaces");
        for span in page.head.inner.and_then(|it| all_tabs(&page.text, it)).unwrap_or_default() {
            found.fix(span, "  ".repeat(span.end - span.start));
        }
    }
}

/// Returns the indentation of each indented line, if all of it is tabs: depths are then plain.
fn all_tabs(text: &str, inner: Span) -> Option<Vec<Span>> {
    let mut res = Vec::new();
    for line in lines(text, inner) {
        let own = line.of(text);
        let blank = own.len() - own.trim_start().len();
        if blank == own.len() || blank == 0 {
            continue;
        }
        if !own[..blank].bytes().all(|it| it == b'\t') {
            return None;
        }
        res.push(Span::new(line.start, line.start + blank));
    }
    Some(res)
}
