//! SKILL.md as far as this program needs it: pitfalls, patterns, metrics and the steps that prevent.
//!
//! The file belongs to the package; it is read and never written.

use serde::{Deserialize, Serialize};

use crate::learnings::edits::Described;
use crate::learnings::{EntryKind, LearningsDoc, MetricRow, cells, is_id};
use crate::markdown::{self, lines, slug};
use crate::metric::match_name;
use crate::text::Span;

pub mod create;

/// What SKILL.md says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SkillDoc {
    pub title: String,
    pub topics: Vec<Topic>,
    /// Name and target of each metric, from a table or a list.
    pub metrics: Vec<(String, String)>,
    /// Slash commands that the text names, without the slash, each once.
    pub commands: Vec<String>,
}

/// A pitfall or pattern as SKILL.md describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    pub kind: EntryKind,
    /// The anchor it links to in learnings.md, else the slug of its title.
    pub id: String,
    pub title: String,
    /// The first word of its impact: `Critical`.
    pub impact: Option<String>,
    pub prevention: Vec<String>,
    /// The count that older packages keep here.
    pub count: u64,
}

impl SkillDoc {
    /// Returns name and target of each metric: the rows of learnings.md, then what only SKILL.md lists.
    pub fn metrics_with<'a>(&'a self, learnings: &'a LearningsDoc) -> Vec<(&'a str, &'a str)> {
        let text = &learnings.text;
        let mut res: Vec<(&str, &str)> =
            learnings.metrics().map(|it| (it.name.of(text), it.target.of(text))).collect();
        for (name, target) in &self.metrics {
            if !res.iter().any(|it| is_same(it.0, name)) {
                res.push((name, target));
            }
        }
        res
    }

    /// Reads any text.
    pub fn parse(text: &str) -> Self {
        Self::read(text).0
    }

    /// Reads any text, and what it would be as a learnings.md.
    pub fn read(text: &str) -> (Self, LearningsDoc) {
        let outline = markdown::scan(text);
        let doc = LearningsDoc::of(text, &outline);
        let title =
            outline.headings.iter().find(|it| it.level == 1).map_or("", |it| it.text.as_str());
        let mut topics = Vec::new();
        for entry in &doc.entries {
            let heading = outline.headings.iter().find(|it| it.inner == entry.heading);
            let shown = heading.map_or("", |it| it.text.as_str());
            let title =
                shown.trim_start_matches(|it: char| !it.is_alphanumeric()).trim().to_owned();
            let linked = outline
                .links
                .iter()
                .filter(|it| entry.span.start <= it.span.start && it.span.end <= entry.span.end)
                .filter_map(|it| {
                    it.target.strip_prefix("./").unwrap_or(&it.target).strip_prefix("learnings.md#")
                })
                .find(|it| is_id(it));
            let impact = entry.field(crate::learnings::FieldName::Impact).map(|it| doc.value(it));
            topics.push(Topic {
                kind: entry.kind,
                id: linked.map_or_else(|| entry.id.clone(), str::to_owned),
                title,
                impact: impact
                    .and_then(|it| {
                        it.split(|it: char| !it.is_alphanumeric()).find(|it| !it.is_empty())
                    })
                    .map(str::to_owned),
                prevention: steps(text, &outline, entry.span),
                count: entry.counter().and_then(|it| cells::count(doc.value(it))).unwrap_or(0),
            });
        }
        let of = |it: &MetricRow| (it.name.of(text).to_owned(), it.target.of(text).to_owned());
        let metrics = doc.metrics().map(of).collect();
        (Self { title: title.to_owned(), topics, metrics, commands: commands(text) }, doc)
    }

    /// Returns the topic of an id.
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.topics.iter().find(|it| it.id == id)
    }

    /// Returns what new entries of learnings.md need to know.
    pub fn described(&self) -> Vec<Described> {
        let topic =
            |it: &Topic| Described { kind: it.kind, id: it.id.clone(), impact: it.impact.clone() };
        self.topics.iter().map(topic).collect()
    }
}

/// Returns the slash commands that a text names: `/phase-2-ship`, but no `/usr/bin` and no `and/or`.
pub fn commands(text: &str) -> Vec<String> {
    let mut res: Vec<String> = Vec::new();
    for (at, _) in text.match_indices('/') {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|it| !it.is_whitespace() && !"`\"'([*|".contains(it)) {
            continue;
        }
        let rest = &text[at + 1..];
        let name = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-_:".contains(it);
        let end = rest.find(|it| !name(it)).unwrap_or(rest.len());
        let command = rest[..end].trim_end_matches([':', '-']);
        let is_path = rest[end..].starts_with(['/', '.']) && !rest[end..].starts_with(". ");
        if command.starts_with(|it: char| it.is_ascii_lowercase())
            && !is_path
            && !res.iter().any(|it| it == command)
        {
            res.push(command.to_owned());
        }
    }
    res
}

/// Returns the list under `**Prevention**:`.
/// Says whether two names of rows mean one metric.
fn is_same(a: &str, b: &str) -> bool {
    let derived = match_name(a);
    slug(a) == slug(b) || (derived.is_some() && derived == match_name(b))
}

fn steps(text: &str, outline: &markdown::Outline, span: Span) -> Vec<String> {
    let mut res = Vec::new();
    let mut within = false;
    for line in lines(text, span) {
        let it = line.of(text).trim();
        if outline.is_opaque(line) {
            continue;
        }
        if let Some((label, _)) = it.strip_prefix("**").and_then(|it| it.split_once("**")) {
            within = label.trim_matches([':', ' ']).eq_ignore_ascii_case("prevention");
        } else if within && let Some(step) = markdown::list_item(it) {
            res.push(markdown::plain(step));
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_no_paths() {
        let text =
            "Use `/phase-2-ship`, /ship-prod. (/learn:x) or /usr/bin/x and/or /a.sh /phase-2-ship";
        assert_eq!(commands(text), ["phase-2-ship", "ship-prod", "learn:x"]);
    }

    #[test]
    fn topics_are_named_by_their_link_or_their_title() {
        let text = "---\nname: x\n---\n# T\n## Common Pitfalls (Auto-Updated)\n### 🚫 Too Many (>3)\n> See [learnings.md](learnings.md#over-done)\n\n**Impact**: High (slow)\n\n**Prevention** (and more):\n1. one `x`\n2. [two](#t)\n\n### 🚫 Plain Title\n**Frequency**: ★★☆☆☆ (2/5 - seen rarely)\n## Metrics Tracking\n**Targets**:\n- Test coverage: ≥80%\n";
        let doc = SkillDoc::parse(text);
        assert_eq!(doc.title, "T");
        let ids: Vec<&str> = doc.topics.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["over-done", "plain-title"]);
        assert_eq!(doc.topics[0].impact.as_deref(), Some("High"));
        assert_eq!(doc.topics[0].prevention, ["one `x`", "two"]);
        assert_eq!(doc.topics[0].title, "Too Many (>3)");
        assert_eq!(doc.topics[1].count, 2);
        assert_eq!(doc.metrics, [("Test coverage".to_owned(), "≥80%".to_owned())]);
    }
}
