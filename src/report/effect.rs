//! What happened to a pitfall: when it was met, when it was shown to an agent, what was done about it.

use std::collections::BTreeMap;

use crate::event::{Kind, Timestamp};
use crate::journal::{Entry, Renames, Selected};

/// What happened to one pitfall, by time. A moment splits its occurrences: those at the moment are before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub times: Vec<Timestamp>,
    pub shown: Vec<Timestamp>,
    /// When a prevention was adopted, and its text.
    pub adopted: Vec<(Timestamp, String)>,
}

/// Says whether an event belongs to a history.
pub fn is_told(entry: &Entry<'_, '_>) -> bool {
    let kinds = [Kind::Occurrence, Kind::Shown, Kind::Adoption];
    entry.counts() && kinds.contains(&entry.event.kind)
}

/// Returns the histories by skill and present id. `events` are ordered by time.
pub fn histories(events: &[Selected], renames: &Renames) -> BTreeMap<(String, String), History> {
    let mut res: BTreeMap<(String, String), History> = BTreeMap::new();
    for it in events {
        let event = &it.event;
        let prevention = event.prevention.as_deref().unwrap_or_default();
        let mut of = |id: &str| {
            let id = renames.current(&event.skill, id).to_owned();
            let history = res.entry((event.skill.to_string(), id)).or_default();
            history.add(event.kind, event.when(), prevention);
        };
        let cause = event.cause.as_deref().filter(|_| event.kind == Kind::Occurrence);
        event.pitfall.as_deref().into_iter().chain(cause).for_each(&mut of);
        event.pitfalls.iter().for_each(|it| of(it));
    }
    res
}

impl History {
    fn add(&mut self, kind: Kind, at: Timestamp, prevention: &str) {
        match kind {
            Kind::Shown => self.shown.push(at),
            Kind::Adoption => self.adopted.push((at, prevention.to_owned())),
            _ => self.times.push(at),
        }
    }

    /// Returns how many occurrences lie in `from..=to`, without those at `from`.
    pub fn met_between(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> usize {
        let is_after = |it: &Timestamp| from.is_none_or(|from| *it > from);
        let is_until = |it: &Timestamp| to.is_none_or(|to| *it <= to);
        self.times.iter().filter(|it| is_after(it) && is_until(it)).count()
    }
}
