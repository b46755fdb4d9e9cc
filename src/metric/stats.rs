//! The few statistics the verdicts and trends rest on, exact where samples are small.
//!
//! Pure arithmetic on counts and numbers. Does not know metrics, targets or what a good value is.
//! The tests compare each function with values computed by scipy and statsmodels.

use super::number::Ratio;

/// The point of the standard normal distribution that leaves 2.5 % above it, for two-sided 95 %
/// intervals.
pub const Z95: f64 = 1.959_963_984_540_054;

/// From low to high, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Returns the 95 % score interval of Wilson for the true rate behind a ratio; `None` without
/// trials or with more hits than trials.
///
/// With p = hits/n and z = [`Z95`]: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n). Unlike the
/// textbook p ± z·√(p(1−p)/n) it is of use for small n and for 0/n and n/n. E. B. Wilson, "Probable
/// inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212;
/// recommended for n ≤ 40 by Brown, Cai and DasGupta, Statistical Science 16 (2001) 101-133.
pub fn wilson(ratio: Ratio) -> Option<Interval> {
    let Ratio { hits, of } = ratio;
    (of > 0 && hits <= of).then(|| {
        let (n, p, z2) = (of as f64, ratio.as_f64(), Z95 * Z95);
        let scale = 1.0 + z2 / n;
        let center = (p + z2 / (2.0 * n)) / scale;
        let half = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / scale;
        Interval {
            // At the ends of the scale the formula gives 0 and 1 but for rounding.
            low: if hits == 0 { 0.0 } else { (center - half).max(0.0) },
            high: if hits == of { 1.0 } else { (center + half).min(1.0) },
        }
    })
}

/// Returns the two-sided p of Fisher's exact test that two ratios have the same true rate.
///
/// The sum of the probabilities of all tables with the same margins that are at most as likely as
/// the one observed, with a relative tolerance of 1e-7 so that equally likely tables count as such
/// (the rule of R's `fisher.test`). R. A. Fisher, "On the interpretation of χ² from contingency
/// tables", JRSS 85 (1922) 87-94. Time grows with the smaller margin. 1 when either has no trials
/// or more hits than trials.
pub fn fisher_exact(a: Ratio, b: Ratio) -> f64 {
    if a.of == 0 || b.of == 0 || a.hits > a.of || b.hits > b.of {
        return 1.0;
    }
    let (hits, all) = (a.hits + b.hits, a.of + b.of);
    let ln_probability =
        |k: u64| ln_choose(a.of, k) + ln_choose(b.of, hits - k) - ln_choose(all, hits);
    let limit = ln_probability(a.hits) + libm::log1p(1e-7);
    let sum: f64 = (hits.saturating_sub(b.of)..=hits.min(a.of))
        .map(ln_probability)
        .filter(|it| *it <= limit)
        .map(libm::exp)
        .sum();
    sum.min(1.0)
}

fn ln_choose(n: u64, k: u64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

fn ln_factorial(n: u64) -> f64 {
    if n <= 20 {
        return libm::log((1..=n).product::<u64>() as f64);
    }
    // Stirling's series; above 20 the first term left out is below 1e-15.
    let n = n as f64;
    let tail = 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3)) + 1.0 / (1260.0 * n.powi(5))
        - 1.0 / (1680.0 * n.powi(7));
    (n + 0.5) * libm::log(n) - n + 0.5 * libm::log(2.0 * std::f64::consts::PI) + tail
}

