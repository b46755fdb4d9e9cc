//! Is the target met, and where is the number going? Says "too few to tell" as long as that is the
//! truth.
//!
//! Knows targets and statistics; does not know events, windows or files: the caller chooses the
//! sample, oldest value first.

use super::{
    number::Ratio,
    quantity::{self, Quantity},
    stats,
    target::{Direction, Target},
};
use serde::Serialize;
use std::{cmp::Ordering, fmt};

/// Whether a sample shows that a target is met, at 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Met,
    Missed,
    /// The sample fits both, or has fewer than three values.
    TooFew,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::TooFew => "too few to tell",
        })
    }
}

/// A verdict, and what the sample itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Whether the rate or median of the sample, taken as the truth, is on target.
    pub which_side: Option<bool>,
}

/// Samples smaller than this get no verdict, and cells show their counts without a percentage.
pub const FEWEST: usize = 3;

/// Judges a rate by its Wilson interval; `None` when the target asks nothing or asks for something
/// else than a share.
///
/// Met when the whole interval is on target, missed when the whole of it lies on one side beside
/// the target, else too few. A target of `100%` or `0%` can therefore be missed, by one exception,
/// but never proven: n of n successes stay too few, on the good side.
pub fn judge_rate(target: &Target, observed: Ratio) -> Option<Judgement> {
    let which_side = target.is_met(&Quantity::Ratio(observed))?;
    let interval = stats::wilson(observed)?;
    let verdict = if observed.of < FEWEST as u64 {
        Verdict::TooFew
    } else {
        between(target.side_of(interval.low)?, target.side_of(interval.high)?)
    };
    Some(Judgement { verdict, which_side: Some(which_side) })
}

/// Judges durations, numbers, scores and percentages by their median; `None` when the target asks
/// nothing or the units differ.
///
/// The interval is the one that holds the true median with at least 95 % confidence
/// ([`stats::median_interval`]) and is compared exactly, as for a rate; below 6 values there is
/// none, and the verdict is too few. A target at the end of its scale (`0` failures, `5/5`) is
/// about each value, not about the median: it is judged as the rate of values on target against 100
/// %.
pub fn judge_values(target: &Target, values: &[Quantity]) -> Option<Judgement> {
    let sides = values.iter().map(|it| target.side(it)).collect::<Option<Vec<Ordering>>>()?;
    let sorted = quantity::sorted(values)?;
    if target.is_absolute() {
        let met = sides.iter().all(|it| it.is_eq());
        let verdict = if met || values.len() < FEWEST { Verdict::TooFew } else { Verdict::Missed };
        return Some(Judgement { verdict, which_side: Some(met) });
    }
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    let which_side = match (target.side(low)?, target.side(high)?) {
        (low, high) if low == high => low,
        // The middle of the two decides; half a millisecond is exact here, and is not in a
        // `Quantity`.
        _ => target.side_of(f64::midpoint(low.as_f64(), high.as_f64()))?,
    };
    let verdict = match stats::median_interval(sorted.len()) {
        Some((low, high)) => between(target.side(sorted[low])?, target.side(sorted[high])?),
        None => Verdict::TooFew,
    };
    Some(Judgement { verdict, which_side: Some(which_side.is_eq()) })
}

fn between(low: Ordering, high: Ordering) -> Verdict {
    match (low, high) {
        (Ordering::Equal, Ordering::Equal) => Verdict::Met,
        (low, high) if low == high => Verdict::Missed,
        _ => Verdict::TooFew,
    }
}

/// Where a number went, from the sample before to the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Fewer than [`FEWEST_FOR_TREND`] values: `· n=7`.
    TooFew {
        n: usize,
    },
    Steady,
    Up(Option<Word>),
    Down(Option<Word>),
}

/// Whether a movement is good; none for numbers that are only tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Better,
    Worse,
    /// Nearer to a range.
    Closer,
    /// Away from a range.
    Further,
    /// Moved, and on target before and after.
    Inside,
    /// From one side of a range to the other, as far away as before.
    Across,
}

/// Two samples of at least five values are compared, so a trend needs ten.
pub const FEWEST_FOR_TREND: usize = 10;

