//! Exact numbers: hits out of trials, and decimals. Nothing is negative, and comparing never rounds.

use std::cmp::Ordering;
use std::fmt;

/// Hits out of trials. What the trials are is known to whoever counted them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    pub hits: u64,
    pub of: u64,
}

impl Ratio {
    /// Counts the `true` ones.
    pub fn of(outcomes: &[bool]) -> Self {
        Self { hits: outcomes.iter().filter(|it| **it).count() as u64, of: outcomes.len() as u64 }
    }

    /// Returns hits / of; not a number when nothing was counted.
    pub fn as_f64(self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    /// Compares exactly with a ratio from 0 to 1; `None` when nothing was counted.
    pub(super) fn compare(self, share: Decimal) -> Option<Ordering> {
        let left = u128::from(self.hits) * 10_u128.pow(share.scale);
        (self.of > 0).then(|| left.cmp(&(u128::from(share.digits) * u128::from(self.of))))
    }

    pub(super) fn compare_ratio(self, other: Self) -> Option<Ordering> {
        let left = u128::from(self.hits) * u128::from(other.of);
        (self.of > 0 && other.of > 0)
            .then(|| left.cmp(&(u128::from(other.hits) * u128::from(self.of))))
    }

    /// Returns whole percents, half up; one decimal where whole ones would claim all or nothing.
    pub(super) fn percent(self) -> Thousandths {
        let (hits, of) = (u128::from(self.hits), u128::from(self.of));
        let whole = (hits * 200 + of) / (2 * of);
        if (whole == 0 && hits > 0) || (whole == 100 && hits < of) {
            Thousandths(((hits * 2000 + of) / (2 * of)).clamp(1, 999))
        } else {
            Thousandths(whole * 10)
        }
    }
}

/// A percentage counted in thousandths of the whole, written `87.5` or `96`.
pub(super) struct Thousandths(pub(super) u128);

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 10, self.0 % 10) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, tenth) => write!(f, "{whole}.{tenth}"),
        }
    }
}

/// A decimal number of at most 15 digits, not negative, exact: `digits` / 10^`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    // Invariant: below 10^15, and no multiple of ten unless `scale` is 0, so that equal numbers are
    // equal structs.
    digits: u64,
    // Invariant: at most 15. Products with a count of 64 bits then fit 128 bits.
    scale: u32,
}

pub(super) const MOST_DIGITS: usize = 15;

impl Decimal {
    /// Returns `digits` / 10^`scale`; `None` beyond 15 digits before or after the point.
    pub fn new(mut digits: u64, mut scale: u32) -> Option<Self> {
        while scale > 0 && digits.is_multiple_of(10) {
            digits /= 10;
            scale -= 1;
        }
        let fits = digits < 10_u64.pow(MOST_DIGITS as u32) && scale <= MOST_DIGITS as u32;
        fits.then_some(Self { digits, scale })
    }

    pub fn as_f64(self) -> f64 {
        // Both are below 2^53 or a power of ten below 10^22: the quotient is the double nearest to
        // the decimal.
        self.digits as f64 / 10_f64.powi(self.scale as i32)
    }

    pub(super) fn hundredth(self) -> Option<Self> {
        Self::new(self.digits, self.scale + 2)
    }

    pub(super) fn whole(self) -> Option<u64> {
        (self.scale == 0).then_some(self.digits)
    }

    pub(super) fn midpoint(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let at_scale = |it: Self| u128::from(it.digits) * 10_u128.pow(scale - it.scale);
        let sum = u64::try_from((at_scale(self) + at_scale(other)) * 5).ok()?;
        Self::new(sum, scale + 1)
    }

    /// Returns `self` × `factor` rounded half up; `None` when it does not fit.
    pub(super) fn times(self, factor: u64) -> Option<u64> {
        let power = 10_u128.pow(self.scale);
        let product = u128::from(self.digits) * u128::from(factor);
        u64::try_from((product * 2 + power) / (2 * power)).ok()
    }

    pub(super) fn thousandths(self) -> u128 {
        let one = 10_u64.pow(self.scale);
        let rounded = u128::from(self.times(1000).unwrap_or(u64::MAX));
        if self.digits == 0 || self.digits >= one { rounded } else { rounded.clamp(1, 999) }
    }
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        Self { digits: u64::from(number), scale: 0 }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = u128::from(self.digits) * 10_u128.pow(other.scale);
        left.cmp(&(u128::from(other.digits) * 10_u128.pow(self.scale)))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = 10_u64.pow(self.scale);
        write!(f, "{}", self.digits / power)?;
        match self.scale as usize {
            0 => Ok(()),
            width => write!(f, ".{:0width$}", self.digits % power),
        }
    }
}
