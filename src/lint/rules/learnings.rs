//! learnings.md by itself, and together with SKILL.md.

use super::{Check, Rule, SkillLook};
use crate::learnings::cells::{self, Stars};
use crate::learnings::{Entry, EntryKind, FieldName, LearningsDoc, SectionKind};
use crate::lint::walk::{Page, Skill};
use crate::lint::{Level, Sink};
use crate::markdown::line_of;
use crate::metric::target;
use crate::text::Span;

const FORMAT: &str = "docs/format.md";
const GOOD: &[(&str, &str)] = &[(
    "learnings.md",
    "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 2/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | ≥98% | null | - |\n",
)];

fn value<'d>(doc: &'d LearningsDoc, entry: &Entry, name: FieldName) -> Option<(&'d str, Span)> {
    let field = entry.field(name)?;
    Some((field.value.of(&doc.text), field.value))
}

pub const STARS_MISMATCH: Rule = Rule {
    name: "stars-mismatch",
    group: "learnings.md",
    level: Level::Warning,
    what: "A frequency whose stars say another number than its count.",
    why: "0 is one star, 1 and 2 are two, 3 and 4 three, 5 to 7 four, more are five.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 2/5 ⭐⭐⭐⭐⭐\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        let stars = Stars(look.settings.stars);
        for entry in doc.entries.iter().filter(|it| it.kind == EntryKind::Pitfall) {
            let Some((text, span)) = value(doc, entry, FieldName::Frequency) else { continue };
            let filled = text.chars().filter(|it| matches!(it, '⭐' | '★')).count();
            let empty = text.chars().filter(|it| *it == '☆').count();
            let Some(count) = cells::count(text).filter(|_| filled + empty > 0) else { continue };
            let wanted = stars.of(count);
            if filled != wanted || filled + empty != 5 {
                let right = cells::frequency(count, cells::Dialect::of(text), stars);
                sink.add(
                    span,
                    format!(
                        "{count} makes {wanted} of 5 stars, here are {filled} of {}",
                        filled + empty
                    ),
                )
                .help(format!("write `{right}`"))
                .fix(span, right);
            }
        }
    }),
};

pub const COUNT_INSTANCES_MISMATCH: Rule = Rule {
    name: "count-instances-mismatch",
    group: "learnings.md",
    level: Level::Warning,
    what: "An entry that lists more instances than it counts, or counts and lists none.",
    why: "Every instance is one sight at least.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 1/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for entry in doc.entries.iter().filter(|it| it.kind == EntryKind::Pitfall) {
            let Some((text, span)) = value(doc, entry, FieldName::Instances) else { continue };
            let (Some(count), true) = (doc.count(entry), text.starts_with('[')) else { continue };
            let listed = cells::instance_list(text).len() as u64;
            if listed > count {
                sink.add(span, format!("{listed} instances are listed, {count} are counted"));
            } else if listed == 0 && count > 0 {
                sink.add(span, format!("{count} are counted, no instance is listed"));
            }
        }
    }),
};

pub const IMPOSSIBLE_DATE: Rule = Rule {
    name: "impossible-date",
    group: "learnings.md",
    level: Level::Error,
    what: "A date that does not exist or lies ahead, or a date of what never happened.",
    why: "Reports sort and filter by it.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 2/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-31 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(impossible_date),
};

fn impossible_date(look: &SkillLook<'_>, _: &Page, doc: &LearningsDoc, sink: &mut Sink<'_>) {
    // A day of tolerance: the writer's day may have begun before the reader's.
    let today = crate::event::Timestamp(look.now.0 + 86_400).date();
    for entry in &doc.entries {
        for name in [FieldName::LastSeen, FieldName::FirstUsed] {
            let Some((text, span)) = value(doc, entry, name) else { continue };
            let never = text.to_lowercase().starts_with("never");
            let count = doc.count(entry);
            if never && count.is_some_and(|it| it > 0) {
                sink.add(
                    span,
                    format!("`{}` is Never, but the count is {}", name.label(), count.unwrap_or(0)),
                );
            } else if !never {
                date(text, span, &today, sink);
            }
        }
    }
    if let Some(field) = &doc.last_updated {
        date(doc.value(field), field.value, &today, sink);
    }
}

/// Looks at a text that begins like `2026-11-23`.
fn date(text: &str, span: Span, today: &str, sink: &mut Sink<'_>) {
    let text = text.trim_start_matches('`');
    let Some(day) = text.get(..10).filter(|it| {
        it.bytes()
            .enumerate()
            .all(|(at, it)| if matches!(at, 4 | 7) { it == b'-' } else { it.is_ascii_digit() })
    }) else {
        return;
    };
    if chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_err() {
        sink.add(span, format!("there is no day {day}"));
    } else if day > today {
        sink.add(span, format!("{day} lies ahead"));
    }
}

