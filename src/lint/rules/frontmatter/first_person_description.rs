use super::GOOD;
use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

pub const RULE: Rule = Rule {
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
        let Some((_, span)) = page.head.text("description") else { return };
        let source = span.of(&page.text);
        let lower = source.to_ascii_lowercase();
        let is_word = |at: Option<char>| at.is_some_and(|it| it.is_alphanumeric() || it == '/');
        let starts = SPOKEN.iter().flat_map(|it| lower.match_indices(it));
        let first = starts.filter(|(at, it)| {
            !is_word(source[..*at].chars().next_back())
                && !is_word(source[at + it.len()..].chars().next())
                && !is_quoted(&source[..*at])
        });
        if let Some((at, it)) = first.min() {
            let start = span.start + at;
            sink.add(Span::new(start, start + it.len()), "the description speaks as a person")
                .help("say what the skill does: `Ships …`, not `I ship …`");
        }
    }),
};

const SPOKEN: [&str; 7] = ["i can", "i will", "i help", "i'll", "i am", "i'm", "you can use this"];

/// Says whether a quotation is open behind this text; the quote in front of a whole value is none.
fn is_quoted(before: &str) -> bool {
    let inner = before.get(1..).unwrap_or("");
    let opens = |quote: char| {
        let mut open = false;
        let mut last = ' ';
        for it in inner.chars() {
            // An apostrophe stands between letters.
            open ^= it == quote && (open || !last.is_alphanumeric());
            last = it;
        }
        open
    };
    opens('"') || opens('\'') || inner.matches('“').count() > inner.matches('”').count()
}