const LARGEST_SAMPLE: usize = 10;
const P_LIMIT: f64 = 0.10;

/// Returns where a rate went: outcomes oldest first, `true` counts.
///
/// The last N = min(10, n/2) are compared with the N before them. An arrow needs both a two-sided p
/// < 0.10 of Fisher's exact test and a change of at least 5 percentage points: the first keeps
/// chance out, the second what nobody cares about.
pub fn rate_trend(outcomes: &[bool], direction: Direction) -> Trend {
    let Some((before, after)) = samples(outcomes) else {
        return Trend::TooFew { n: outcomes.len() };
    };
    let (a, b) = (Ratio::of(before), Ratio::of(after));
    let large = a.hits.abs_diff(b.hits) * 100 >= 5 * a.of;
    if large && stats::fisher_exact(a, b) < P_LIMIT {
        moved(a.as_f64(), b.as_f64(), direction)
    } else {
        Trend::Steady
    }
}

/// Returns where the median of durations, numbers or scores went: values oldest first, in the unit
/// of `direction`.
///
/// As [`rate_trend`], with the exact Mann-Whitney test and a change of the median by at least 10 %
/// of the earlier one (any change when that was 0). Values that are not finite make no trend.
pub fn value_trend(values: &[f64], direction: Direction) -> Trend {
    let Some((before, after)) = samples(values) else {
        return Trend::TooFew { n: values.len() };
    };
    let (Some(a), Some(b)) = (stats::median(before), stats::median(after)) else {
        return Trend::Steady;
    };
    let large = a != b && (b - a).abs() >= 0.1 * a.abs();
    if large && stats::mann_whitney(before, after).is_some_and(|p| p < P_LIMIT) {
        moved(a, b, direction)
    } else {
        Trend::Steady
    }
}

fn samples<T>(values: &[T]) -> Option<(&[T], &[T])> {
    let n = LARGEST_SAMPLE.min(values.len() / 2);
    (2 * n >= FEWEST_FOR_TREND).then(|| values[values.len() - 2 * n..].split_at(n))
}

fn moved(from: f64, to: f64, direction: Direction) -> Trend {
    let up = to > from;
    let word = match direction {
        Direction::Neutral => None,
        Direction::Higher => Some(if up { Word::Better } else { Word::Worse }),
        Direction::Lower => Some(if up { Word::Worse } else { Word::Better }),
        Direction::Inside { low, high } => {
            let outside = |it: f64| (low - it).max(it - high).max(0.0);
            Some(match outside(to).total_cmp(&outside(from)) {
                Ordering::Less => Word::Closer,
                Ordering::Greater => Word::Further,
                Ordering::Equal if outside(to) == 0.0 => Word::Inside,
                Ordering::Equal => Word::Across,
            })
        }
    };
    if up { Trend::Up(word) } else { Trend::Down(word) }
}

/// Written for a cell: the arrow says where the number went, the word whether that is good.
impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { n } => write!(f, "· n={n}"),
            Self::Steady => f.write_str("→ steady"),
            Self::Up(None) => f.write_str("↑"),
            Self::Down(None) => f.write_str("↓"),
            Self::Up(Some(word)) => write!(f, "↑ {word}"),
            Self::Down(Some(word)) => write!(f, "↓ {word}"),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Closer => "closer",
            Self::Further => "further",
            Self::Inside => "inside",
            Self::Across => "across",
        })
    }
}

/// One deployment for [`clean_streak`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run<'a> {
    pub clean: bool,
    /// Empty when not known.
    pub version: &'a str,
}

