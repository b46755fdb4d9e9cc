//! What a sync does to one learnings.md, decided without touching a file.
//!
//! `record`, `sync`, `sync --check` and the linter all ask here, so they cannot disagree.

use std::rc::Rc;

use crate::clean;
use crate::event::{Event, Id, Kind, Timestamp, Worked};
use crate::learnings::conflict::{self, Conflict};
use crate::learnings::edits::{Described, Style, edits};
use crate::learnings::restore::{is_overwritten, restore};
use crate::learnings::{EntryKind, FieldName, LearningsDoc, cells};
use crate::projection::SkillTally;
use crate::text::apply;

/// How many characters of a value are taken over from a file.
const TAKEN_OVER: usize = 200;

/// A learnings.md as it was read, parsed once however many steps ask about it.
#[derive(Debug)]
pub struct Source {
    /// The text as it is on disk.
    pub text: String,
    /// The document, without the conflict markers that lie in generated values.
    pub doc: LearningsDoc,
    /// Conflicts a person has to resolve.
    conflicts: Vec<Conflict>,
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        let (healed, conflicts) = conflict::heal(&text);
        Self { doc: LearningsDoc::parse(&healed), text, conflicts }
    }
}

/// A count in the file that the journal does not know.
#[derive(Clone, Debug, PartialEq)]
pub struct ByHand {
    pub kind: EntryKind,
    pub id: String,
    /// What the file says.
    pub count: u64,
    /// What the journal ever knew.
    pub ever: u64,
    last_seen: Option<String>,
    instances: Vec<String>,
    worked: Option<f64>,
    first_used: Option<String>,
}

/// A count that is smaller in the file than in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub kind: EntryKind,
    pub id: String,
    pub file: u64,
    pub journal: u64,
}

/// What is wrong with a file, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The file says what the journal says.
    Current,
    /// It lacks what the journal has.
    Older,
    /// An update put counts at zero over the user's.
    Overwritten,
    /// Counts went down (a retraction), or only the form of a value differs.
    Differs,
}

/// What a sync does to a file.
#[derive(Clone, Debug)]
pub struct Plan {
    pub state: State,
    /// The text as it should be.
    pub text: String,
    pub behind: Vec<Behind>,
    /// The file was replaced by the package's own, and the user's text was found.
    pub restored: bool,
    /// Lines of people that the last synced text had and this one lacks, where it cannot be told
    /// who took them out.
    pub lost: usize,
    /// Conflicts a person has to resolve; the text is then left as it is.
    pub conflicts: Vec<Conflict>,
    /// Values that could not be read and were written over: field and old text.
    pub unread: Vec<(String, String)>,
}

/// Returns the counts that somebody put into the file by hand.
pub fn by_hand(source: &Source, tally: &SkillTally) -> Vec<ByHand> {
    let doc = &source.doc;
    let mut res: Vec<ByHand> = Vec::new();
    for entry in &doc.entries {
        let Some(count) = doc.count(entry) else { continue };
        let id = tally.current(&entry.id);
        let known = match entry.kind {
            EntryKind::Pitfall => tally.pitfalls.get(id),
            EntryKind::Pattern => tally.patterns.get(id),
        };
        let ever = known.map_or(0, |it| it.count_ever().max(it.count()));
        if count <= ever
            || res.iter().any(|it| it.id == id && it.kind == entry.kind && it.count >= count)
            // An event is for ever, a heading is not: the name has to change first.
            || !clean::secrets(entry.heading.of(&doc.text)).is_empty()
        {
            continue;
        }
        let value = |name| entry.field(name).map(|it| doc.value(it));
        let rate = value(FieldName::SuccessRate).and_then(cells::percent);
        let seen = value(FieldName::LastSeen).and_then(cells::seen);
        res.push(ByHand {
            kind: entry.kind,
            id: id.to_owned(),
            count,
            ever,
            last_seen: seen.map(|it| match it {
                (day, Some(feature)) => format!("{day} {feature}"),
                (day, None) => day,
            }),
            instances: value(FieldName::Instances).map(cells::instance_list).unwrap_or_default(),
            worked: rate.map(|it| (it * count as f64 / 100.0 * 1000.0).round() / 1000.0),
            first_used: value(FieldName::FirstUsed).and_then(cells::seen).map(|it| it.0),
        });
    }
    res
}