/// Returns the exact two-sided p of the Mann-Whitney test that two samples come from one
/// distribution, ties included.
///
/// Tied values share the mean of their ranks; p is the part of all ways to split the pooled values
/// that put the rank sum of the first sample at least as far from its mean as observed. Counted by
/// dynamic programming over doubled ranks, which are integers (B. Streitberg and J. Röhmel, "Exact
/// distributions for permutation and rank tests", Statistical Software Newsletter 12 (1986) 10-17).
/// H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18 (1947) 50-60. Time grows with
/// the fourth power of the sample size: meant for tens of values.
///
/// `None` when a sample is empty or a value is no finite number.
pub fn mann_whitney(a: &[f64], b: &[f64]) -> Option<f64> {
    let pooled: Vec<f64> = a.iter().chain(b).copied().collect();
    if a.is_empty() || b.is_empty() || !pooled.iter().all(|it| it.is_finite()) {
        return None;
    }
    let ranks = doubled_ranks(&pooled);
    let observed: usize = ranks[..a.len()].iter().sum();
    let total: usize = ranks.iter().sum();
    // ways[n][sum]: in how many ways n of the values so far have ranks that add up to sum.
    let mut ways = vec![vec![0.0_f64; total + 1]; a.len() + 1];
    ways[0][0] = 1.0;
    let mut reach = 0;
    for (seen, rank) in ranks.iter().enumerate() {
        reach += rank;
        for n in (1..=a.len().min(seen + 1)).rev() {
            let (fewer, more) = ways.split_at_mut(n);
            let (from, to) = (&fewer[n - 1], &mut more[0]);
            for (to, from) in to[*rank..=reach].iter_mut().zip(&from[..=reach - rank]) {
                *to += from;
            }
        }
    }
    // The mean rank sum is total · |a| / (|a| + |b|); distances from it times the size of the pool
    // stay integers.
    let distance = |sum: usize| (sum * pooled.len()).abs_diff(total * a.len());
    let far = distance(observed);
    let ways = &ways[a.len()];
    let all: f64 = ways.iter().sum();
    let extreme: f64 = ways
        .iter()
        .enumerate()
        .filter(|(sum, _)| distance(*sum) >= far)
        .map(|(_, count)| count)
        .sum();
    Some((extreme / all).min(1.0))
}

/// Returns twice the mid-rank of each value; halved again when all are even, as they are without
/// ties.
fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    let res: Vec<usize> = values
        .iter()
        .map(|it| {
            let below = values.iter().filter(|other| *other < it).count();
            let same = values.iter().filter(|other| *other == it).count();
            2 * below + same + 1
        })
        .collect();
    let step = if res.iter().all(|it| it % 2 == 0) { 2 } else { 1 };
    res.iter().map(|it| it / step).collect()
}

/// Returns the median, of an even number of values the mean of the two in the middle; `None`
/// without values or with one that is not finite.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values)?;
    Some(f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]))
}

/// Returns the smallest value that at least `percent` of 100 of the values do not exceed: always
/// one of them.
///
/// The value of rank ⌈percent · n / 100⌉; the smallest for 0. With fewer than 100 values the 99th
/// is the largest, so say so. `None` without values, with one that is not finite, or above 100.
pub fn nearest_rank(values: &[f64], percent: u32) -> Option<f64> {
    let sorted = sorted(values)?;
    let rank = (percent as usize * sorted.len()).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied().filter(|_| percent <= 100)
}

fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    (!values.is_empty() && values.iter().all(|it| it.is_finite())).then(|| {
        let mut res = values.to_vec();
        res.sort_by(f64::total_cmp);
        res
    })
}

