//! Measured values with their unit: read from `learn measure METRIC VALUE`, compared exactly,
//! written into cells.
//!
//! Knows numbers and units; does not know targets, metrics, events or Markdown. All text is the
//! same in every locale.
//!
//! Units: shares are ratios from 0 to 1 (`87.5%` is 0.875), durations are whole milliseconds (a day
//! is 24 hours), everything else is a plain decimal number. Nothing is negative. Comparison never
//! rounds; only [`Display`] does.
//!
//! [`Display`]: std::fmt::Display

use super::number::{Decimal, Ratio, Thousandths};
use super::scan::Scan;
use crate::text::Span;
use std::{cmp::Ordering, fmt};

/// A measured value and its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A percentage without its counts, as a ratio: `87.5%` is 0.875.
    Share(Decimal),
    /// Hits out of trials: `96% (24/25)`.
    Ratio(Ratio),
    /// Milliseconds: `1h30m` is 5 400 000.
    Duration(u64),
    /// A plain number, with what it counts when that is said: `12`, `12 tools`.
    Number { value: Decimal, noun: Option<String> },
    /// Points out of a maximum: `4/5`. Against a percentage, whole points count as hits out of
    /// trials.
    Score { value: Decimal, of: u64 },
    /// A multiple of something: `2x`.
    Factor(Decimal),
    /// A number for each period: `3 per month`.
    Rate { value: Decimal, noun: Option<String>, per: Period },
}

/// Why a text is no quantity or no target, and which bytes of the text are to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    pub span: Span,
    /// A lower-case fragment for the user.
    pub reason: String,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for QuantityError {}

/// Returns the value that a text like `12m`, `1h30m`, `87.5%`, `96% (24/25)`, `4/5`, `12 tools` or
/// `3 per month` states.
///
/// `m` is minutes. A decimal point may be a comma. Durations are rounded half up to a millisecond.
///
/// # Errors
/// No number, a negative one, `NaN`, infinity, more than 15 digits, an unknown unit, a comparator,
/// a range, more than 100 %, more points than there are, or text after the value.
pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
    let mut scan = Scan::new(text);
    scan.skip_space();
    let start = scan.at;
    if scan.rest().starts_with(['<', '>', '=', '≤', '≥']) {
        return Err(scan.error(start, "a measured value has no comparator: write the number alone"));
    }
    let number = scan.number()?;
    let unit = scan.unit()?;
    let res = unit.quantity(number, Span::new(start, scan.at))?;
    scan.skip_space();
    let res = match res {
        Quantity::Share(share) if scan.rest().starts_with('(') => scan.counts(share, start)?,
        other => other,
    };
    if scan.range_separator() {
        return Err(scan.error(start, "a range is no measured value: write one number"));
    }
    scan.end()?;
    Ok(res)
}

impl Quantity {
    /// Returns the number in its base unit: a ratio from 0 to 1 for shares, milliseconds for
    /// durations, else the number as written.
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Share(value) | Self::Factor(value) => value.as_f64(),
            Self::Ratio(ratio) => ratio.as_f64(),
            Self::Duration(ms) => *ms as f64,
            Self::Number { value, .. } | Self::Score { value, .. } | Self::Rate { value, .. } => {
                value.as_f64()
            }
        }
    }

    /// Returns the counts of a ratio, or of a score in whole points: `4/5` may be either.
    pub fn as_ratio(&self) -> Option<Ratio> {
        match self {
            Self::Ratio(ratio) => Some(*ratio),
            Self::Score { value, of } => Some(Ratio { hits: value.whole()?, of: *of }),
            _ => None,
        }
    }

    /// Compares exactly; `None` when the units differ.
    ///
    /// Nouns are compared without their plural ending, and a missing noun fits any. A score in
    /// whole points compares with a percentage as hits out of trials. Rates of different periods
    /// and scores of different maxima do not compare.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Share(a), Self::Share(b)) | (Self::Factor(a), Self::Factor(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Number { value: a, noun: n }, Self::Number { value: b, noun: m }) => {
                same_noun(n.as_deref(), m.as_deref()).then(|| a.cmp(b))
            }
            (Self::Score { value: a, of: n }, Self::Score { value: b, of: m }) => {
                (n == m).then(|| a.cmp(b))
            }
            (
                Self::Rate { value: a, noun: n, per: p },
                Self::Rate { value: b, noun: m, per: q },
            ) => (p == q && same_noun(n.as_deref(), m.as_deref())).then(|| a.cmp(b)),
            (Self::Share(a), b) => b.as_ratio()?.compare(*a).map(Ordering::reverse),
            (a, Self::Share(b)) => a.as_ratio()?.compare(*b),
            (a, b) => a.as_ratio()?.compare_ratio(b.as_ratio()?),
        }
    }

    /// Returns the value half-way to another of the same unit; a duration is rounded half up to a
    /// millisecond.
    fn midpoint(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Share(a), Self::Share(b)) => Self::Share(a.midpoint(*b)?),
            (Self::Factor(a), Self::Factor(b)) => Self::Factor(a.midpoint(*b)?),
            (Self::Duration(a), Self::Duration(b)) => {
                Self::Duration(a / 2 + b / 2 + (a % 2 + b % 2).div_ceil(2))
            }
            (Self::Number { value: a, noun }, Self::Number { value: b, .. }) => {
                Self::Number { value: a.midpoint(*b)?, noun: noun.clone() }
            }
            (Self::Score { value: a, of }, Self::Score { value: b, .. }) => {
                Self::Score { value: a.midpoint(*b)?, of: *of }
            }
            (Self::Rate { value: a, noun, per }, Self::Rate { value: b, .. }) => {
                Self::Rate { value: a.midpoint(*b)?, noun: noun.clone(), per: *per }
            }
            _ => return None,
        })
    }
}

