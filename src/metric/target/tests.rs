use super::*;
use crate::metric::quantity;
use proptest::prelude::*;
use std::{collections::BTreeSet, fs, path::Path};

/// One line for a target, so that tests read as a table.
fn short(target: &Target) -> String {
    let flag = if target.without_comparator { " (bare)" } else { "" };
    match &target.goal {
        Goal::None => "none".to_owned(),
        Goal::Track => "track".to_owned(),
        Goal::Bound { op, bound } => format!("{op:?} {bound}{flag}"),
        Goal::Range { low, high } => format!("{low} to {high}"),
    }
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let found = match parse(text) {
            Ok(target) => short(&target),
            Err(error) => format!("[{}] {}", error.span.of(text), error.reason),
        };
        assert_eq!(found, *expected, "{text:?}");
    }
}

/// Every distinct target of sixteen published skills.
const WILD: [(&str, &str); 32] = [
    ("≥98%", "AtLeast 98%"),
    ("≥99%", "AtLeast 99%"),
    ("≥95%", "AtLeast 95%"),
    ("≥90%", "AtLeast 90%"),
    ("≥85%", "AtLeast 85%"),
    ("≥80%", "AtLeast 80%"),
    ("≥60%", "AtLeast 60%"),
    ("100%", "AtLeast 100%"),
    ("<5%", "Below 5%"),
    ("<10%", "Below 10%"),
    ("<15 min", "Below 15 min"),
    ("<30 min", "Below 30 min"),
    ("<10 min", "Below 10 min"),
    ("≤15 min", "AtMost 15 min"),
    ("<1 hour", "Below 1 h"),
    ("<2 hours", "Below 2 h"),
    ("≤2 hours", "AtMost 2 h"),
    ("<500ms", "Below 500 ms"),
    ("≤1 day", "AtMost 1 d"),
    ("0.5-1 day", "12 h to 1 d"),
    ("3-5", "3 to 5"),
    ("5-12 tools", "5 tools to 12 tools"),
    ("≥95", "AtLeast 95"),
    ("≥90", "AtLeast 90"),
    ("≥85", "AtLeast 85"),
    ("≤3", "AtMost 3"),
    ("≤2", "AtMost 2"),
    ("<2", "Below 2"),
    ("0", "AtMost 0"),
    ("≥4/5", "AtLeast 4/5"),
    ("<1 per month", "Below 1 per month"),
    ("Track all", "track"),
];

#[test]
fn targets_of_the_wild() {
    check(&WILD);
}

#[test]
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "finds the folder, or says so")]
fn targets_of_the_corpus() {
    let root = std::env::var_os("LEARN_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), Into::into);
    let skills = root.join("spec-flow-1.12/.claude/skills");
    let Ok(folders) = fs::read_dir(&skills) else {
        return println!("skipped: no {}", skills.display());
    };
    let mut found = Vec::new();
    for folder in folders {
        for name in ["SKILL.md", "learnings.md"] {
            let text = fs::read_to_string(folder.as_ref().unwrap().path().join(name));
            found.extend(targets_in(&text.unwrap_or_default()));
        }
    }
    assert_eq!(found.len(), 93, "{found:?}");
    for text in &found {
        parse(text).unwrap();
    }
    let wild: BTreeSet<&str> = WILD.iter().map(|it| it.0).collect();
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<&str>>(), wild);
}

/// Returns the second column of metric tables, and what follows the colon in lists under
/// "Targets".
fn targets_in(text: &str) -> Vec<String> {
    let (mut table, mut list) = (false, false);
    let mut res = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        table = line.starts_with('|') && (table || cells[1..].starts_with(&["Metric", "Target"]));
        list = line.starts_with("**Targets**") || (list && line.starts_with("- "));
        if table && cells[2] != "Target" && !cells[2].starts_with("--") {
            res.push(cells[2].to_owned());
        } else if let (true, Some((_, target))) = (list, line.split_once(": ")) {
            res.push(target.to_owned());
        }
    }
    res
}

#[test]
fn nothing_and_tracking() {
    for text in ["", "  ", "-", "—", "–", "TBD", "tbd", "N/A", "null", "none", " - "] {
        assert_eq!(parse(text).unwrap().goal, Goal::None, "{text:?}");
    }
    for text in ["Track", "track all", "**Track all**"] {
        assert_eq!(parse(text).unwrap().goal, Goal::Track, "{text:?}");
    }
}

