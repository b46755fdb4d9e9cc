//! The values of learnings.md: how a count, a day or a rate is written, and how a written one reads.

use crate::event::Timestamp;

/// How many stars a count gets: the smallest count for 2, 3, 4 and 5 stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stars(pub [u64; 4]);

impl Default for Stars {
    fn default() -> Self {
        Self([1, 3, 5, 8])
    }
}

/// How a file writes a frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `2/5 ⭐⭐☆☆☆`
    Number,
    /// `★★☆☆☆ (2/5 - seen rarely)`
    Words,
}

const WORDS: [&str; 5] =
    ["not yet seen", "seen rarely", "seen occasionally", "seen often", "seen constantly"];
const NUMBERS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];
/// How many instances are written before `+N earlier`.
const INSTANCES: usize = 10;

impl Stars {
    /// Returns 1 to 5 stars.
    pub fn of(self, count: u64) -> usize {
        1 + self.0.iter().filter(|it| count >= **it).count()
    }
}

impl Dialect {
    /// Returns the dialect a written frequency is in.
    pub fn of(value: &str) -> Self {
        if value.trim_start().starts_with(['★', '☆']) { Self::Words } else { Self::Number }
    }
}

/// Returns a count as the dialect writes it.
pub fn frequency(count: u64, dialect: Dialect, stars: Stars) -> String {
    let filled = stars.of(count);
    let shown = count.min(5);
    match dialect {
        Dialect::Number => {
            let more = if count > 5 { format!(" ({count} occurrences)") } else { String::new() };
            format!("{shown}/5 {}{}{more}", "⭐".repeat(filled), "☆".repeat(5 - filled))
        }
        Dialect::Words => {
            let more = if count > 5 { format!(", {count} occurrences") } else { String::new() };
            let word = WORDS[filled - 1];
            format!("{}{} ({shown}/5 - {word}{more})", "★".repeat(filled), "☆".repeat(5 - filled))
        }
    }
}

/// Reads a written count: `2/5 ⭐⭐☆☆☆`, `★☆☆☆☆ (0/5 - not yet seen)`, `5/5 … (12 occurrences)`, `3`, `three`, `Never`.
///
/// `None` when it cannot be told.
pub fn count(value: &str) -> Option<u64> {
    let value = value.trim().trim_matches(['`', '*', '_']).to_lowercase();
    if matches!(value.as_str(), "" | "-" | "—" | "never" | "null" | "none" | "n/a" | "not tracked")
    {
        return Some(0);
    }
    if let Some(at) = value.find("occurrence") {
        let number = value[..at].trim_end().rsplit(|it: char| !it.is_ascii_digit()).next()?;
        if let Ok(count) = number.parse() {
            return Some(count);
        }
    }
    let first = value.trim_start_matches(|it: char| !it.is_alphanumeric());
    let digits = first.find(|it: char| !it.is_ascii_digit()).unwrap_or(first.len());
    if digits > 0 {
        let negative = value[..value.len() - first.len()].ends_with('-');
        return if negative { None } else { first[..digits].parse().ok() };
    }
    let word = first.split(|it: char| !it.is_alphanumeric()).next()?;
    let number = NUMBERS.iter().position(|it| *it == word);
    number.map(|it| it as u64).or(match word {
        "once" => Some(1),
        "twice" => Some(2),
        "thrice" => Some(3),
        "never" => Some(0),
        _ => None,
    })
}

/// Returns `2026-11-23 (feature: checkout-v2)`, or `Never`.
pub fn last_seen(seen: Option<&(String, Option<String>)>) -> String {
    match seen {
        None => "Never".to_owned(),
        Some((day, None)) => day.clone(),
        Some((day, Some(feature))) => format!("{day} (feature: {})", feature_text(feature)),
    }
}

/// Reads the day and the feature of a written last sight; `None` when there is no day.
pub fn seen(value: &str) -> Option<(String, Option<String>)> {
    let value = value.trim().trim_matches('`');
    let (day, rest) = value.split_at_checked(10)?;
    chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let rest = rest.trim().trim_start_matches('(').trim_end_matches(')');
    let feature = rest.strip_prefix("feature:").map(str::trim).filter(|it| !it.is_empty());
    Some((day.to_owned(), feature.map(unescape)))
}