pub const UNKNOWN_IMPACT: Rule = Rule {
    name: "unknown-impact",
    group: "learnings.md",
    level: Level::Warning,
    what: "An impact that is none of critical, high, medium, low.",
    why: "Reports rank by it.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: Huge\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for entry in &doc.entries {
            let Some((text, span)) = value(doc, entry, FieldName::Impact) else { continue };
            let word = text.split(|it: char| !it.is_alphanumeric()).find(|it| !it.is_empty());
            let Some(word) = word else { continue };
            if !["critical", "high", "medium", "moderate", "low"]
                .contains(&word.to_lowercase().as_str())
            {
                sink.add(span, format!("`{word}` is none of Critical, High, Medium, Low"));
            }
        }
    }),
};

pub const DUPLICATE_ID: Rule = Rule {
    name: "duplicate-id",
    group: "learnings.md",
    level: Level::Error,
    what: "Two entries with one id.",
    why: "Counts go to the first; the second stands still.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for (at, entry) in doc.entries.iter().enumerate() {
            let first =
                doc.entries[..at].iter().find(|it| it.id == entry.id && it.kind == entry.kind);
            if let Some(first) = first {
                let line = crate::text::line_col(&doc.text, first.heading.start).line;
                sink.add(entry.heading, format!("`{}` stands in line {line} too", entry.id))
                    .help("put both entries together");
            }
        }
    }),
};

pub const ID_HEADING_MISMATCH: Rule = Rule {
    name: "id-heading-mismatch",
    group: "learnings.md",
    level: Level::Warning,
    what: "An entry whose `**ID**` is not its heading.",
    why: "Links lead to the heading, events name the id.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `alert-late`\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for entry in &doc.entries {
            let Some((text, span)) = value(doc, entry, FieldName::Id) else { continue };
            let id = text.trim_matches(['`', ' ', '"']);
            let heading = entry.heading.of(&doc.text).trim();
            // A heading in words has the id below it; only an id that another id contradicts is wrong.
            if crate::learnings::is_id(heading) && id != heading && !id.is_empty() {
                sink.add(span, format!("the heading says `{heading}`, the id `{id}`"))
                    .help(format!("write `{heading}`"))
                    .fix(span, format!("`{heading}`"));
            }
        }
    }),
};