/// Returns the values from small to large; `None` when there are none or their units differ.
pub fn sorted(values: &[Quantity]) -> Option<Vec<&Quantity>> {
    let first = values.first()?;
    values.iter().all(|it| it.compare(first).is_some()).then(|| {
        let mut res: Vec<&Quantity> = values.iter().collect();
        res.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
        res
    })
}

/// Returns the median; of an even number of values the mean of the two in the middle.
///
/// `None` without values, when units differ, or when two ratios of different counts would have to
/// be averaged.
pub fn median(values: &[Quantity]) -> Option<Quantity> {
    let sorted = sorted(values)?;
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    if low == high { Some(low.clone()) } else { low.midpoint(high) }
}

/// Returns the text of a cell that sums up several values: `11 min (median, n=12, max 28 min)`.
pub fn median_cell(median: &Quantity, n: usize, max: &Quantity) -> String {
    format!("{median} (median, n={n}, max {max})")
}

/// Written for a cell: short, half up, and never `100%` or `0%` when that is not the whole truth.
///
/// A duration shows at most two units (`500 ms`, `2.5 s`, `45 s`, `2m 30s`, `11 min`, `1h 30m`, `3d
/// 4h`). A ratio shows whole percents and its counts, `96% (24/25)`, or only the counts when there
/// are fewer than three: `2/2`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "{}%", Thousandths(share.thousandths())),
            Self::Ratio(Ratio { hits, of }) if *of < 3 => write!(f, "{hits}/{of}"),
            Self::Ratio(ratio @ Ratio { hits, of }) => {
                write!(f, "{}% ({hits}/{of})", ratio.percent())
            }
            Self::Duration(ms) => f.write_str(&duration(*ms)),
            Self::Number { value, noun: None } => write!(f, "{value}"),
            Self::Number { value, noun: Some(noun) } => write!(f, "{value} {noun}"),
            Self::Score { value, of } => write!(f, "{value}/{of}"),
            Self::Factor(value) => write!(f, "{value}x"),
            Self::Rate { value, noun: None, per } => write!(f, "{value} per {per}"),
            Self::Rate { value, noun: Some(noun), per } => write!(f, "{value} {noun} per {per}"),
        }
    }
}

/// What a rate counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Deployment,
    Feature,
    Release,
}

impl Period {
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match singular(&word.to_lowercase()) {
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            "deploy" | "deployment" => Self::Deployment,
            "feature" => Self::Feature,
            "release" => Self::Release,
            _ => return None,
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Deployment => "deployment",
            Self::Feature => "feature",
            Self::Release => "release",
        })
    }
}

pub(super) const SECOND: u64 = 1000;
pub(super) const MINUTE: u64 = 60 * SECOND;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

