//! Reads numbers and units from left to right, for measured values and for targets.
//!
//! Knows the words and signs of units; does not know comparators, and not what is done with a
//! value.

use super::number::{Decimal, MOST_DIGITS, Ratio};
use super::quantity::{DAY, HOUR, MINUTE, Period, Quantity, QuantityError, SECOND, singular};
use crate::text::Span;

/// What stands after a number.
#[derive(Clone, Debug)]
pub(super) enum Unit {
    None,
    Percent,
    /// Milliseconds of one unit, and of the smaller units after it: `1h30m` is an hour and 30
    /// minutes more.
    Duration {
        factor: u64,
        more: u64,
    },
    OutOf(u64),
    Factor,
    Noun(String),
    Per {
        noun: Option<String>,
        per: Period,
    },
}

impl Unit {
    /// Returns the value of a number in this unit; `span` is blamed when it has none.
    pub(super) fn quantity(&self, number: Decimal, span: Span) -> Result<Quantity, QuantityError> {
        let error = |reason: &str| QuantityError { span, reason: reason.to_owned() };
        Ok(match self {
            Self::None => Quantity::Number { value: number, noun: None },
            Self::Noun(noun) => Quantity::Number { value: number, noun: Some(noun.clone()) },
            Self::Percent => {
                let share = number.hundredth().ok_or_else(|| error("too many decimals"))?;
                if share > Decimal::from(1) {
                    return Err(error("a share of a whole is at most 100%"));
                }
                Quantity::Share(share)
            }
            Self::Duration { factor, more } => {
                let ms = number.times(*factor).and_then(|it| it.checked_add(*more));
                match ms {
                    None => return Err(error("this duration is too long")),
                    Some(0) if number > Decimal::from(0) => {
                        return Err(error("durations are counted in whole milliseconds"));
                    }
                    Some(ms) => Quantity::Duration(ms),
                }
            }
            Self::OutOf(0) => return Err(error("out of 0, nothing was counted")),
            Self::OutOf(of) => {
                if Decimal::new(*of, 0).is_some_and(|of| number > of) {
                    return Err(QuantityError {
                        span,
                        reason: format!("{number} is more than the {of} there are"),
                    });
                }
                Quantity::Score { value: number, of: *of }
            }
            Self::Factor => Quantity::Factor(number),
            Self::Per { noun, per } => {
                Quantity::Rate { value: number, noun: noun.clone(), per: *per }
            }
        })
    }
}