/// Returns how many of the newest runs are clean and the version of the first of them, `14 clean
/// since v1.3.0`; runs oldest first.
///
/// Samples of ten cannot tell 95 % from 70 %; the streak is the honest signal while numbers are
/// small. `None` when the newest run is not clean or there is none.
pub fn clean_streak(runs: &[Run<'_>]) -> Option<String> {
    let start = runs.iter().rposition(|it| !it.clean).map_or(0, |it| it + 1);
    let streak = &runs[start..];
    match streak.first()?.version {
        "" => Some(format!("{} clean", streak.len())),
        version => Some(format!("{} clean since {version}", streak.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::target;
    use Verdict::{Met, Missed, TooFew};
    use proptest::prelude::*;

    #[track_caller]
    fn rate(target: &str, hits: u64, of: u64) -> Option<(Verdict, bool)> {
        let res = judge_rate(&target::parse(target).unwrap(), Ratio { hits, of })?;
        Some((res.verdict, res.which_side.unwrap()))
    }

    #[track_caller]
    fn values(target: &str, values: &[&str]) -> Option<(Verdict, bool)> {
        let values: Vec<Quantity> = values.iter().map(|it| quantity::parse(it).unwrap()).collect();
        let res = judge_values(&target::parse(target).unwrap(), &values)?;
        Some((res.verdict, res.which_side.unwrap()))
    }

    #[test]
    fn rates_against_their_target() {
        assert_eq!(rate("≥98%", 189, 189), Some((Met, true)));
        assert_eq!(rate("≥98%", 188, 188), Some((TooFew, true)));
        assert_eq!(rate("≥98%", 24, 25), Some((TooFew, false)));
        assert_eq!(rate("<5%", 0, 73), Some((Met, true)));
        assert_eq!(rate("<5%", 0, 72), Some((TooFew, true)));
        assert_eq!(rate("<5%", 1, 20), Some((TooFew, false)), "5 % is not below 5 %");
        assert_eq!(rate("≤5%", 1, 20), Some((TooFew, true)));
        assert_eq!(rate("<5%", 5, 20), Some((Missed, false)));
        assert_eq!(rate("40-60%", 500, 1000), Some((Met, true)));
        assert_eq!(rate("40-60%", 900, 1000), Some((Missed, false)));
        assert_eq!(rate("40-60%", 100, 1000), Some((Missed, false)));
        assert_eq!(rate("40-60%", 5, 10), Some((TooFew, true)));
        assert_eq!(rate("100%", 500, 500), Some((TooFew, true)));
        assert_eq!(rate("100%", 499, 500), Some((Missed, false)));
        assert_eq!(rate("0%", 0, 500), Some((TooFew, true)));
        assert_eq!(rate("0%", 1, 500), Some((Missed, false)));
        assert_eq!(rate("≥90%", 0, 2), Some((TooFew, false)), "two are too few for anything");
        assert_eq!(rate("≥90%", 0, 3), Some((Missed, false)));
        assert_eq!(rate("≥90%", 0, 0), None);
        assert_eq!(rate("Track all", 5, 9), None);
        assert_eq!(rate("<15 min", 5, 9), None);
    }

    #[test]
    fn failures_that_prove_a_miss() {
        let first = |target: &str, n: u64| {
            (0..=n).find(|it| rate(target, n - it, n).unwrap().0 == Missed).unwrap()
        };
        for (n, expected) in [(5, 1), (10, 2), (20, 2), (30, 3), (50, 3)] {
            assert_eq!(first("≥98%", n), expected, "98 % of {n}");
        }
        for (n, expected) in [(5, 2), (10, 2), (15, 3), (20, 3), (30, 4), (50, 6)] {
            assert_eq!(first("≥95%", n), expected, "95 % of {n}");
        }
    }

    #[test]
    fn values_against_their_target() {
        let six = ["11m", "12m", "10m", "9m", "14m", "14m59s"];
        assert_eq!(values("<15 min", &six), Some((Met, true)));
        assert_eq!(values("<15 min", &six[..5]), Some((TooFew, true)), "five cannot reach 95 %");
        assert_eq!(values("<15 min", &["15m"; 6]), Some((Missed, false)));
        assert_eq!(values("≤15 min", &["15m"; 6]), Some((Met, true)));
        assert_eq!(
            values("<15 min", &["11m", "12m", "13m", "16m", "17m", "18m"]),
            Some((TooFew, true))
        );
        assert_eq!(values("3-5", &["1", "1", "1", "9", "9", "9"]), Some((TooFew, true)));
        assert_eq!(values("3-5", &["6", "7", "7", "9", "9", "9"]), Some((Missed, false)));
        assert_eq!(values("≥4/5", &["4/5", "4.5/5"]), Some((TooFew, true)));
        assert_eq!(values("≥80%", &["81%", "85%", "4/5", "90%", "91%", "80%"]), Some((Met, true)));
        assert_eq!(values("<2", &["1m"]), None);
        assert_eq!(values("<2", &[]), None);
        assert_eq!(values("Track all", &["1"]), None);
    }

    #[test]
    fn one_failure_misses_a_target_of_none_at_all() {
        let mut failures = vec!["0"; 19];
        assert_eq!(values("0", &failures), Some((TooFew, true)));
        failures.push("3");
        assert_eq!(values("0", &failures), Some((Missed, false)));
        assert_eq!(values("0", &["0", "1"]), Some((TooFew, false)));
    }

    #[test]
    fn verdicts_have_stable_names() {
        let names = serde_json::to_string(&[Met, Missed, TooFew]).unwrap();
        assert_eq!(names, r#"["met","missed","too-few"]"#);
        let res = Judgement { verdict: TooFew, which_side: Some(true) };
        let json = serde_json::to_string(&res).unwrap();
        assert_eq!(json, r#"{"verdict":"too-few","which_side":true}"#);
    }

    #[test]
    fn trends_of_rates() {
        let outcomes = |before: usize, after: usize| -> Vec<bool> {
            let ten = |hits| (0..10).map(move |it| it < hits);
            ten(before).chain(ten(after)).collect()
        };
        let text =
            |before, after, direction| rate_trend(&outcomes(before, after), direction).to_string();
        assert_eq!(text(0, 5, Direction::Lower), "↑ worse");
        assert_eq!(text(5, 0, Direction::Lower), "↓ better");
        assert_eq!(text(5, 0, Direction::Higher), "↓ worse");
        assert_eq!(text(0, 4, Direction::Higher), "↑ better");
        assert_eq!(text(0, 3, Direction::Higher), "→ steady");
        assert_eq!(text(0, 4, Direction::Neutral), "↑");
        assert_eq!(rate_trend(&[true; 7], Direction::Higher).to_string(), "· n=7");
        assert_eq!(rate_trend(&[true; 9], Direction::Higher).to_string(), "· n=9");
        assert_eq!(rate_trend(&[true; 10], Direction::Higher), Trend::Steady);
    }

    #[test]
    fn trends_of_values() {
        let trend = |before: [i32; 5], after: [i32; 5], direction| {
            let values: Vec<f64> = before.into_iter().chain(after).map(f64::from).collect();
            value_trend(&values, direction).to_string()
        };
        let range = Direction::Inside { low: 4.0, high: 8.0 };
        let (low, high) = ([1, 1, 1, 2, 2], [10, 10, 10, 11, 11]);
        assert_eq!(trend(low, high, Direction::Lower), "↑ worse");
        assert_eq!(trend(high, low, Direction::Lower), "↓ better");
        assert_eq!(trend(low, high, Direction::Higher), "↑ better");
        assert_eq!(trend(high, low, Direction::Neutral), "↓");
        assert_eq!(trend(low, [5, 5, 6, 6, 6], range), "↑ closer");
        assert_eq!(trend([5, 5, 6, 6, 6], low, range), "↓ further");
        assert_eq!(trend([5; 5], [7; 5], range), "↑ inside");
        assert_eq!(trend([2; 5], [10; 5], range), "↑ across");
        assert_eq!(trend([100, 101, 102, 103, 104], [105, 106, 107, 108, 109], range), "→ steady");
        assert_eq!(trend([0; 5], [1; 5], Direction::Lower), "↑ worse", "10 % of 0 is any change");
        assert_eq!(trend([7; 5], [7; 5], range), "→ steady");
        assert_eq!(value_trend(&[1.0; 4], range).to_string(), "· n=4");
        assert_eq!(value_trend(&[f64::NAN; 12], range), Trend::Steady);
    }

    #[test]
    fn only_the_last_twenty_count() {
        let mut values = vec![1000.0; 30];
        values.extend((0..20).map(|it| if it < 10 { 1.0 } else { 2.0 }));
        assert_eq!(value_trend(&values, Direction::Lower).to_string(), "↑ worse");
    }

    #[test]
    fn streaks_begin_after_the_last_failure() {
        let run = |clean, version| Run { clean, version };
        let runs = [run(false, "v1.2.9"), run(true, "v1.3.0"), run(true, "v1.3.1")];
        assert_eq!(clean_streak(&runs).as_deref(), Some("2 clean since v1.3.0"));
        assert_eq!(clean_streak(&runs[1..]).as_deref(), Some("2 clean since v1.3.0"));
        assert_eq!(clean_streak(&[run(true, "")]).as_deref(), Some("1 clean"));
        assert_eq!(clean_streak(&runs[..1]), None);
        assert_eq!(clean_streak(&[]), None);
    }

    /// Numbers for the simulation: xorshift64*, the same on every machine.
    struct Random(u64);

    impl Random {
        fn uniform(&mut self) -> f64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
            (bits as f64 + 0.5) / (1_u64 << 53) as f64
        }

        /// A duration with median 1 and the spread that deployments show.
        fn lognormal(&mut self) -> f64 {
            let radius = (-2.0 * self.uniform().ln()).sqrt();
            (0.35 * radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()).exp()
        }
    }

    const ROUNDS: usize = 1500;

    fn arrows_of_durations(random: &mut Random, n: usize, slowdown: f64) -> f64 {
        let mut arrows = 0;
        for _ in 0..ROUNDS {
            let values: Vec<f64> = (0..2 * n)
                .map(|it| random.lognormal() * if it < n { 1.0 } else { slowdown })
                .collect();
            arrows += usize::from(value_trend(&values, Direction::Lower) != Trend::Steady);
        }
        arrows as f64 / ROUNDS as f64
    }

    fn arrows_of_rates(random: &mut Random, before: f64, after: f64) -> f64 {
        let mut arrows = 0;
        for _ in 0..ROUNDS {
            let outcomes: Vec<bool> =
                (0..20).map(|it| random.uniform() < if it < 10 { before } else { after }).collect();
            arrows += usize::from(rate_trend(&outcomes, Direction::Higher) != Trend::Steady);
        }
        arrows as f64 / ROUNDS as f64
    }

    #[test]
    #[expect(clippy::print_stdout, reason = "the figures are the result of the simulation")]
    fn simulation_arrows_are_rare_on_stable_data_and_common_on_slowdowns() {
        let random = &mut Random(0x9E37_79B9_7F4A_7C15);
        for (n, most_false, least_at_half, least_at_double) in
            [(5, 0.12, 0.35, 0.75), (10, 0.12, 0.60, 0.95)]
        {
            let found = [1.0, 1.5, 2.0].map(|it| arrows_of_durations(random, n, it));
            println!("durations N={n}: arrows at x1, x1.5, x2: {found:?}");
            assert!(found[0] <= most_false, "false arrows");
            assert!(found[1] >= least_at_half && found[2] >= least_at_double, "power");
        }
        for rate in [0.5, 0.8, 0.95] {
            let found = arrows_of_rates(random, rate, rate);
            println!("rates N=10 at {rate}: false arrows {found}");
            assert!(found <= 0.12);
        }
        println!("rates N=10 from 0.95 to 0.7: {}", arrows_of_rates(random, 0.95, 0.7));
    }

    proptest! {
        #[test]
        fn verdicts_agree_with_the_sample(hits in 0_u64..60, more in 0_u64..60, percent in 0_u32..=100) {
            let target = target::parse(&format!("≥{percent}%")).unwrap();
            if let Some(res) = judge_rate(&target, Ratio { hits, of: hits + more }) {
                prop_assert!(res.verdict != Met || res.which_side == Some(true));
                prop_assert!(res.verdict != Missed || res.which_side == Some(false));
            }
        }

        #[test]
        fn medians_agree_with_their_verdict(numbers in prop::collection::vec(0_u32..20, 1..40)) {
            let values: Vec<Quantity> =
                numbers.iter().map(|it| Quantity::Number { value: (*it).into(), noun: None }).collect();
            for text in ["<8", "≤8", "≥8", ">8", "5-9", "8"] {
                let res = judge_values(&target::parse(text).unwrap(), &values).unwrap();
                prop_assert!(res.verdict != Met || res.which_side == Some(true));
                prop_assert!(res.verdict != Missed || res.which_side == Some(false));
            }
        }
    }
}