pub const MISSING_FIELD: Rule = Rule {
    name: "missing-field",
    group: "learnings.md",
    level: Level::Warning,
    what: "An entry that has some of its fields and lacks its count.",
    why: "There is nowhere to write the number.",
    example: &[(
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, _, doc, sink| {
        for entry in doc.entries.iter().filter(|it| it.fields.len() > 1 && it.counter().is_none()) {
            let (label, zero) = match entry.kind {
                EntryKind::Pitfall => {
                    ("Frequency", cells::frequency(0, doc.dialect(), Stars::default()))
                }
                EntryKind::Pattern => ("Usage count", "0".to_owned()),
            };
            let at = entry.fields[0].line.end;
            let prefix = entry.fields[0].prefix.of(&doc.text);
            sink.add(entry.heading, format!("`{}` has no `**{label}**`", entry.id))
                .help(format!("add `**{label}**: {zero}`"))
                .fix(Span::new(at, at), format!("{}{prefix}**{label}**: {zero}", doc.eol()));
        }
    }),
};

pub const MALFORMED_METRICS_TABLE: Rule = Rule {
    name: "malformed-metrics-table",
    group: "learnings.md",
    level: Level::Error,
    what: "A table under Metrics without one of the columns Metric, Target, Current, Trend, or with a row that ends early.",
    why: "Its numbers are then never written.",
    example: &[(
        "learnings.md",
        "# L\n\n## Metrics\n\n| Metric | Current | Trend |\n|---|---|---|\n| Deploy success | null | - |\n",
    )],
    instead: GOOD,
    source: FORMAT,
    check: Check::Learnings(|_, page, doc, sink| {
        for section in doc.sections.iter().filter(|it| it.kind == SectionKind::Metrics) {
            for table in page
                .md
                .tables
                .iter()
                .filter(|it| it.start >= section.heading.end && it.start < section.end)
            {
                let header = line_of(&doc.text, table.start);
                let names: Vec<String> = header
                    .of(&doc.text)
                    .split('|')
                    .map(|it| it.trim_matches(['*', '_', ' ']).to_lowercase())
                    .collect();
                let lacks: Vec<&str> = ["metric", "target", "current", "trend"]
                    .into_iter()
                    .filter(|it| !names.iter().any(|name| name == it))
                    .collect();
                if !lacks.is_empty() && lacks.len() < 3 {
                    sink.add(
                        header,
                        format!("the metrics table has no column {}", lacks.join(", ")),
                    );
                }
            }
        }
        for row in doc.rows.iter().filter(|it| it.current.is_none() || it.trend.is_none()) {
            let own = crate::markdown::page::cells(row.line.of(&doc.text));
            if own < 4 {
                sink.add(
                    row.line,
                    format!("this row has {own} cells, so there is nowhere to write"),
                )
                .help("give it a cell for each column: `| Metric | Target | null | - |`");
            }
        }
    }),
};

pub const UNPARSED_TARGET: Rule = Rule {
    name: "unparsed-target",
    group: "learnings.md",
    level: Level::Warning,
    what: "A target that cannot be read.",
    why: "No verdict can be given about the metric.",
    example: &[(
        "learnings.md",
        "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | as good as we can | null | - |\n",
    )],
    instead: GOOD,
    source: "docs/metrics.md",
    check: Check::Learnings(|_, _, doc, sink| {
        for row in &doc.rows {
            if let Err(err) = target::parse(row.target.of(&doc.text)) {
                let span =
                    Span::new(row.target.start + err.span.start, row.target.start + err.span.end);
                let span = if span.end <= row.target.end { span } else { row.target };
                sink.add(span, format!("the target cannot be read: {err}"))
                    .help("write `≥98%`, `<15 min`, `2-4 h` or `track`");
            }
        }
    }),
};

pub const TARGET_WITHOUT_COMPARATOR: Rule = Rule {
    name: "target-without-comparator",
    group: "learnings.md",
    level: Level::Warning,
    what: "A target that is a number alone.",
    why: "It does not say whether more or less is better, and is taken as exactly that.",
    example: &[(
        "learnings.md",
        "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | 98% | null | - |\n",
    )],
    instead: GOOD,
    source: "docs/metrics.md",
    check: Check::Learnings(|_, _, doc, sink| {
        for row in &doc.rows {
            if target::parse(row.target.of(&doc.text)).is_ok_and(|it| it.without_comparator) {
                sink.add(
                    row.target,
                    format!("`{}` does not say at least or at most", row.target.of(&doc.text)),
                )
                .help("begin it with `≥` or `≤`");
            }
        }
    }),
};

fn learnings_of(skill: &Skill) -> Option<&LearningsDoc> {
    skill.pages.iter().find_map(|it| it.learnings.as_ref())
}

pub const UNTRACKED_PITFALL: Rule = Rule {
    name: "untracked-pitfall",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A pitfall of SKILL.md that links to learnings.md and has no entry there.",
    why: "It is counted nowhere.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Lost Key\n\n**Impact**: High\n\nCounts: [learnings](learnings.md)\n\n### Late Alert\n\n**Impact**: High\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Late Alert\n\n**Impact**: High\n\nCounts: [learnings](learnings.md#late-alert)\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    source: FORMAT,
    check: Check::Skill(|look, page, sink| {
        let Some(doc) = learnings_of(look.skill) else { return };
        let own = LearningsDoc::parse(&page.text);
        let described = crate::skill::SkillDoc::parse(&page.text);
        let pairs = own.entries.iter().zip(&described.topics);
        for (entry, topic) in pairs.filter(|it| it.0.kind == EntryKind::Pitfall) {
            let known = |id: &str| doc.entries.iter().any(|it| it.id == id);
            // A link to an entry that is gone has its own finding.
            let linked = page.text[entry.span.start..entry.span.end].contains("learnings.md#");
            if !known(&topic.id) && !known(&entry.id) && !linked {
                sink.add(entry.heading, format!("learnings.md has no entry `{}`", topic.id)).help(
                    format!(
                        "add `### {}` to learnings.md, or link to the entry that counts it",
                        topic.id
                    ),
                );
            }
        }
    }),
};

pub const ORPHAN_ID: Rule = Rule {
    name: "orphan-id",
    group: "SKILL.md and learnings.md",
    level: Level::Info,
    what: "An entry of learnings.md that SKILL.md does not describe.",
    why: "An agent sees a count and no way to prevent it.",
    example: &[
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Lost Key\n\nSee [it](learnings.md).\n",
        ),
    ],
    instead: &[],
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        let Some(page) = look.skill.skill_md() else { return };
        let described = crate::skill::SkillDoc::parse(&page.text);
        if described.topics.is_empty() {
            return;
        }
        for entry in &doc.entries {
            if described.topic(&entry.id).is_none() && !page.text.contains(&entry.id) {
                sink.add(entry.heading, format!("SKILL.md does not describe `{}`", entry.id));
            }
        }
    }),
};