/// Returns the positions, counted from 0, of the sorted values between which the true median lies
/// with at least 95 % confidence; `None` for fewer than 6 values, where even the whole sample does
/// not reach 95 %.
///
/// The k-th smallest and k-th largest value, for the largest k with 2·P(Bin(n, ½) < k) ≤ 0.05;
/// exact for any continuous distribution and on the safe side with ties. W. R. Thompson, "On
/// confidence ranges for the median and other expectation distributions", Annals of Mathematical
/// Statistics 7 (1936) 122-128; W. J. Conover, Practical Nonparametric Statistics, section 3.2.
pub fn median_interval(n: usize) -> Option<(usize, usize)> {
    let ln_half_to_n = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    let mut k = 0;
    while k < n {
        tail += libm::exp(ln_choose(n as u64, k as u64) + ln_half_to_n);
        if 2.0 * tail > 0.05 {
            break;
        }
        k += 1;
    }
    (k > 0).then(|| (k - 1, n - k))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-10, "found {found}, expected {expected}");
    }

    // statsmodels 0.15.0: proportion_confint(hits, of, alpha=0.05, method="wilson")
    #[rustfmt::skip]
    const WILSON: &[(u64, u64, f64, f64)] = &[
        (0, 1, 0.000000000000, 0.793450685623),
        (1, 1, 0.206549314377, 1.000000000000),
        (0, 3, 0.000000000000, 0.561497031755),
        (3, 3, 0.438502968245, 1.000000000000),
        (1, 3, 0.061491944720, 0.792340399198),
        (2, 3, 0.207659600802, 0.938508055280),
        (0, 5, 0.000000000000, 0.434482464783),
        (5, 5, 0.565517535217, 1.000000000000),
        (4, 5, 0.375534629763, 0.963775891368),
        (0, 10, 0.000000000000, 0.277532799863),
        (10, 10, 0.722467200137, 1.000000000000),
        (1, 10, 0.017876213095, 0.404150026795),
        (9, 10, 0.595849973205, 0.982123786905),
        (0, 20, 0.000000000000, 0.161125158053),
        (20, 20, 0.838874841947, 1.000000000000),
        (19, 20, 0.763868806553, 0.991118551199),
        (10, 20, 0.299298008198, 0.700701991802),
        (24, 25, 0.804559362638, 0.992903766498),
        (50, 50, 0.928652400867, 1.000000000000),
        (73, 73, 0.950007992044, 1.000000000000),
        (0, 73, 0.000000000000, 0.049992007956),
        (189, 189, 0.980079704623, 1.000000000000),
        (188, 188, 0.979975867342, 1.000000000000),
        (381, 381, 0.990018074372, 1.000000000000),
        (380, 380, 0.989992069037, 1.000000000000),
        (97, 100, 0.915480635709, 0.989745475976),
        (499, 500, 0.988759293295, 0.999646863605),
        (1, 1000, 0.000176546371, 0.005642558598),
        (123456, 234567, 0.524293419458, 0.528334605080),
    ];

    #[test]
    fn wilson_agrees_with_statsmodels() {
        for (hits, of, low, high) in WILSON {
            let res = wilson(Ratio { hits: *hits, of: *of }).unwrap();
            close(res.low, *low);
            close(res.high, *high);
        }
        assert_eq!(wilson(Ratio { hits: 0, of: 0 }), None);
        assert_eq!(wilson(Ratio { hits: 2, of: 1 }), None);
    }

    #[test]
    fn successes_that_show_a_rate_without_one_failure() {
        let low = |n| wilson(Ratio { hits: n, of: n }).unwrap().low;
        assert!(low(188) < 0.98 && low(189) >= 0.98);
        assert!(low(380) < 0.99 && low(381) >= 0.99);
        let high = |n| wilson(Ratio { hits: 0, of: n }).unwrap().high;
        assert!(high(72) > 0.05 && high(73) < 0.05);
    }

    // scipy 1.17.1: fisher_exact([[a, n - a], [b, m - b]]).pvalue
    #[rustfmt::skip]
    const FISHER: &[(u64, u64, u64, u64, f64)] = &[
        (0, 1, 0, 1, 1.000000000000),
        (1, 1, 0, 1, 1.000000000000),
        (0, 5, 5, 5, 0.007936507937),
        (1, 5, 5, 5, 0.047619047619),
        (0, 5, 3, 5, 0.166666666667),
        (5, 5, 5, 5, 1.000000000000),
        (0, 10, 0, 10, 1.000000000000),
        (10, 10, 10, 10, 1.000000000000),
        (0, 10, 5, 10, 0.032507739938),
        (0, 10, 4, 10, 0.086687306502),
        (0, 10, 3, 10, 0.210526315789),
        (1, 10, 6, 10, 0.057275541796),
        (2, 10, 7, 10, 0.069778518695),
        (3, 10, 3, 10, 1.000000000000),
        (9, 10, 5, 10, 0.140866873065),
        (10, 10, 6, 10, 0.086687306502),
        (10, 10, 7, 10, 0.210526315789),
        (8, 9, 3, 9, 0.049773755656),
        (2, 7, 5, 6, 0.102564102564),
        (3, 4, 1, 4, 0.485714285714),
        (7, 12, 5, 12, 0.684272652909),
        (19, 20, 14, 20, 0.091476091476),
        (90, 100, 75, 100, 0.008503571479),
        (12, 200, 30, 180, 0.000989536689),
        (450, 1000, 500, 1000, 0.028203568904),
    ];

    #[test]
    fn fisher_agrees_with_scipy() {
        for (a, n, b, m, p) in FISHER {
            close(fisher_exact(Ratio { hits: *a, of: *n }, Ratio { hits: *b, of: *m }), *p);
        }
        assert_eq!(fisher_exact(Ratio { hits: 0, of: 0 }, Ratio { hits: 1, of: 1 }), 1.0);
    }

    // All splits listed with itertools.combinations over scipy 1.17.1 rankdata(a + b); without ties
    // the same as scipy mannwhitneyu(a, b, method="exact").pvalue.
    #[rustfmt::skip]
    const MANN_WHITNEY: &[(&[f64], &[f64], f64)] = &[
        (&[1.0], &[2.0], 1.000000000000),
        (&[1.0], &[1.0], 1.000000000000),
        (&[1.0, 2.0], &[3.0, 4.0], 0.333333333333),
        (&[1.0, 1.0], &[1.0, 1.0], 1.000000000000),
        (&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 0.100000000000),
        (&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0], 0.007936507937),
        (&[1.0, 3.0, 5.0, 7.0, 9.0], &[2.0, 4.0, 6.0, 8.0, 10.0], 0.690476190476),
        (&[5.0, 5.0, 5.0, 5.0, 5.0], &[5.0, 5.0, 5.0, 5.0, 5.0], 1.000000000000),
        (&[1.0, 1.0, 1.0, 1.0, 1.0], &[2.0, 2.0, 2.0, 2.0, 2.0], 0.007936507937),
        (&[1.0, 1.0, 2.0, 2.0, 3.0], &[2.0, 3.0, 3.0, 4.0, 4.0], 0.079365079365),
        (&[0.0, 0.0, 0.0, 0.0, 0.0], &[0.0, 0.0, 0.0, 0.0, 1.0], 1.000000000000),
        (&[0.0, 0.0, 0.0, 1.0, 2.0], &[3.0, 3.0, 3.0, 4.0, 4.0], 0.007936507937),
        (&[1.0], &[2.0, 3.0, 4.0, 5.0, 6.0], 0.333333333333),
        (&[3.0, 1.0], &[2.0, 2.0, 2.0, 5.0, 8.0, 9.0], 0.428571428571),
        (&[1.0, 2.0, 2.0], &[2.0, 2.0, 3.0, 3.0, 3.0, 3.0], 0.119047619048),
        (&[10.0, 12.0, 11.0, 13.0, 9.0, 8.0], &[14.0, 15.0, 13.0, 16.0, 12.0, 17.0], 0.010822510823),
        (&[0.5, 0.25, 1.5], &[0.75, 2.5, 3.5, 4.5], 0.114285714286),
        (&[-1.0, -2.0, -3.0, 0.0], &[1.0, 2.0, 3.0, 0.0], 0.057142857143),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], &[11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0], 0.000010825088),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], &[6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0], 0.003139275585),
        (&[1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0], &[3.0, 4.0, 4.0, 5.0, 6.0, 7.0, 7.0, 8.0, 9.0, 9.0], 0.024053346035),
        (&[600.0, 610.0, 580.0, 650.0, 700.0, 620.0, 590.0, 640.0, 660.0, 630.0], &[900.0, 870.0, 610.0, 950.0, 880.0, 640.0, 910.0, 840.0, 930.0, 700.0], 0.001721189028),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 1.000000000000),
        (&[100.0, 1.0], &[1.0, 1.0, 1.0], 0.400000000000),
    ];

    #[test]
    fn mann_whitney_agrees_with_all_splits_listed() {
        for (a, b, p) in MANN_WHITNEY {
            close(mann_whitney(a, b).unwrap(), *p);
        }
        assert_eq!(mann_whitney(&[], &[1.0]), None);
        assert_eq!(mann_whitney(&[f64::NAN], &[1.0]), None);
    }

    // numpy: median; percentile 50, 95 and 99 with method="inverted_cdf"
    #[rustfmt::skip]
    const MEDIAN: &[(&[f64], f64, f64, f64, f64)] = &[
        (&[3.0], 3.0, 3.0, 3.0, 3.0),
        (&[1.0, 2.0], 1.5, 1.0, 2.0, 2.0),
        (&[2.0, 1.0], 1.5, 1.0, 2.0, 2.0),
        (&[1.0, 2.0, 3.0], 2.0, 2.0, 3.0, 3.0),
        (&[3.0, 1.0, 2.0], 2.0, 2.0, 3.0, 3.0),
        (&[4.0, 1.0, 3.0, 2.0], 2.5, 2.0, 4.0, 4.0),
        (&[5.0, 5.0, 5.0, 5.0], 5.0, 5.0, 5.0, 5.0),
        (&[0.0, 0.0, 0.0, 1.0], 0.0, 0.0, 1.0, 1.0),
        (&[0.0, 10.0], 5.0, 0.0, 10.0, 10.0),
        (&[-1.0, 1.0], 0.0, -1.0, 1.0, 1.0),
        (&[-3.0, -2.0, -1.0], -2.0, -2.0, -1.0, -1.0),
        (&[0.1, 0.2], 0.15000000000000002, 0.1, 0.2, 0.2),
        (&[0.1, 0.2, 0.3], 0.2, 0.2, 0.3, 0.3),
        (&[1000000000000000.0, 1000000000000001.0], 1000000000000000.5, 1000000000000000.0, 1000000000000001.0, 1000000000000001.0),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], 5.5, 5.0, 10.0, 10.0),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0], 6.0, 6.0, 11.0, 11.0),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0], 10.5, 10.0, 19.0, 20.0),
        (&[15.0, 20.0, 35.0, 40.0, 50.0], 35.0, 35.0, 50.0, 50.0),
        (&[32.38, 15.08, 65.09, 7.24, 53.59, 36.57, 5.8], 32.38, 32.38, 65.09, 65.09),
        (&[50.74, 3.75, 43.36, 6.99, 9.07, 42.45, 82.69, 12.38, 22.32, 62.74, 94.77, 57.71], 42.905, 42.45, 94.77, 94.77),
        (&[39.67, 97.63, 4.66, 85.85, 28.96, 14.43, 11.78, 30.85, 81.61, 18.07, 58.16, 63.89, 37.24, 54.77, 6.25, 5.96, 20.6, 68.04, 42.76], 37.24, 37.24, 97.63, 97.63),
        (&[31.41, 58.56, 45.32, 29.98, 79.44, 69.9, 24.41, 57.44, 52.52, 87.51, 72.94, 28.79, 98.02, 11.81, 41.81, 75.71, 15.2, 48.9, 3.92, 66.82, 76.46, 57.3, 87.55, 31.37, 69.53, 59.44, 57.99, 45.62, 84.0, 94.47, 47.41, 66.42, 6.07], 57.44, 57.44, 94.47, 98.02),
    ];

    #[test]
    fn medians_and_percentiles_agree_with_numpy() {
        for (values, middle, p50, p95, p99) in MEDIAN {
            assert_eq!(median(values), Some(*middle));
            assert_eq!(nearest_rank(values, 50), Some(*p50));
            assert_eq!(nearest_rank(values, 95), Some(*p95));
            assert_eq!(nearest_rank(values, 99), Some(*p99));
        }
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let ranks = [0, 1, 95, 99, 100].map(|it| nearest_rank(&hundred, it).unwrap());
        assert_eq!(ranks, [1.0, 1.0, 95.0, 99.0, 100.0]);
        assert_eq!(nearest_rank(&hundred, 101), None);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::INFINITY, 1.0]), None);
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }

    // scipy: the largest k with 2 * binom.cdf(k - 1, n, 0.5) <= 0.05
    #[rustfmt::skip]
    const MEDIAN_INTERVAL: &[(usize, Option<(usize, usize)>)] = &[
        (0, None),
        (1, None),
        (2, None),
        (3, None),
        (4, None),
        (5, None),
        (6, Some((0, 5))),
        (7, Some((0, 6))),
        (8, Some((0, 7))),
        (9, Some((1, 7))),
        (10, Some((1, 8))),
        (11, Some((1, 9))),
        (12, Some((2, 9))),
        (13, Some((2, 10))),
        (14, Some((2, 11))),
        (15, Some((3, 11))),
        (16, Some((3, 12))),
        (17, Some((4, 12))),
        (18, Some((4, 13))),
        (19, Some((4, 14))),
        (20, Some((5, 14))),
        (25, Some((7, 17))),
        (30, Some((9, 20))),
        (50, Some((17, 32))),
        (100, Some((39, 60))),
    ];

    #[test]
    fn median_intervals_agree_with_scipy() {
        for (n, expected) in MEDIAN_INTERVAL {
            assert_eq!(median_interval(*n), *expected, "{n}");
        }
    }

    proptest! {
        #[test]
        fn wilson_holds_the_rate(hits in 0_u64..1000, more in 0_u64..1000) {
            let ratio = Ratio { hits, of: hits + more };
            if let Some(it) = wilson(ratio) {
                let rate = ratio.as_f64();
                prop_assert!(0.0 <= it.low && it.low <= rate && rate <= it.high && it.high <= 1.0);
            }
        }

        #[test]
        fn fisher_is_symmetric_and_a_probability(a in 0_u64..40, n in 0_u64..40, b in 0_u64..40, m in 0_u64..40) {
            let (a, b) = (Ratio { hits: a, of: n }, Ratio { hits: b, of: m });
            let p = fisher_exact(a, b);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!((p - fisher_exact(b, a)).abs() < 1e-9);
        }

        #[test]
        fn mann_whitney_is_symmetric_and_a_probability(
            a in prop::collection::vec(0_u8..12, 1..9),
            b in prop::collection::vec(0_u8..12, 1..9),
        ) {
            let numbers = |it: &[u8]| it.iter().copied().map(f64::from).collect::<Vec<f64>>();
            let (a, b) = (numbers(&a), numbers(&b));
            let p = mann_whitney(&a, &b).unwrap();
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!((p - mann_whitney(&b, &a).unwrap()).abs() < 1e-12);
        }
    }
}
