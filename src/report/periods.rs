//! Weeks and months, for counts over time. Knows days, nothing of what is counted.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Serialize;

/// How many periods are told at most; what is older is in the totals only.
const WEEKS: i64 = 26;
const MONTHS: u32 = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// From Monday on.
    Week,
    Month,
}

/// Periods that follow each other without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    pub step: Step,
    /// First days, in days since 1970 (UTC), oldest first; the last period is the present one.
    starts: Vec<i64>,
}

impl Step {
    pub fn word(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl Periods {
    /// Returns the periods from a day up to another, both in days since 1970 (UTC): weeks where half a year
    /// holds them, else months.
    pub fn between(first: i64, last: i64) -> Self {
        let first = first.min(last);
        let step = if last.saturating_sub(first) < 7 * WEEKS { Step::Week } else { Step::Month };
        let mut starts = Vec::new();
        let mut at = start_of(step, date(last));
        let most = if step == Step::Week { WEEKS as usize } else { MONTHS as usize };
        while starts.len() < most {
            starts.push(day(at));
            if day(at) <= first {
                break;
            }
            let before = match step {
                Step::Week => at.checked_sub_days(Days::new(7)),
                Step::Month => at.checked_sub_months(Months::new(1)),
            };
            match before {
                Some(it) => at = it,
                None => break,
            }
        }
        starts.reverse();
        Self { step, starts }
    }

    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns which period a day lies in; `None` before the first.
    pub fn of(&self, day: i64) -> Option<usize> {
        self.starts.partition_point(|it| *it <= day).checked_sub(1)
    }

    /// Returns the first day of a period, in days since 1970 (UTC).
    pub fn start(&self, at: usize) -> i64 {
        self.starts[at]
    }

    /// Returns what each period is called: the day a week begins with, `2026-11-23`, or the month, `2026-11`.
    pub fn names(&self) -> Vec<String> {
        let format = if self.step == Step::Week { "%Y-%m-%d" } else { "%Y-%m" };
        self.starts.iter().map(|it| date(*it).format(format).to_string()).collect()
    }
}

fn start_of(step: Step, it: NaiveDate) -> NaiveDate {
    let back = match step {
        Step::Week => it.weekday().num_days_from_monday(),
        Step::Month => it.day0(),
    };
    it.checked_sub_days(Days::new(u64::from(back))).unwrap_or(it)
}

fn date(day: i64) -> NaiveDate {
    let day = i32::try_from(day).ok().and_then(NaiveDate::from_epoch_days);
    day.unwrap_or_default()
}

fn day(it: NaiveDate) -> i64 {
    i64::from(it.to_epoch_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        day(text.parse().unwrap())
    }

    #[test]
    fn weeks_begin_on_mondays_and_months_on_the_first() {
        // 2026-11-23 is a Monday.
        let weeks = Periods::between(at("2026-11-05"), at("2026-11-23"));
        assert_eq!(weeks.names(), ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]);
        assert_eq!(weeks.of(at("2026-11-15")), Some(1));
        assert_eq!(weeks.of(at("2026-11-01")), None);
        let months = Periods::between(at("2026-02-27"), at("2026-11-23"));
        assert_eq!((months.step, months.len()), (Step::Month, 10));
        assert_eq!(months.of(at("2026-02-28")), Some(0));
    }

    #[test]
    fn there_are_never_more_than_fit() {
        let all = Periods::between(0, at("2026-11-23"));
        assert_eq!((all.len(), all.names()[0].as_str()), (24, "2024-12"));
        let one = Periods::between(at("2026-12-01"), at("2026-11-23"));
        assert_eq!(one.names(), ["2026-11-23"]);
        Periods::between(i64::MIN / 2, i64::MAX / 2);
    }
}