/// Reads a text from left to right. Never moves into the middle of a character.
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) until: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, until: text.trim_end().len() }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..self.until).unwrap_or("")
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Returns an error about the text from `start` to here, or to the end when nothing was read
    /// since.
    pub(super) fn error(&self, start: usize, reason: &str) -> QuantityError {
        let end = if self.at > start { self.at } else { self.until.max(start) };
        QuantityError { span: Span::new(start, end), reason: reason.to_owned() }
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    /// Skips an ASCII word or phrase in any case, when no letter follows it.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let found = rest.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(|it: char| it.is_alphabetic() || it == '-');
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Skips a sign that makes a range of two numbers, and the space around it; else stays where it
    /// is.
    pub(super) fn range_separator(&mut self) -> bool {
        let start = self.at;
        self.skip_space();
        let found = ["..", "-", "–", "—"].iter().any(|it| self.eat(it)) || self.eat_word("to");
        self.skip_space();
        let found = found && self.rest().starts_with(|it: char| it.is_ascii_digit());
        if !found {
            self.at = start;
        }
        found
    }

    /// Refuses anything that is left.
    pub(super) fn end(&mut self) -> Result<(), QuantityError> {
        self.skip_space();
        match self.rest() {
            "" => Ok(()),
            rest => {
                Err(self.error(self.at, &format!("`{rest}` after the value is not understood")))
            }
        }
    }

    /// Reads `digits [("." | ",") digits]`.
    pub(super) fn number(&mut self) -> Result<Decimal, QuantityError> {
        let start = self.at;
        if let Some(rest) = self.rest().strip_prefix(['-', '−', '–'])
            && rest.trim_start().starts_with(|it: char| it.is_ascii_digit())
        {
            return Err(self.error(start, "a number here cannot be negative"));
        }
        let whole = self.digits();
        if whole.is_empty() {
            return Err(self.error(start, "there is no number here"));
        }
        let mut fraction = "";
        if let Some(rest) = self.rest().strip_prefix(['.', ','])
            && rest.starts_with(|it: char| it.is_ascii_digit())
        {
            let comma = self.rest().starts_with(',');
            self.at += 1;
            fraction = self.digits();
            if comma && fraction.len() == 3 && !whole.starts_with('0') {
                let read = format!("{whole},{fraction}");
                return Err(self.error(
                    start,
                    &format!(
                        "`{read}` may be thousands or decimals: write `{whole}{fraction}` or `{whole}.{fraction}`"
                    ),
                ));
            }
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let read = if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok() };
        // Two decimals fewer than a decimal can hold, because a percentage is divided by a hundred.
        read.filter(|_| fraction.len() + 2 <= MOST_DIGITS)
            .and_then(|it| Decimal::new(it, fraction.len() as u32))
            .ok_or_else(|| self.error(start, "this number has too many digits"))
    }

    /// Reads the unit after a number. Leaves the range separator, a note in parentheses and the end
    /// to the caller.
    pub(super) fn unit(&mut self) -> Result<Unit, QuantityError> {
        let after_number = self.at;
        self.skip_space();
        let start = self.at;
        let glued = start == after_number;
        if self.eat("%") || self.eat_word("percent") {
            self.noun();
            return Ok(Unit::Percent);
        }
        if self.eat("×") || self.eat_word("x") {
            return Ok(Unit::Factor);
        }
        if let Some(per) = self.per()? {
            return Ok(Unit::Per { noun: None, per });
        }
        if self.eat("/") || self.eat_word("of") {
            self.skip_space();
            let of = self.digits();
            return match of.parse() {
                Ok(of) => Ok(Unit::OutOf(of)),
                Err(_) => {
                    Err(self.error(start, "out of how many? write a whole number, as in `4/5`"))
                }
            };
        }
        let word = self.letters();
        if let Some(factor) = milliseconds(word) {
            let more = self.smaller_units(factor)?;
            return Ok(Unit::Duration { factor, more });
        }
        self.at = start;
        if word.is_empty() || self.before_range() {
            self.at = after_number;
            return Ok(Unit::None);
        }
        if let Some(reason) = not_a_noun(word, glued) {
            self.at = start + word.len();
            return Err(self.error(start, &reason));
        }
        let noun = self.noun();
        self.skip_space();
        Ok(match self.per()? {
            Some(per) => Unit::Per { noun: Some(noun.to_owned()), per },
            None => Unit::Noun(noun.to_owned()),
        })
    }

    fn digits(&mut self) -> &'a str {
        self.take(|it| it.is_ascii_digit())
    }

    fn letters(&mut self) -> &'a str {
        self.take(char::is_alphabetic)
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest.find(|it| !wanted(it)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// Skips `per PERIOD` or `/ PERIOD`.
    fn per(&mut self) -> Result<Option<Period>, QuantityError> {
        let start = self.at;
        let word = self.eat_word("per");
        if !word && !self.eat("/") {
            return Ok(None);
        }
        self.skip_space();
        if !word && !self.rest().starts_with(char::is_alphabetic) {
            self.at = start;
            return Ok(None);
        }
        let name = self.letters();
        match Period::of(name) {
            Some(per) => Ok(Some(per)),
            None => Err(self.error(
                start,
                "per what? known are day, week, month, quarter, year, deployment, feature and release",
            )),
        }
    }

    /// Reads words up to `per`, a range separator or anything that is no word; the space after them
    /// is left.
    fn noun(&mut self) -> &'a str {
        let mut start = self.at;
        let mut end = start;
        loop {
            self.skip_space();
            start = if end == start { self.at } else { start };
            let word = self.at;
            if self.before_range() || self.eat_word("per") {
                break;
            }
            if !self.rest().starts_with(char::is_alphabetic) {
                break;
            }
            self.take(|it| it.is_alphanumeric() || matches!(it, '-' | '_' | '\'' | '’'));
            if self.at == word {
                break;
            }
            end = self.at;
        }
        self.at = end;
        self.text.get(start..end).unwrap_or("")
    }

    fn before_range(&mut self) -> bool {
        let start = self.at;
        let res = self.range_separator();
        self.at = start;
        res
    }

    /// Reads `30m` after `1h`: each unit smaller than the one before. Returns milliseconds.
    fn smaller_units(&mut self, mut last: u64) -> Result<u64, QuantityError> {
        let mut sum = 0_u64;
        loop {
            let before = self.at;
            self.skip_space();
            let start = self.at;
            if !self.rest().starts_with(|it: char| it.is_ascii_digit()) {
                self.at = before;
                return Ok(sum);
            }
            let number = self.number()?;
            self.skip_space();
            let Some(factor) = milliseconds(self.letters()) else {
                return Err(
                    self.error(start, "this part of a duration needs a unit, as in `1h30m`")
                );
            };
            if factor >= last {
                return Err(self.error(start, "the units of a duration go from large to small"));
            }
            last = factor;
            sum = number
                .times(factor)
                .and_then(|it| it.checked_add(sum))
                .ok_or_else(|| self.error(start, "this duration is too long"))?;
        }
    }

    /// Reads `(24/25)` after a percentage.
    pub(super) fn counts(
        &mut self,
        share: Decimal,
        start: usize,
    ) -> Result<Quantity, QuantityError> {
        let open = self.at;
        self.eat("(");
        let hits = self.digits().parse::<u64>();
        let slash = self.eat("/");
        let of = self.digits().parse::<u64>();
        let (Ok(hits), true, Ok(of), true) = (hits, slash, of, self.eat(")")) else {
            return Err(
                self.error(open, "after a percentage only its counts fit, as in `96% (24/25)`")
            );
        };
        if of == 0 || hits > of {
            return Err(self.error(open, "these counts are no share"));
        }
        let ratio = Ratio { hits, of };
        if (ratio.as_f64() - share.as_f64()).abs() > 0.01 {
            let found = (Quantity::Ratio(ratio), Quantity::Share(share));
            let reason = format!("the counts make it {}, not {}", found.0, found.1);
            return Err(self.error(start, &reason));
        }
        Ok(Quantity::Ratio(ratio))
    }
}

