//! The present moment and the source of ids.

use std::cell::Cell;

use anyhow::{Context, Result};

use crate::event::{Id, Timestamp};
use crate::projection::DAY;

/// The moment a command began, and the ids of what it stores.
#[derive(Debug)]
pub struct Clock {
    pub now: Timestamp,
    millis: u64,
    last: Cell<Id>,
}

impl Clock {
    /// `millis` since 1970 (UTC).
    pub fn new(millis: u64) -> Self {
        let now = Timestamp((millis / 1000) as i64);
        Self { now, millis, last: Cell::new(Id(0)) }
    }

    /// Returns the latest time that something may have happened: a day from now, for clocks that are wrong.
    pub fn latest(&self) -> Timestamp {
        Timestamp(self.now.0 + DAY)
    }

    /// Returns a new id, larger than all this process made before.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn id(&self) -> Result<Id> {
        self.id_after(None)
    }

    /// Returns a new id that is larger than `floor` too, which may come from a clock that is ahead.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn id_after(&self, floor: Option<Id>) -> Result<Id> {
        let (own, floor) = (self.last.get(), floor.unwrap_or(Id(0)));
        let mut random = [0; 16];
        getrandom::fill(&mut random).context("the system gives no random numbers")?;
        let random = u128::from_le_bytes(random) & ((1 << 80) - 1);
        let fresh = Id::new(self.millis, random);
        let id = if fresh > own.max(floor) {
            fresh
        } else if own > floor {
            Id(own.0 + 1)
        } else {
            // Another process may have the same floor: the one after it would be theirs too.
            // At the end of time the next millisecond would be the first.
            Id::new(floor.millis() + 1, random).max(Id(floor.0.saturating_add(1)))
        };
        self.last.set(id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_two_processes_differ_behind_the_same_floor() {
        let floor = Id::new(9_000, 7);
        let (one, two) = (Clock::new(1_000), Clock::new(1_000));
        let (a, b) = (one.id_after(Some(floor)).unwrap(), two.id_after(Some(floor)).unwrap());
        assert!(a > floor && b > floor && a != b, "{a} {b}");
        // An id of its own process that is larger stands as it is.
        let next = one.id_after(Some(floor)).unwrap();
        let end = Id(u128::MAX - 5);
        assert!(one.id_after(Some(end)).unwrap() > end);
        assert!(next > a && next.millis() <= a.millis() + 1, "{a} {next}");
    }

    #[test]
    fn ids_of_one_process_grow() {
        let clock = Clock::new(1_000);
        let ids: Vec<Id> = (0..100).map(|_| clock.id().unwrap()).collect();
        assert!(ids.windows(2).all(|it| it[0] < it[1]));
    }
}
