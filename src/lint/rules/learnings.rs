//! learnings.md by itself, and together with SKILL.md.

use std::path::PathBuf;

use crate::learnings::{Entry, FieldName, LearningsDoc, MetricRow, SectionKind};
use crate::lint::project::{Project, TextFile};
use crate::store::skills::SkillFolder;
use crate::text::Span;

pub mod count_instances_mismatch;
pub mod duplicate_id;
pub mod hand_edited_count;
pub mod id_heading_mismatch;
pub mod impossible_date;
pub mod malformed_metrics_table;
pub mod missed_target;
pub mod missing_field;
pub mod stale_projection;
pub mod stars_mismatch;
pub mod target_without_comparator;
pub mod unknown_impact;
pub mod unparsed_target;

const GOOD: &[(&str, &str)] = &[(
    "learnings.md",
    "# L\n\n## Common Pitfalls\n\n### late-alert\n**ID**: `late-alert`\n**Frequency**: 2/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search, cart]\n\n## Metrics\n\n| Metric | Target | Current | Trend |\n|---|---|---|---|\n| Deploy success | ≥98% | null | - |\n",
)];

/// Says where the skill of the examples is.
const SHIP: (&str, &str) = ("/.learn/config.toml", "[skills]\npaths = [\"ship\"]\n");

/// An occurrence in the journal.
const MET: (&str, &str) = (
    "/.learn/events/2026-11/01M7W6C3800000000000000002.json",
    "{\"v\":1,\"id\":\"01M7W6C3800000000000000002\",\"at\":\"2026-11-20T10:00:00Z\",\"skill\":\"ship\",\"kind\":\"occurrence\",\"pitfall\":\"late-alert\",\"feature\":\"search\",\"crc\":\"e678126c\"}\n",
);

/// A learnings.md that says so.
const SAID: &[(&str, &str)] = &[
    SHIP,
    MET,
    (
        "learnings.md",
        "# L\n\n## Common Pitfalls\n\n### late-alert\n**Frequency**: 1/5 ⭐⭐☆☆☆\n**Last seen**: 2026-11-20 (feature: search)\n**Impact**: High\n**Instances**: [search]\n",
    ),
];

/// Returns the rows of metrics: those below the heading Metrics, and others with a cell for the present.
fn metric_rows(doc: &LearningsDoc) -> impl Iterator<Item = &MetricRow> {
    doc.rows.iter().filter(|row| {
        let start = row.line.start;
        row.current.is_some()
            || doc.sections.iter().any(|it| {
                it.kind == SectionKind::Metrics && it.heading.end <= start && start < it.end
            })
    })
}

fn value<'d>(doc: &'d LearningsDoc, entry: &Entry, name: FieldName) -> Option<(&'d str, Span)> {
    let field = entry.field(name)?;
    Some((field.value.of(&doc.text), field.value))
}

/// Returns the skills whose learnings.md is linted, with it.
fn learnings(project: &Project) -> Vec<(&SkillFolder, TextFile)> {
    let all = project.workspace.skills.iter();
    let files = all.flat_map(|skill| {
        let read = move |it: PathBuf| Some((skill, project.learnings(&it)?));
        project.workspace.files(skill).into_iter().filter_map(read)
    });
    files.collect()
}

/// Returns those that the journal knows something about, with their real path.
fn counted(project: &Project) -> Vec<(&SkillFolder, TextFile, PathBuf)> {
    let known = |skill: &&SkillFolder| {
        project.workspace.store.exists()
            && project.fold.borrow_mut().skill(&skill.key).newest.is_some()
    };
    let all = project.workspace.skills.iter().filter(known);
    let files = all.flat_map(|skill| {
        let read = move |it: PathBuf| Some((skill, project.learnings(&it)?, it));
        project.workspace.files(skill).into_iter().filter_map(read)
    });
    files.collect()
}
