//! Targets as people write them in a metrics table: `≥98%`, `<15 min`, `0.5-1 day`, `Track all`.
//!
//! Knows the grammar and when a value is on target; does not know metrics, samples or certainty,
//! and never rewrites a target: the text in the document stays as it is, this is only its meaning.
//!
//! ```ebnf
//! target   = none | track | [op] quantity | range ;        (* may be bold, in code, and end with a note in parentheses *)
//! none     = "" | "-" | "–" | "—" | "TBD" | "N/A" | "null" | "none" ;
//! track    = "Track all" | "Track" ;
//! op       = "≥"|">="|"=>" | "≤"|"<="|"=<" | "<" | ">" | "="|"==" | wordop ;      (* also \< and &lt; &gt; &le; &ge; *)
//! wordop   = "at least"|"minimum"|"min"|"no less than" | "at most"|"maximum"|"max"|"up to"|"no more than"
//!          | "under"|"below"|"less than"|"fewer than" | "over"|"above"|"more than" ;
//! range    = number [unit] ("-"|"–"|"—"|".."|"to") number [unit] ;               (* low < high, same unit *)
//! quantity = number [unit] ;
//! unit     = "%" [noun] | duration | ("/"|"of") integer | [noun] ("per"|"/") period | "x" | noun ;
//! number   = digits [("."|",") digits] ;                   (* no thousands: `1,000` is refused as ambiguous *)
//! ```

use super::{
    quantity::{Quantity, QuantityError},
    scan::{Scan, Unit},
};
use crate::text::Span;
use std::cmp::Ordering;

/// Why a text is no target; the span is in bytes of that text.
pub type TargetError = QuantityError;

/// What a target asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub goal: Goal,
    /// The text is a bare number that says neither "at least" nor "at most", as in `12`: taken as
    /// exactly that.
    pub without_comparator: bool,
}

