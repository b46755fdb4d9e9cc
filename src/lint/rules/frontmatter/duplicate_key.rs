use crate::lint::head::{Field, ValueKind};
use crate::lint::rules::{Check, Rule};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

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
    let mut seen: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
    for it in fields.iter().filter(|it| !it.key.is_empty()) {
        match seen.get(it.key.as_str()) {
            Some(first) => {
                let line = crate::text::line_col(&page.text, first.start).line;
                sink.add(it.key_span, format!("`{}` is given twice, first in line {line}", it.key))
                    .help("keep one of the two");
            }
            None => {
                seen.insert(&it.key, it.key_span);
            }
        }
        if let ValueKind::Map(inner) = &it.value.kind {
            duplicates(inner, page, sink);
        }
    }
}
