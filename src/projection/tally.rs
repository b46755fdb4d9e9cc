//! The numbers of one pitfall or pattern.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::event::{Id, Impact, Worked};
use crate::journal::Entry;
use crate::projection::{CAUSES, DAY, Stamp};

/// The numbers of one pitfall (occurrences) or pattern (uses).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Events that count.
    pub total: u64,
    /// Events with retracted ones, as a file may have seen them.
    pub ever: u64,
    /// Uses that helped.
    pub worked: u64,
    pub baselines: Vec<Baseline>,
    pub first: Option<Stamp>,
    pub last: Option<Last>,
    /// Features, or days where an event has none, and when each was last met.
    pub instances: BTreeMap<String, Stamp>,
    /// The newest causes, newest first.
    pub causes: Vec<Cause>,
    /// Weak evidence that waits for a confirmation.
    pub proposed: u64,
    /// Title and impact of a pitfall that no file describes, from its newest event that has them.
    pub title: Option<(Stamp, String)>,
    pub impact: Option<(Stamp, Impact)>,
    /// Largest id of all events added.
    pub(super) newest: Id,
    /// Smallest id of the events that count or added it: when it was first written down.
    pub oldest: Option<Id>,
    /// How many events count on each day, in days since 1970 (UTC).
    pub days: BTreeMap<i64, u64>,
    /// The newest prevention that is in place.
    pub adopted: Option<(Stamp, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    pub stamp: Stamp,
    pub feature: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub stamp: Stamp,
    pub feature: Option<String>,
    pub text: String,
}

/// A total that a file knew, and what was recorded after that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    pub id: Id,
    pub count: u64,
    pub worked: Option<f64>,
    /// As the file had it: a day, perhaps with a feature.
    pub last_seen: Option<String>,
    pub instances: Vec<String>,
    pub first_used: Option<String>,
    pub retracted: bool,
    /// Events with a larger id that count; those that ever did; those that helped.
    pub after: u64,
    pub after_ever: u64,
    pub worked_after: u64,
}

impl Tally {
    /// Returns how often: the largest of all events, and of each baseline and what came after it.
    pub fn count(&self) -> u64 {
        let floors = self.baselines.iter().filter(|it| !it.retracted);
        floors.map(|it| it.count + it.after).fold(self.total, u64::max)
    }

    /// Returns the count as if nothing had been retracted.
    pub fn count_ever(&self) -> u64 {
        self.baselines.iter().map(|it| it.count + it.after_ever).fold(self.ever, u64::max)
    }

    /// Says whether there is anything to tell.
    pub fn is_empty(&self) -> bool {
        self.ever == 0 && self.baselines.is_empty()
    }

    /// Says whether it happened again after the newest prevention was adopted.
    pub fn recurred(&self) -> bool {
        match (&self.adopted, &self.last) {
            (Some(adopted), Some(last)) => last.stamp > adopted.0,
            _ => false,
        }
    }

    /// Says whether it belongs into the file: it was met, or somebody added it.
    pub fn is_wanted(&self) -> bool {
        self.count() > 0 || self.baselines.iter().any(|it| it.count == 0 && !it.retracted)
    }

    /// Returns the baseline that decides the count, if one does.
    pub fn floor(&self) -> Option<&Baseline> {
        let floors = self.baselines.iter().filter(|it| !it.retracted);
        floors
            .filter(|it| it.count + it.after > self.total)
            .max_by_key(|it| (it.count + it.after, it.id))
    }

    /// Returns how many uses helped, of how many; `None` when a floor does not tell.
    pub fn success(&self) -> Option<(f64, u64)> {
        match self.floor() {
            Some(it) => Some((it.worked? + it.worked_after as f64, it.count + it.after)),
            None if self.total > 0 => Some((self.worked as f64, self.total)),
            None => None,
        }
    }

    /// Returns when it was last met: the newest event, or what a baseline knew if that is newer.
    pub fn last_seen(&self) -> Option<(String, Option<String>)> {
        let event = self.last.as_ref().map(|it| (it.stamp.0.date(), it.feature.clone()));
        let floors = self.baselines.iter().filter(|it| !it.retracted);
        let known = floors
            .filter_map(|it| it.last_seen.as_deref())
            .map(|it| match it.split_once(' ') {
                Some((day, feature)) => (day.to_owned(), Some(feature.to_owned())),
                None => (it.to_owned(), None),
            })
            .max();
        match (event, known) {
            (Some(event), Some(known)) => Some(if known.0 > event.0 { known } else { event }),
            (event, known) => event.or(known),
        }
    }