impl ByHand {
    /// Returns the event that takes the count over. Two clones that adopt the same file write the same key.
    pub fn event(&self, id: Id, at: Timestamp, skill: &str) -> Event<'static> {
        let mut event = Event::new(id, at, skill.to_owned(), Kind::Baseline);
        let (what, name) = match self.kind {
            EntryKind::Pitfall => (&mut event.pitfall, "pitfall"),
            EntryKind::Pattern => (&mut event.pattern, "pattern"),
        };
        *what = Some(self.id.clone().into());
        event.count = Some(self.count);
        let cleaned = |it: &String| clean::clean(it, TAKEN_OVER).text.into();
        event.last_seen = self.last_seen.as_ref().map(cleaned);
        event.instances = self.instances.iter().map(cleaned).collect();
        event.worked = self.worked.map(Worked::Times);
        event.first_used = self.first_used.as_ref().map(cleaned);
        event.by = Some(crate::event::By::Sync);
        event.key = Some(format!("baseline:{skill}:{name}:{}:{}", self.id, self.count).into());
        event
    }
}

/// Finds the text a file had before: the last synced one with counts or, when all counters of the
/// file are at zero (`true`), git's newest with counts.
pub type Before<'a> = &'a dyn Fn(bool) -> Option<Rc<Source>>;

/// Decides what becomes of a file.
///
/// Counts by hand are adopted first (`by_hand`), so the tally knows them.
pub fn plan(
    source: &Source,
    before: Before<'_>,
    tally: &SkillTally,
    described: &[Described],
    style: Style<'_>,
) -> Plan {
    let Source { text, doc, conflicts } = source;
    if !conflicts.is_empty() {
        return Plan {
            state: State::Differs,
            text: text.clone(),
            behind: Vec::new(),
            restored: false,
            lost: 0,
            conflicts: conflicts.clone(),
            unread: Vec::new(),
        };
    }
    let behind = behind(doc, tally);
    let wiped = !doc.has_counts() && !behind.is_empty();
    let before = if behind.is_empty() { None } else { before(wiped) };
    let before = before.as_ref().map(|it| &it.doc);
    let overwritten = before.filter(|it| is_overwritten(doc, it));
    let restored = overwritten.map(|it| LearningsDoc::parse(&restore(it, doc, tally)));
    let base = restored.as_ref().unwrap_or(doc);
    let new = apply(&base.text, &edits(base, tally, described, style));
    let state = if new == *text {
        State::Current
    } else if overwritten.is_some() {
        State::Overwritten
    } else if !behind.is_empty() {
        State::Older
    } else {
        State::Differs
    };
    let unread = unread(base, tally);
    let restored = restored.is_some();
    let lost = match (before, state) {
        (Some(before), State::Older) if before.text != doc.text => lost_lines(before, doc),
        _ => 0,
    };
    Plan { state, text: new, behind, restored, lost, conflicts: Vec::new(), unread }
}

/// Counts the lines of people that the older text had and this one lacks.
fn lost_lines(before: &LearningsDoc, now: &LearningsDoc) -> usize {
    let labels = FieldName::ALL.map(|it| format!("**{}", it.label()));
    let is_field = |line: &str| labels.iter().any(|it| line.contains(it));
    let there: std::collections::HashSet<&str> = now.text.lines().map(str::trim).collect();
    let lines = before.text.lines().map(str::trim);
    lines
        .filter(|it| {
            it.len() > 3
                && !is_field(it)
                && !it.starts_with("- 2")
                && !it.starts_with('|')
                && !there.contains(it)
        })
        .count()
}

fn behind(doc: &LearningsDoc, tally: &SkillTally) -> Vec<Behind> {
    let mut res = Vec::new();
    for (kind, tallies) in
        [(EntryKind::Pitfall, &tally.pitfalls), (EntryKind::Pattern, &tally.patterns)]
    {
        for (id, it) in tallies {
            let shown = doc
                .entries
                .iter()
                .filter(|e| e.kind == kind && tally.current(&e.id) == id)
                .map(|e| doc.count(e).unwrap_or(0))
                .min();
            let (file, journal) = (shown.unwrap_or(0), it.count());
            if file < journal {
                res.push(Behind { kind, id: id.clone(), file, journal });
            }
        }
    }
    res
}

fn unread(doc: &LearningsDoc, tally: &SkillTally) -> Vec<(String, String)> {
    let mut res = Vec::new();
    for entry in &doc.entries {
        let known = match entry.kind {
            EntryKind::Pitfall => tally.pitfalls.get(tally.current(&entry.id)),
            EntryKind::Pattern => tally.patterns.get(tally.current(&entry.id)),
        };
        if let (Some(field), None, true) =
            (entry.counter(), doc.count(entry), known.is_some_and(|it| !it.is_empty()))
        {
            res.push((entry.id.clone(), doc.value(field).to_owned()));
        }
    }
    res
}

#[cfg(test)]
mod tests;
