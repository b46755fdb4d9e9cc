use crate::lint::Level;
use crate::lint::rules::{Check, Rule};
use crate::text::Span;

/// The shapes that no other text has; what only stands behind `password=` is an example in most skills.
const KEYS: [&str; 16] = [
    "private-key",
    "aws-access-key-id",
    "github-token",
    "gitlab-token",
    "slack-token",
    "slack-webhook",
    "discord-webhook",
    "anthropic-key",
    "openai-key",
    "google-key",
    "npm-token",
    "pypi-token",
    "crates-token",
    "stripe-key",
    "sendgrid-key",
    "huggingface-token",
];

pub const RULE: Rule = Rule {
    name: "secret",
    group: "hidden text and secrets",
    level: Level::Error,
    what: "A key or token of a known form.",
    why: "A skill is published; what stands in it is known to everybody. Documented examples and `xxxx` are no secrets.",
    example: &[(
        "reference.md",
        concat!("# R\n\n    token: gh", "p_9fK2mQ7xR4vT1wY8zB3nC6dE5hJ0aLs2PqUb\n"),
    )],
    instead: &[("reference.md", "# R\n\n    token: $GITHUB_TOKEN\n")],
    source: "https://docs.github.com/en/code-security/secret-scanning",
    check: Check::Page(|_, page, sink| {
        for it in crate::clean::secrets_among(&page.text, |it| KEYS.contains(&it.name)) {
            if is_example(&page.text[it.range.clone()]) {
                continue;
            }
            sink.add(
                Span::new(it.range.start, it.range.end),
                format!("this looks like a secret ({})", it.shape),
            )
            .help("revoke it, then name the variable that holds it");
        }
    }),
};

/// Documented examples: the word itself, one character many times, or a row of the alphabet.
fn is_example(value: &str) -> bool {
    let lower = value.to_lowercase();
    let words = [
        "example",
        "xxxx",
        "your",
        "placeholder",
        "abcdef",
        "123456",
        "dummy",
        "fake",
        "sample",
        "test",
        "redacted",
        "...",
        "…",
    ];
    words.iter().any(|it| lower.contains(it)) || distinct(&lower) < 8
}

fn distinct(text: &str) -> usize {
    let mut seen: Vec<char> = text.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}