#[test]
fn comparators() {
    check(&[
        (">= 5", "AtLeast 5"),
        ("=> 5", "AtLeast 5"),
        ("at least 5", "AtLeast 5"),
        ("Minimum 80%", "AtLeast 80%"),
        ("min 5 min", "AtLeast 5 min"),
        ("<=5", "AtMost 5"),
        ("=<5", "AtMost 5"),
        ("At most 5", "AtMost 5"),
        ("max 5", "AtMost 5"),
        ("maximum 5", "AtMost 5"),
        ("up to 1h30m", "AtMost 1h 30m"),
        ("under 5%", "Below 5%"),
        ("below 5", "Below 5"),
        ("less than 5", "Below 5"),
        ("over 5", "Above 5"),
        ("above 5", "Above 5"),
        ("more than 5", "Above 5"),
        ("> 5", "Above 5"),
        ("= 5", "Equal 5"),
        ("==5", "Equal 5"),
        ("\\<5%", "Below 5%"),
        ("&lt;5%", "Below 5%"),
        ("&ge; 5%", "AtLeast 5%"),
        ("`<5%`", "Below 5%"),
        ("**≥98%** ", "AtLeast 98%"),
    ]);
}

#[test]
fn bare_values() {
    check(&[
        ("100%", "AtLeast 100%"),
        ("100.0 %", "AtLeast 100%"),
        ("5/5", "AtLeast 5/5"),
        ("0", "AtMost 0"),
        ("0%", "AtMost 0%"),
        ("0 failures", "AtMost 0 failures"),
        ("95%", "Equal 95% (bare)"),
        ("12", "Equal 12 (bare)"),
        ("15 min", "Equal 15 min (bare)"),
        ("4/5", "Equal 4/5 (bare)"),
    ]);
}

#[test]
fn units() {
    check(&[
        ("<1h30m", "Below 1h 30m"),
        ("<1 hour 30 minutes", "Below 1h 30m"),
        ("<1,5 h", "Below 1h 30m"),
        ("<2 w", "Below 14 d"),
        ("<90 sec", "Below 1m 30s"),
        ("≥ 95 percent", "AtLeast 95%"),
        ("<5% of deploys", "Below 5%"),
        ("≥2x", "AtLeast 2x"),
        ("≤3 questions per feature", "AtMost 3 questions per feature"),
        ("≥1/day", "AtLeast 1 per day"),
        ("≤2 incidents/quarter", "AtMost 2 incidents per quarter"),
        ("<1 per deploy", "Below 1 per deployment"),
        ("≥4 of 5", "AtLeast 4/5"),
        ("≤3 follow-up questions", "AtMost 3 follow-up questions"),
        ("≥98% (last 20)", "AtLeast 98%"),
        ("≥0,125", "AtLeast 0.125"),
    ]);
}

#[test]
fn ranges() {
    check(&[
        ("3–5", "3 to 5"),
        ("3..5", "3 to 5"),
        ("3 to 5", "3 to 5"),
        ("3 - 5 days", "3 d to 5 d"),
        ("0.5..1.5", "0.5 to 1.5"),
        ("90-95%", "90% to 95%"),
        ("90%-95%", "90% to 95%"),
        ("500ms-1s", "500 ms to 1 s"),
        ("1-3 per week", "1 per week to 3 per week"),
    ]);
}