/// The values that are on target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Nothing is asked: `-`, `TBD`.
    None,
    /// The number is to be watched, no value of it is good or bad.
    Track,
    Bound {
        op: Op,
        bound: Quantity,
    },
    /// From low to high, both included.
    Range {
        low: Quantity,
        high: Quantity,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    AtLeast,
    AtMost,
    Below,
    Above,
    Equal,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Direction {
    Higher,
    Lower,
    /// Nearer to these bounds, in the base unit of [`Quantity::as_f64`].
    Inside {
        low: f64,
        high: f64,
    },
    /// Neither way.
    Neutral,
}

/// Returns what a target text asks for.
///
/// A bare `100%`, or all points of a score, asks for at least that; a bare 0 of any unit for at
/// most that; any other bare number for exactly that, and `without_comparator` is set.
///
/// # Errors
/// No number, a comparator without one, two comparators or one before a range, an unknown unit, a
/// range whose low end is not below its high end or whose ends have different units, more than 100
/// %, `>100%` or `<0` which nothing can meet, and text that is left over.
pub fn parse(text: &str) -> Result<Target, TargetError> {
    let mut scan = Scan::new(text);
    let decoration = |it: char| it.is_whitespace() || it == '*' || it == '`';
    scan.at = text.len() - text.trim_start_matches(decoration).len();
    scan.until = text.trim_end_matches(decoration).len();
    let goal = match scan.rest().to_lowercase().as_str() {
        "" | "-" | "–" | "—" | "tbd" | "n/a" | "null" | "none" => Goal::None,
        "track" | "track all" => Goal::Track,
        _ => return sought(&mut scan),
    };
    Ok(Target { goal, without_comparator: false })
}

fn sought(scan: &mut Scan<'_>) -> Result<Target, TargetError> {
    let start = scan.at;
    let op = operator(scan);
    let after_op = scan.at;
    scan.skip_space();
    if op.is_some() && scan.rest().is_empty() {
        scan.at = after_op;
        return Err(scan.error(start, "a comparator without a number"));
    }
    let from = scan.at;
    if op.is_some() && operator(scan).is_some() {
        return Err(scan.error(from, "a second comparator: one is enough"));
    }
    let number = scan.number()?;
    let unit = scan.unit()?;
    let first_end = scan.at;
    let goal = if scan.range_separator() {
        let second = scan.at;
        let high = scan.number()?;
        let high_unit = scan.unit()?;
        let low = if matches!(unit, Unit::None) { &high_unit } else { &unit };
        let low = low.quantity(number, Span::new(from, first_end))?;
        let high_unit = if matches!(high_unit, Unit::None) { &unit } else { &high_unit };
        let high = high_unit.quantity(high, Span::new(second, scan.at))?;
        if op.is_some() {
            return Err(scan.error(start, "a range has no comparator: leave one of them out"));
        }
        match low.compare(&high) {
            Some(Ordering::Less) => Goal::Range { low, high },
            Some(_) => {
                return Err(scan.error(from, "the low end of a range must be below its high end"));
            }
            None => return Err(scan.error(from, "the ends of this range have different units")),
        }
    } else {
        let bound = unit.quantity(number, Span::new(from, first_end))?;
        Goal::Bound { op: op.unwrap_or_else(|| bare(&bound)), bound }
    };
    let value_end = scan.at;
    scan.skip_space();
    if scan.rest().starts_with('(') && scan.rest().find(')') == Some(scan.rest().len() - 1) {
        scan.at = scan.until;
    }
    scan.end()?;
    if let Goal::Bound { op: Op::Below, bound } = &goal
        && bound.as_f64() == 0.0
    {
        return Err(QuantityError {
            span: Span::new(start, value_end),
            reason: "nothing is below 0: write `0` for none at all".to_owned(),
        });
    }
    if let Goal::Bound { op: Op::Above, bound } = &goal
        && is_full(bound)
    {
        return Err(QuantityError {
            span: Span::new(start, value_end),
            reason: "nothing is above the whole: write `≥` instead".to_owned(),
        });
    }
    let without_comparator = op.is_none() && matches!(goal, Goal::Bound { op: Op::Equal, .. });
    Ok(Target { goal, without_comparator })
}

fn bare(bound: &Quantity) -> Op {
    if bound.as_f64() == 0.0 {
        Op::AtMost
    } else if is_full(bound) {
        Op::AtLeast
    } else {
        Op::Equal
    }
}

fn is_full(bound: &Quantity) -> bool {
    match bound {
        Quantity::Share(share) => share.as_f64() == 1.0,
        Quantity::Score { value, of } => value.as_f64() == *of as f64,
        _ => false,
    }
}

/// Skips a comparator. Longer ones stand before those they begin with.
fn operator(scan: &mut Scan<'_>) -> Option<Op> {
    const SIGNS: [(&str, Op); 20] = [
        ("≥", Op::AtLeast),
        ("⩾", Op::AtLeast),
        (">=", Op::AtLeast),
        ("=>", Op::AtLeast),
        ("&ge;", Op::AtLeast),
        ("&gt;=", Op::AtLeast),
        ("\\>=", Op::AtLeast),
        ("≤", Op::AtMost),
        ("⩽", Op::AtMost),
        ("<=", Op::AtMost),
        ("=<", Op::AtMost),
        ("&le;", Op::AtMost),
        ("&lt;=", Op::AtMost),
        ("\\<=", Op::AtMost),
        ("&lt;", Op::Below),
        ("&gt;", Op::Above),
        ("\\<", Op::Below),
        ("\\>", Op::Above),
        ("<", Op::Below),
        (">", Op::Above),
    ];
    const WORDS: [(&str, Op); 16] = [
        ("at least", Op::AtLeast),
        ("minimum", Op::AtLeast),
        ("min", Op::AtLeast),
        ("no less than", Op::AtLeast),
        ("at most", Op::AtMost),
        ("maximum", Op::AtMost),
        ("max", Op::AtMost),
        ("up to", Op::AtMost),
        ("no more than", Op::AtMost),
        ("under", Op::Below),
        ("below", Op::Below),
        ("less than", Op::Below),
        ("fewer than", Op::Below),
        ("over", Op::Above),
        ("above", Op::Above),
        ("more than", Op::Above),
    ];
    let sign = SIGNS.iter().find(|(it, _)| scan.eat(it));
    if let Some((_, op)) = sign.or_else(|| WORDS.iter().find(|(it, _)| scan.eat_word(it))) {
        return Some(*op);
    }
    (scan.eat("==") || scan.eat("=")).then_some(Op::Equal)
}

impl Target {
    /// Returns which way is better.
    pub fn direction(&self) -> Direction {
        match &self.goal {
            Goal::None | Goal::Track => Direction::Neutral,
            Goal::Bound { op: Op::AtLeast | Op::Above, .. } => Direction::Higher,
            Goal::Bound { op: Op::AtMost | Op::Below, .. } => Direction::Lower,
            Goal::Bound { op: Op::Equal, bound } => {
                Direction::Inside { low: bound.as_f64(), high: bound.as_f64() }
            }
            Goal::Range { low, high } => {
                Direction::Inside { low: low.as_f64(), high: high.as_f64() }
            }
        }
    }

    /// Returns whether a value is on target, compared exactly: 15 minutes miss `<15 min` and meet
    /// `≤15 min`.
    ///
    /// `None` when nothing is asked or the units differ.
    pub fn is_met(&self, value: &Quantity) -> Option<bool> {
        self.side(value).map(Ordering::is_eq)
    }

    /// Returns on which side of the values on target a value lies: `Equal` is on target, `Less` too
    /// small.
    pub(super) fn side(&self, value: &Quantity) -> Option<Ordering> {
        self.side_by(|bound| value.compare(bound))
    }

    /// As [`Self::side`], for a number in the base unit of [`Quantity::as_f64`].
    pub(super) fn side_of(&self, value: f64) -> Option<Ordering> {
        self.side_by(|bound| value.partial_cmp(&bound.as_f64()))
    }

    fn side_by(&self, compare: impl Fn(&Quantity) -> Option<Ordering>) -> Option<Ordering> {
        use Ordering::{Equal, Greater, Less};
        match &self.goal {
            Goal::None | Goal::Track => None,
            Goal::Bound { op, bound } => Some(match (op, compare(bound)?) {
                (Op::AtLeast, Equal | Greater) | (Op::Above, Greater) => Equal,
                (Op::AtMost, Equal | Less) | (Op::Below, Less) => Equal,
                (Op::Above, Equal) => Less,
                (Op::Below, Equal) => Greater,
                (_, other) => other,
            }),
            Goal::Range { low, high } => Some(match (compare(low)?, compare(high)?) {
                (Less, _) => Less,
                (_, Greater) => Greater,
                _ => Equal,
            }),
        }
    }

    /// Returns whether the target is the end of its scale (100 %, 5/5, 0 failures), so that one
    /// exception misses it.
    pub(super) fn is_absolute(&self) -> bool {
        match &self.goal {
            Goal::Bound { op: Op::AtMost | Op::Equal, bound } if bound.as_f64() == 0.0 => true,
            Goal::Bound { op: Op::AtLeast | Op::Equal, bound } => is_full(bound),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