fn duration(ms: u64) -> String {
    let rounded = |to: u64| ms.saturating_add(to / 2) / to * to;
    // Each line asks whether the rounded value still belongs to it: 59.6 min is `1 h`, not `60
    // min`.
    let tenths = rounded(SECOND / 10) / (SECOND / 10);
    if ms < SECOND {
        format!("{ms} ms")
    } else if tenths < 100 && !tenths.is_multiple_of(10) {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else if rounded(SECOND) < MINUTE {
        format!("{} s", rounded(SECOND) / SECOND)
    } else if rounded(SECOND) < 10 * MINUTE {
        two_units(rounded(SECOND), (MINUTE, "m", "min"), (SECOND, "s"))
    } else if rounded(MINUTE) < HOUR {
        format!("{} min", rounded(MINUTE) / MINUTE)
    } else if rounded(MINUTE) < DAY {
        two_units(rounded(MINUTE), (HOUR, "h", "h"), (MINUTE, "m"))
    } else {
        two_units(rounded(HOUR), (DAY, "d", "d"), (HOUR, "h"))
    }
}

fn two_units(
    ms: u64,
    (big, short, alone): (u64, &str, &str),
    (small, unit): (u64, &str),
) -> String {
    match ms % big / small {
        0 => format!("{} {alone}", ms / big),
        rest => format!("{}{short} {rest}{unit}", ms / big),
    }
}

fn same_noun(a: Option<&str>, b: Option<&str>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a == b || singular(&a) == singular(&b)
}

pub(super) fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(table: &[(&str, &str)]) {
        for (text, expected) in table {
            let found = match parse(text) {
                Ok(value) => value.to_string(),
                Err(error) => format!("[{}] {}", error.span.of(text), error.reason),
            };
            assert_eq!(found, *expected, "{text:?}");
        }
    }

    #[test]
    fn values() {
        check(&[
            ("12m", "12 min"),
            (" 1h30m ", "1h 30m"),
            ("1h 30 min", "1h 30m"),
            ("87.5%", "87.5%"),
            ("87,5 %", "87.5%"),
            ("96% (24/25)", "96% (24/25)"),
            ("4/5", "4/5"),
            ("4.5/5", "4.5/5"),
            ("24 of 25", "24/25"),
            ("12", "12"),
            ("012.50", "12.5"),
            ("12 tools", "12 tools"),
            ("3 per month", "3 per month"),
            ("3 hot fixes / month", "3 hot fixes per month"),
            ("500ms", "500 ms"),
            ("2x", "2x"),
            ("0", "0"),
            ("0 min", "0 ms"),
            ("1.0004s", "1 s"),
        ]);
    }

    #[test]
    fn one_hour_and_a_half_is_not_one_of_something() {
        assert_eq!(parse("1h30m"), Ok(Quantity::Duration(5_400_000)));
    }

    #[test]
    fn mistakes_are_pointed_at() {
        check(&[
            ("", "[] there is no number here"),
            ("NaN", "[NaN] there is no number here"),
            ("inf", "[inf] there is no number here"),
            ("-5m", "[-5m] a number here cannot be negative"),
            ("- 5", "[- 5] a number here cannot be negative"),
            ("<=3", "[<=3] a measured value has no comparator: write the number alone"),
            ("3-5", "[3-] a range is no measured value: write one number"),
            ("12 mn", "[mn] unknown unit `mn`"),
            ("1e5", "[e] unknown unit `e`"),
            ("5µs", "[µs] unknown unit `µs`"),
            ("101%", "[101%] a share of a whole is at most 100%"),
            ("6/5", "[6/5] 6 is more than the 5 there are"),
            ("4/", "[/] out of how many? write a whole number, as in `4/5`"),
            ("90% (24/25)", "[90% (24/25)] the counts make it 96% (24/25), not 90%"),
            ("96% (24 of 25)", "[(24] after a percentage only its counts fit, as in `96% (24/25)`"),
            ("12 (about)", "[(about)] `(about)` after the value is not understood"),
            ("99999999999999 w", "[99999999999999 w] this duration is too long"),
            ("12:30", "[:30] `:30` after the value is not understood"),
        ]);
    }

    #[test]
    fn durations_show_two_units_and_round_half_up() {
        let text = |ms| Quantity::Duration(ms).to_string();
        for (ms, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1 s"),
            (1449, "1.4 s"),
            (1450, "1.5 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (59_499, "59 s"),
            (59_500, "1 min"),
            (90_000, "1m 30s"),
            (599_499, "9m 59s"),
            (599_500, "10 min"),
            (11 * MINUTE + 29_999, "11 min"),
            (11 * MINUTE + 30_000, "12 min"),
            (59 * MINUTE + 30_000, "1 h"),
            (90 * MINUTE, "1h 30m"),
            (DAY - 30_000, "1 d"),
            (DAY + 4 * HOUR, "1d 4h"),
            (14 * DAY, "14 d"),
        ] {
            assert_eq!(text(ms), expected, "{ms}");
        }
    }

    #[test]
    fn percentages_never_claim_all_or_nothing_wrongly() {
        let text = |hits, of| Quantity::Ratio(Ratio { hits, of }).to_string();
        assert_eq!(text(24, 25), "96% (24/25)");
        assert_eq!(text(1, 8), "13% (1/8)");
        assert_eq!(text(249, 250), "99.6% (249/250)");
        assert_eq!(text(9999, 10_000), "99.9% (9999/10000)");
        assert_eq!(text(1, 250), "0.4% (1/250)");
        assert_eq!(text(1, 10_000), "0.1% (1/10000)");
        assert_eq!(text(25, 25), "100% (25/25)");
        assert_eq!(text(0, 25), "0% (0/25)");
        assert_eq!(text(2, 2), "2/2");
        assert_eq!(text(0, 0), "0/0");
        check(&[("99.96%", "99.9%"), ("0.01%", "0.1%"), ("87.46%", "87.5%"), ("87.45%", "87.5%")]);
    }

    #[test]
    fn medians_are_exact() {
        let median = |texts: &[&str]| {
            let values: Vec<Quantity> = texts.iter().map(|it| parse(it).unwrap()).collect();
            median(&values).map(|it| it.to_string())
        };
        assert_eq!(median(&["9m", "14m", "11m"]).as_deref(), Some("11 min"));
        assert_eq!(median(&["11m", "14m"]).as_deref(), Some("13 min"));
        assert_eq!(median(&["0.1", "0.2"]).as_deref(), Some("0.15"));
        assert_eq!(median(&["4/5", "5/5"]).as_deref(), Some("4.5/5"));
        assert_eq!(median(&["80%", "85%"]).as_deref(), Some("82.5%"));
        assert_eq!(median(&["11m", "14"]), None);
        assert_eq!(median(&[]), None);
        let cell =
            median_cell(&Quantity::Duration(11 * MINUTE), 12, &Quantity::Duration(28 * MINUTE));
        assert_eq!(cell, "11 min (median, n=12, max 28 min)");
    }

    fn quantities() -> impl Strategy<Value = Quantity> {
        let decimal = || {
            (0_u64..1_000_000_000, 0_u32..6)
                .prop_map(|(digits, scale)| Decimal::new(digits, scale).unwrap())
        };
        let noun = || prop::option::of("(tools|hot fixes|follow-ups)");
        prop_oneof![
            (0_u64..=100_000).prop_map(|it| Quantity::Share(Decimal::new(it, 5).unwrap())),
            (3_u64..100_000, 0_u64..100_000)
                .prop_map(|(of, hits)| Quantity::Ratio(Ratio { hits: hits % (of + 1), of })),
            (0_u32..45, any::<u64>()).prop_map(|(bits, ms)| Quantity::Duration(ms % (1 << bits))),
            (decimal(), noun()).prop_map(|(value, noun)| Quantity::Number { value, noun }),
            (0_u32..=10).prop_map(|it| Quantity::Score { value: it.into(), of: 10 }),
            decimal().prop_map(Quantity::Factor),
            (decimal(), noun()).prop_map(|(value, noun)| Quantity::Rate {
                value,
                noun,
                per: Period::Week
            }),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_a_span_inside(text in "\\PC*") {
            if let Err(error) = parse(&text) {
                prop_assert!(text.get(error.span.start..error.span.end).is_some());
            }
        }

        #[test]
        fn text_like_a_value_is_read_or_refused_with_a_span_inside(
            text in "[0-9]{0,18}[., ]?[0-9]{0,18}(%|% \\(|h| min|/|-| per | of | tools| )?[0-9]{0,21}(m|/|\\)|é)?[0-9]{0,3}\\)?",
        ) {
            if let Err(error) = parse(&text) {
                prop_assert!(text.get(error.span.start..error.span.end).is_some());
            }
        }

        #[test]
        fn what_is_shown_is_read_as_the_same(value in quantities()) {
            let text = value.to_string();
            let read = parse(&text).unwrap();
            prop_assert_eq!(read.to_string(), &*text);
            match value {
                // These are rounded when shown; one more rounding must not move them.
                Quantity::Duration(_) | Quantity::Share(_) => {
                    let (value, read) = (value.as_f64(), read.as_f64());
                    prop_assert!((value - read).abs() <= 0.05 * value.max(0.02), "{} {}", value, read);
                }
                exact => prop_assert_eq!(read, exact),
            }
        }

        #[test]
        fn comparing_the_other_way_round_is_the_reverse(a in quantities(), b in quantities()) {
            prop_assert_eq!(a.compare(&b), b.compare(&a).map(Ordering::reverse));
            prop_assert_eq!(a.compare(&a), Some(Ordering::Equal));
        }
    }
}
