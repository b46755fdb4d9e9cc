//! Run charts: the values behind a metric over time, with their median and the target.

use serde::Serialize;

use crate::event::Timestamp;
use crate::measure::{Course, Rules, courses};
use crate::metric::number::Ratio;
use crate::metric::quantity::{Quantity, sorted};
use crate::metric::stats;
use crate::metric::target::{self, Goal};
use crate::projection::{DAY, SkillTally};
use crate::report::Periods;

/// How many values a chart shows, the newest.
const POINTS: usize = 60;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    pub unit: Unit,
    /// What the cell Current says, as a number.
    pub current: f64,
    /// Oldest first.
    pub points: Vec<Point>,
    /// Of the points that are shown; `None` for fewer than three.
    pub median: Option<f64>,
    /// The bounds of the target, where it asks for the unit of the values.
    pub targets: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    pub at: Timestamp,
    pub value: f64,
    /// The value as people read it.
    pub text: String,
    /// How many deployments or readings it stands for.
    pub n: u64,
}

/// What the numbers of a chart are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// From 0 to 1.
    Ratio,
    Seconds,
    /// A number, as the metric says what of.
    Number,
}

impl Unit {
    fn of(it: &Quantity) -> Self {
        match it {
            Quantity::Share(_) | Quantity::Ratio(_) => Self::Ratio,
            Quantity::Duration(_) => Self::Seconds,
            _ => Self::Number,
        }
    }

    /// Returns a number of the unit as people read it.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Ratio => super::percent(value),
            Self::Seconds => {
                Quantity::Duration((value * 1000.0).round().max(0.0) as u64).to_string()
            }
            Self::Number => {
                let text = format!("{value:.1}");
                text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
            }
        }
    }
}

fn number(it: &Quantity) -> f64 {
    if matches!(it, Quantity::Duration(_)) { it.as_f64() / 1000.0 } else { it.as_f64() }
}

/// Returns a chart for each service of a row.
pub fn charts(
    name: &str,
    target: &str,
    tally: &SkillTally,
    rules: Rules<'_>,
) -> Vec<(String, Chart)> {
    let goal = target::parse(target).ok().map(|it| it.goal);
    courses(name, tally, rules).into_iter().map(|it| chart(it, goal.as_ref())).collect()
}

fn chart(course: Course, goal: Option<&Goal>) -> (String, Chart) {
    let Course { service, current, values } = course;
    let is_rate = values.iter().all(|it| matches!(it.1, Quantity::Ratio(_)));
    let mut points = if is_rate { rates(&values) } else { singles(&values) };
    points.drain(..points.len().saturating_sub(POINTS));
    let numbers: Vec<f64> = points.iter().map(|it| it.value).collect();
    let bounds = match goal {
        Some(Goal::Bound { bound, .. }) => vec![bound],
        Some(Goal::Range { low, high }) => vec![low, high],
        _ => Vec::new(),
    };
    let targets = bounds.into_iter().filter(|it| it.compare(&current).is_some()).map(number);
    let chart = Chart {
        unit: Unit::of(&current),
        current: number(&current),
        points,
        median: stats::median(&numbers).filter(|_| numbers.len() >= 3),
        targets: targets.collect(),
    };
    (service, chart)
}

/// A deployment is a yes or a no: they make a rate for each period that has some.
fn rates(values: &[(Timestamp, Quantity)]) -> Vec<Point> {
    let day = |it: &(Timestamp, Quantity)| it.0.0.div_euclid(DAY);
    let (Some(first), Some(last)) = (values.iter().map(day).min(), values.iter().map(day).max())
    else {
        return Vec::new();
    };
    let periods = Periods::between(first, last);
    let mut sums = vec![Ratio { hits: 0, of: 0 }; periods.len()];
    for it in values {
        if let (Some(at), Some(one)) = (periods.of(day(it)), it.1.as_ratio()) {
            sums[at].hits += one.hits;
            sums[at].of += one.of;
        }
    }
    let counted = sums.into_iter().enumerate().filter(|it| it.1.of > 0);
    let point = |(at, sum): (usize, Ratio)| Point {
        at: Timestamp(periods.start(at) * DAY),
        value: sum.as_f64(),
        text: Quantity::Ratio(sum).to_string(),
        n: sum.of,
    };
    counted.map(point).collect()
}

fn singles(values: &[(Timestamp, Quantity)]) -> Vec<Point> {
    let all: Vec<Quantity> = values.iter().map(|it| it.1.clone()).collect();
    // Values of different units make no line.
    if sorted(&all).is_none() {
        return Vec::new();
    }
    let point = |(at, it): &(Timestamp, Quantity)| Point {
        at: *at,
        value: number(it),
        text: it.to_string(),
        n: if let Quantity::Rate { value, .. } = it { value.as_f64() as u64 } else { 1 },
    };
    values.iter().map(point).collect()
}