pub const METRIC_TARGET_CONFLICT: Rule = Rule {
    name: "metric-target-conflict",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A metric with one target in SKILL.md and another in learnings.md.",
    why: "The agent works for one, the verdict uses the other.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nSee [it](learnings.md).\n\n## Metrics\n\n| Metric | Target |\n|---|---|\n| Deploy success | ≥99% |\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | ≥98% | null | - |\n",
        ),
    ],
    instead: &[],
    source: FORMAT,
    check: Check::Learnings(|look, _, doc, sink| {
        let Some(page) = look.skill.skill_md() else { return };
        for (name, other) in crate::skill::SkillDoc::parse(&page.text).metrics {
            let Some(row) =
                doc.rows.iter().find(|it| it.name.of(&doc.text).eq_ignore_ascii_case(name.trim()))
            else {
                continue;
            };
            let own = row.target.of(&doc.text);
            if let (Ok(a), Ok(b)) = (target::parse(own), target::parse(&other))
                && a != b
            {
                sink.add(row.target, format!("`{own}` here, `{}` in SKILL.md", other.trim()));
            }
        }
    }),
};

pub const VOLATILE_DATA_IN_SKILL: Rule = Rule {
    name: "volatile-data-in-skill",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "Counts, dates or current numbers in SKILL.md, which belong into learnings.md.",
    why: "The package replaces SKILL.md at every update, and the numbers with it.",
    example: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Late Alert\n\n**Frequency**: ★★☆☆☆ (2/5 - seen rarely)\n",
    )],
    instead: &[(
        "SKILL.md",
        "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\n## Common Pitfalls\n\n### Late Alert\n\n**Impact**: High\n",
    )],
    source: FORMAT,
    check: Check::Skill(|_, page, sink| {
        if !page.text.contains("**Frequency")
            && !page.text.contains("**Usage count")
            && !page.text.contains("Current")
        {
            return;
        }
        let doc = LearningsDoc::parse(&page.text);
        for entry in &doc.entries {
            let Some(counter) = entry.counter() else { continue };
            if doc.count(entry).is_some() && doc.value(counter).contains(['/', '★', '⭐']) {
                sink.add(counter.line, "a count in a file that updates replace")
                    .help("keep it in learnings.md only");
            }
        }
        if let Some(row) = doc.rows.iter().find(|it| it.current.is_some()) {
            let table = page
                .md
                .tables
                .iter()
                .find(|it| it.start <= row.line.start && row.line.start < it.end);
            let header = line_of(&page.text, table.map_or(row.line.start, |it| it.start));
            sink.add(header, "a column of current numbers in a file that updates replace")
                .help("keep the table in learnings.md only");
        }
    }),
};

pub const UNRESOLVED_LEARNINGS_ANCHOR: Rule = Rule {
    name: "unresolved-learnings-anchor",
    group: "SKILL.md and learnings.md",
    level: Level::Warning,
    what: "A link to an entry of learnings.md that is not there.",
    why: "The pitfall is then counted under an id that nobody sees.",
    example: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nSee [it](learnings.md#lost-key).\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    instead: &[
        (
            "SKILL.md",
            "---\nname: ship\ndescription: Ships a release. Use when releasing.\n---\n# Ship\n\nSee [it](learnings.md#late-alert).\n",
        ),
        (
            "learnings.md",
            "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 0/5 ⭐☆☆☆☆\n**Last seen**: Never\n**Impact**: High\n**Instances**: []\n",
        ),
    ],
    source: FORMAT,
    check: Check::Page(|look, page, sink| {
        let Some(learnings) = look.skill.pages.iter().find(|it| it.is_learnings()) else { return };
        for link in &page.md.links {
            let target = link.target.strip_prefix("./").unwrap_or(&link.target);
            let Some(anchor) = target.strip_prefix("learnings.md#") else { continue };
            if page.relative.contains('/')
                || anchor.is_empty()
                || learnings.md.has_anchor(&anchor.to_lowercase())
            {
                continue;
            }
            let known =
                learnings.learnings.iter().flat_map(|it| &it.entries).any(|it| it.id == anchor);
            if !known {
                sink.add(link.span, format!("learnings.md has no entry `{anchor}`"));
            }
        }
    }),
};