/// Returns `[checkout-v2, search, +3 earlier]`.
pub fn instances(names: &[&str]) -> String {
    let mut shown: Vec<String> = names.iter().take(INSTANCES).map(|it| feature_text(it)).collect();
    if names.len() > INSTANCES {
        shown.push(format!("+{} earlier", names.len() - INSTANCES));
    }
    format!("[{}]", shown.join(", "))
}

/// Reads a written list of instances.
pub fn instance_list(value: &str) -> Vec<String> {
    let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
    inner
        .split(',')
        .map(str::trim)
        .filter(|it| !(it.is_empty() || it.starts_with('+') && it.ends_with(" earlier")))
        .map(unescape)
        .collect()
}

/// Returns `87.5%`, `100%` or `null`.
pub fn success_rate(success: Option<(f64, u64)>) -> String {
    let Some((worked, of)) = success.filter(|it| it.1 > 0) else { return "null".to_owned() };
    let tenths = (worked * 1000.0 / of as f64).round() as u64;
    if tenths.is_multiple_of(10) {
        format!("{}%", tenths / 10)
    } else {
        format!("{}.{}%", tenths / 10, tenths % 10)
    }
}

/// Reads a written rate in percent.
pub fn percent(value: &str) -> Option<f64> {
    value.trim().strip_suffix('%')?.trim().replace(',', ".").parse().ok()
}

/// Returns the day of the newest event, or `Never`.
pub fn last_updated(newest: Option<Timestamp>) -> String {
    newest.map_or_else(|| "Never".to_owned(), Timestamp::date)
}

/// A feature as it stands in a list: no comma and no bracket can end it, no markup can start in it.
fn feature_text(name: &str) -> String {
    crate::clean::escape_markdown(&one_line(name).replace(',', ";"))
}

/// Returns a text as it stands in one line: an event of another program may hold line endings.
pub fn one_line(text: &str) -> String {
    let words = text.split(|it: char| it.is_whitespace() || it.is_control());
    words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

fn unescape(text: &str) -> String {
    let mut res = String::new();
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        match chars.peek() {
            Some(next) if ch == '\\' && next.is_ascii_punctuation() => res.extend(chars.next()),
            _ => res.push(ch),
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_back_in_both_dialects() {
        for dialect in [Dialect::Number, Dialect::Words] {
            for number in (0..20).chain([99, 123_456]) {
                let text = frequency(number, dialect, Stars::default());
                assert_eq!(count(&text), Some(number), "{text}");
                assert_eq!(Dialect::of(&text), dialect);
            }
        }
    }

    #[test]
    fn frequencies_are_written_as_people_know_them() {
        let number = |it| frequency(it, Dialect::Number, Stars::default());
        assert_eq!(number(0), "0/5 ⭐☆☆☆☆");
        assert_eq!(number(2), "2/5 ⭐⭐☆☆☆");
        assert_eq!(number(12), "5/5 ⭐⭐⭐⭐⭐ (12 occurrences)");
        let words = |it| frequency(it, Dialect::Words, Stars::default());
        assert_eq!(words(0), "★☆☆☆☆ (0/5 - not yet seen)");
        assert_eq!(words(3), "★★★☆☆ (3/5 - seen occasionally)");
        assert_eq!(words(12), "★★★★★ (5/5 - seen constantly, 12 occurrences)");
    }

    #[test]
    fn damaged_counts_are_read_or_left() {
        for (text, expected) in [
            ("three", Some(3)),
            ("two/5 ⭐⭐☆☆☆", Some(2)),
            ("2 / 5", Some(2)),
            ("`4/5`", Some(4)),
            ("Never", Some(0)),
            ("Seen once", None),
            ("once", Some(1)),
            ("-2/5", None),
            ("often", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn days_and_features_read_back() {
        let both = ("2026-11-23".to_owned(), Some("check*out_[v2]".to_owned()));
        assert_eq!(seen(&last_seen(Some(&both))), Some(both));
        assert_eq!(seen("last week"), None);
        assert_eq!(instance_list(&instances(&["a_b", "c"])), ["a_b", "c"]);
    }

    #[test]
    fn rates_have_one_digit_where_it_says_something() {
        assert_eq!(success_rate(Some((7.0, 8))), "87.5%");
        assert_eq!(success_rate(Some((8.0, 8))), "100%");
        assert_eq!(success_rate(None), "null");
    }
}
