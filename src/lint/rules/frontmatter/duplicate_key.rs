use crate::lint::head::{Field, ValueKind};
use crate::lint::rules::{Check, Rule};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::markdown::{after_line, line_of};
use crate::text::Span;

/// What its fix does.
pub const FIX: &str = "Takes the second line out, where both say the same.";

pub const RULE: Rule = Rule {
    name: "duplicate-key",
    group: "frontmatter",
    level: Level::Error,
    what: "A field that the head has twice.",
    why: "Some clients take the first, some the last, some refuse the file.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\nname: ship\n---\n# Ship\n\nRun it.\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nRun it.\n",
    )],
    source: "https://yaml.org/spec/1.2.2/#3213-node-comparison",
    check: Check::Skill(|_, page, sink| duplicates(&page.head.fields, page, sink)),
};

fn duplicates(fields: &[Field], page: &Page, sink: &mut Sink<'_>) {
    let mut seen: std::collections::HashMap<&str, &Field> = std::collections::HashMap::new();
    for it in fields.iter().filter(|it| !it.key.is_empty()) {
        match seen.get(it.key.as_str()) {
            Some(first) => {
                let line = crate::text::line_col(&page.text, first.key_span.start).line;
                let found = sink
                    .add(it.key_span, format!("`{}` is given twice, first in line {line}", it.key));
                found.help("keep one of the two");
                let (text, own) = (&page.text, line_of(&page.text, it.key_span.start));
                let whole = Span::new(it.key_span.start, it.value.span.end);
                // What is read line by line may go on below.
                let is_whole = !page.head.recovered && it.value.text().is_some();
                let same = it.value.span.of(text) == first.value.span.of(text);
                if is_whole && same && whole.of(text) == own.of(text).trim() {
                    found.fix(Span::new(own.start, after_line(text, own.start)), "");
                }
            }
            None => {
                seen.insert(&it.key, it);
            }
        }
        if let ValueKind::Map(inner) = &it.value.kind {
            duplicates(inner, page, sink);
        }
    }
}