/// Returns the length of a unit of time in milliseconds. `m` is minutes, a capital `M` nothing: it
/// may be a million.
fn milliseconds(word: &str) -> Option<u64> {
    if word == "M" {
        return None;
    }
    Some(match word.to_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        _ => return None,
    })
}

/// Returns why a word after a number cannot be what the number counts.
///
/// A unit that is not known would else pass as a noun, and no measured duration would ever compare
/// with it.
fn not_a_noun(word: &str, glued: bool) -> Option<String> {
    const NEAR: [&str; 5] = ["minutes", "minute", "seconds", "second", "milliseconds"];
    let lower = word.to_lowercase();
    let near = NEAR.iter().find(|it| strsim::osa_distance(it, &lower) == 1);
    match lower.as_str() {
        "month" | "months" | "quarter" | "quarters" | "year" | "years" => {
            Some(format!("a {} has no fixed length: write days or weeks", singular(&lower)))
        }
        "max" | "maximum" | "minimum" | "least" | "most" | "or" | "and" | "to" | "than" => {
            Some("a comparator goes before the number, as in `at most 3`".to_owned())
        }
        _ if near.is_some() => {
            Some(format!("unknown unit `{word}`: did you mean `{}`?", near.unwrap_or(&"")))
        }
        _ if glued || word.chars().count() < 3 => Some(format!("unknown unit `{word}`")),
        _ => None,
    }
}