    /// Returns the day of first use: the oldest event, or what a baseline knew if that is older.
    pub fn first_used(&self) -> Option<String> {
        let event = self.first.map(|it| it.0.date());
        let floors = self.baselines.iter().filter(|it| !it.retracted);
        event.into_iter().chain(floors.filter_map(|it| it.first_used.clone())).min()
    }

    /// Returns where it was met: events newest first, then what baselines knew, each once.
    pub fn instances(&self) -> Vec<&str> {
        let mut met: Vec<(&Stamp, &str)> =
            self.instances.iter().map(|(name, stamp)| (stamp, name.as_str())).collect();
        met.sort_unstable_by(|a, b| b.cmp(a));
        let mut res: Vec<&str> = met.into_iter().map(|it| it.1).collect();
        let mut known: BTreeSet<&str> = res.iter().copied().collect();
        let floors = self.baselines.iter().rev().filter(|it| !it.retracted);
        for name in floors.flat_map(|it| &it.instances) {
            if known.insert(name) {
                res.push(name);
            }
        }
        res
    }

    pub(super) fn add(&mut self, entry: &Entry<'_, '_>, direct: bool) {
        let event = entry.event;
        self.newest = self.newest.max(event.id);
        if !entry.confirmed {
            self.proposed += u64::from(!entry.retracted);
            return;
        }
        let helped = !entry.retracted && event.worked == Some(Worked::Once(true));
        self.ever += 1;
        self.total += u64::from(!entry.retracted);
        self.worked += u64::from(helped);
        // A damaged event may be older than its id says: a total that holds it already must not get it
        // on top.
        let after = |it: &&mut Baseline| it.id < event.id && !entry.damaged;
        for baseline in self.baselines.iter_mut().filter(after) {
            baseline.after_ever += 1;
            baseline.after += u64::from(!entry.retracted);
            baseline.worked_after += u64::from(helped);
        }
        if entry.retracted {
            return;
        }
        self.oldest = Some(self.oldest.map_or(event.id, |it| it.min(event.id)));
        let stamp = Stamp(event.when(), event.id);
        *self.days.entry(stamp.0.0.div_euclid(DAY)).or_default() += 1;
        self.first = Some(self.first.map_or(stamp, |it| it.min(stamp)));
        if self.last.as_ref().is_none_or(|it| it.stamp < stamp) {
            let feature = event.feature.as_ref().map(ToString::to_string);
            self.last = Some(Last { stamp, feature });
        }
        match &event.feature {
            Some(feature) => self.met(feature, stamp),
            None => self.met(&event.when().date(), stamp),
        }
        if direct {
            if let Some(title) = &event.title
                && self.title.as_ref().is_none_or(|it| it.0 < stamp)
            {
                self.title = Some((stamp, title.to_string()));
            }
            if let Some(impact) = event.impact
                && self.impact.is_none_or(|it| it.0 < stamp)
            {
                self.impact = Some((stamp, impact));
            }
        }
        let cause = if direct { event.cause.as_ref() } else { None };
        if let Some(text) = event.cause_text.as_ref().or(event.note.as_ref()).or(cause)
            && (self.causes.len() < CAUSES || self.causes.last().is_some_and(|it| it.stamp < stamp))
        {
            let feature = event.feature.as_ref().map(ToString::to_string);
            self.causes.push(Cause { stamp, feature, text: text.to_string() });
            self.newest_causes();
        }
    }

    fn met(&mut self, name: &str, stamp: Stamp) {
        match self.instances.get_mut(name) {
            Some(it) => *it = (*it).max(stamp),
            None => {
                self.instances.insert(name.to_owned(), stamp);
            }
        }
    }

    fn newest_causes(&mut self) {
        self.causes.sort_by_key(|it| std::cmp::Reverse(it.stamp));
        self.causes.truncate(CAUSES);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.ever += other.ever;
        self.worked += other.worked;
        self.proposed += other.proposed;
        self.newest = self.newest.max(other.newest);
        for (mine, theirs) in self.baselines.iter_mut().zip(&other.baselines) {
            mine.after += theirs.after;
            mine.after_ever += theirs.after_ever;
            mine.worked_after += theirs.worked_after;
        }
        self.oldest = self.oldest.into_iter().chain(other.oldest).min();
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.take().into_iter().chain(other.last).max_by_key(|it| it.stamp);
        for (name, stamp) in other.instances {
            self.met(&name, stamp);
        }
        self.causes.extend(other.causes);
        self.newest_causes();
        self.title = self.title.take().max(other.title);
        self.impact = self.impact.max(other.impact);
        self.adopted = self.adopted.take().max(other.adopted);
        for (day, count) in other.days {
            *self.days.entry(day).or_default() += count;
        }
    }
}