#[test]
fn mistakes_are_pointed_at() {
    check(&[
        ("fast", "[fast] there is no number here"),
        ("≥", "[≥] a comparator without a number"),
        ("at least ", "[at least] a comparator without a number"),
        ("< ≤5", "[≤] a second comparator: one is enough"),
        ("≥5-10", "[≥5-10] a range has no comparator: leave one of them out"),
        ("10-5", "[10-5] the low end of a range must be below its high end"),
        ("5-5", "[5-5] the low end of a range must be below its high end"),
        ("5%-10 min", "[5%-10 min] the ends of this range have different units"),
        ("≥101%", "[101%] a share of a whole is at most 100%"),
        ("90-110%", "[110%] a share of a whole is at most 100%"),
        (">100%", "[>100%] nothing is above the whole: write `≥` instead"),
        ("<0", "[<0] nothing is below 0: write `0` for none at all"),
        ("<-5", "[-5] a number here cannot be negative"),
        ("<15qm", "[qm] unknown unit `qm`"),
        ("<15 mn", "[mn] unknown unit `mn`"),
        ("<15 minuts", "[minuts] unknown unit `minuts`: did you mean `minutes`?"),
        ("<15M", "[M] unknown unit `M`"),
        ("<1 month", "[month] a month has no fixed length: write days or weeks"),
        ("<1h30", "[30] this part of a duration needs a unit, as in `1h30m`"),
        ("<30m1h", "[1h] the units of a duration go from large to small"),
        ("≥6/5", "[6/5] 6 is more than the 5 there are"),
        ("≥0/0", "[0/0] out of 0, nothing was counted"),
        ("≥1,000", "[1,000] `1,000` may be thousands or decimals: write `1000` or `1.000`"),
        ("3 max", "[max] a comparator goes before the number, as in `at most 3`"),
        ("95%+", "[+] `+` after the value is not understood"),
        ("≥95% <5%", "[<5%] `<5%` after the value is not understood"),
        (
            "3 per sprint",
            "[per sprint] per what? known are day, week, month, quarter, year, deployment, feature and release",
        ),
        ("≥1234567890123456", "[1234567890123456] this number has too many digits"),
        ("<0.0001ms", "[0.0001ms] durations are counted in whole milliseconds"),
    ]);
}

#[test]
fn the_edge_of_a_target_is_exact() {
    let met =
        |target: &str, value: &str| parse(target).unwrap().is_met(&quantity::parse(value).unwrap());
    assert_eq!(met("<15 min", "15m"), Some(false));
    assert_eq!(met("<15 min", "14m59.999s"), Some(true));
    assert_eq!(met("≤15 min", "15m"), Some(true));
    assert_eq!(met("≤15 min", "900001ms"), Some(false));
    assert_eq!(met("≥98%", "98% (49/50)"), Some(true));
    assert_eq!(met(">98%", "98% (49/50)"), Some(false));
    assert_eq!(met("≥33.3%", "1/3"), Some(true));
    assert_eq!(met("≥33.4%", "1/3"), Some(false));
    assert_eq!(met("≥4/5", "4/5"), Some(true));
    assert_eq!(met("≥4/5", "4,5/5"), Some(true));
    assert_eq!(met("≥4/5", "8/10"), None);
    assert_eq!(met("0.5-1 day", "12h"), Some(true));
    assert_eq!(met("0.5-1 day", "25h"), Some(false));
    assert_eq!(met("5-12 tools", "12"), Some(true));
    assert_eq!(met("5-12 tools", "1 tool"), Some(false));
    assert_eq!(met("5-12 tools", "7 files"), None);
    assert_eq!(met("<1 per month", "0 per month"), Some(true));
    assert_eq!(met("<1 per month", "0 per week"), None);
    assert_eq!(met("≥95%", "95"), None);
    assert_eq!(met("<15 min", "12"), None);
    assert_eq!(met("12", "12.0"), Some(true));
    assert_eq!(met("12", "12.01"), Some(false));
    assert_eq!(met("Track all", "12"), None);
    assert_eq!(met("-", "12"), None);
}

#[test]
fn directions() {
    let direction = |text| parse(text).unwrap().direction();
    assert_eq!(direction("≥98%"), Direction::Higher);
    assert_eq!(direction("100%"), Direction::Higher);
    assert_eq!(direction("0"), Direction::Lower);
    assert_eq!(direction("<15 min"), Direction::Lower);
    assert_eq!(direction("1-2 s"), Direction::Inside { low: 1000.0, high: 2000.0 });
    assert_eq!(direction("50%"), Direction::Inside { low: 0.5, high: 0.5 });
    assert_eq!(direction("Track all"), Direction::Neutral);
    assert_eq!(direction("TBD"), Direction::Neutral);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_span_inside(text in "\\PC*") {
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.span.start..error.span.end).is_some());
        }
    }

    #[test]
    fn text_like_a_target_is_read_or_refused_with_a_span_inside(
        text in "(≥|<|at most | |\\*|\\\\<)?[0-9]{0,3}[., ]?[0-9]{0,18}(%| min|h|/|-|..|–| to | per | tools|x|é)?[0-9]{0,20}(m|%|/5| month|\\(|µs)?",
    ) {
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.span.start..error.span.end).is_some());
        }
    }
}
