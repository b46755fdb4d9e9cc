//! What a sync may change in a learnings.md, told line by line and without the program's own parser
//! or edits, so that a mistake there is seen here.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// Fields whose values are generated.
const VALUES: &str = "ID|Frequency|Last seen|Usage count|First used|Success rate|Instances|Recent causes|Last updated|Features processed";
/// Fields that a sync may add to an entry; `ID` and `Impact` come only with a whole new section.
static ADDED: LazyLock<Regex> = LazyLock::new(|| {
    let names =
        "Frequency|Last seen|Usage count|First used|Success rate|Instances|Recent causes|ID|Impact";
    Regex::new(&format!(r"^[ \t]*([-*+][ \t]+)?\*\*({names})\*\*:")).unwrap()
});
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"^[ \t]*([-*+][ \t]+)?(\*\*|__)(?i-u:({VALUES}))[ \t]*((\*\*|__)[ \t]*:|:(\*\*|__))"
    ))
    .unwrap()
});
static CAUSE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[ \t]*- [0-9]{4}-[0-9]{2}-[0-9]{2}( \(.*\))?: ").unwrap());

/// How far the lines of code, comments and quotes are told from others: by simple rules that hold for
/// what people write, or not at all, for texts made at random.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Opaque {
    Known,
    Unknown,
}

/// A line with the line ending before it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Line<'a> {
    ending: &'a str,
    text: &'a str,
}

/// Panics unless `new` is `old` with other generated values, or with generated lines added or taken out.
#[track_caller]
pub fn only_values_differ(name: &str, old: &str, new: &str, opaque: Opaque) {
    if let Err(why) = compare(old, new, opaque) {
        panic!("{name}: {why}\n--- old\n{old:?}\n--- new\n{new:?}");
    }
}

fn compare(old: &str, new: &str, opaque: Opaque) -> Result<(), String> {
    let mark = '\u{feff}';
    if old.starts_with(mark) != new.starts_with(mark) {
        return Err("the byte order mark differs".to_owned());
    }
    let (old, new) = (lines(old.trim_start_matches(mark)), lines(new.trim_start_matches(mark)));
    // Which of two equal lines is the old one is found by trying, the likely way first.
    let start = State { known: opaque == Opaque::Known, ..Default::default() };
    let mut ways = vec![(0, 0, start)];
    let mut seen = HashSet::new();
    let mut furthest = (0, 0);
    while let Some((i, j, state)) = ways.pop() {
        if i == old.len() && j == new.len() && !state.owes {
            return Ok(());
        }
        if !seen.insert((i, j, state.added, state.in_new_section, state.owes, state.in_causes)) {
            continue;
        }
        if i + j > furthest.0 + furthest.1 {
            furthest = (i, j);
        }
        let (o, n) = (old.get(i), new.get(j));
        // An empty text has a first line without anything before it, which a new section takes.
        if i == 0 && old.len() == 1 && old[0].text.is_empty() && n.is_some() {
            ways.push((1, j, state.clone()));
        }
        let mut gone = state.clone();
        if o.is_some_and(|it| gone.may_go(it.text)) {
            ways.push((i + 1, j, gone));
        }
        let mut came = state.clone();
        if n.is_some_and(|it| came.may_come(it, o.is_some())) {
            ways.push((i, j + 1, came));
        }
        if let (Some(o), Some(n)) = (o, n)
            && state.fits(*o, *n)
        {
            let mut passed = state;
            passed.pass(o.text);
            ways.push((i + 1, j + 1, passed));
        }
    }
    let show = |it: Option<&Line<'_>>| {
        it.map_or("the end".to_owned(), |it| format!("{:?}{:?}", it.ending, it.text))
    };
    let (o, n) = (old.get(furthest.0), new.get(furthest.1));
    Err(format!("line {} was {}, is {}", furthest.0 + 1, show(o), show(n)))
}

#[derive(Clone, Default)]
struct State<'a> {
    known: bool,
    fence: Option<&'a str>,
    in_comment: bool,
    /// Columns of the table around.
    header: Option<Vec<String>>,
    /// The last old line that passed or went was part of a block of recent causes.
    in_causes: bool,
    /// A section was just begun that the old text does not have.
    in_new_section: bool,
    added: bool,
    /// An empty line came in, and something has to come after it.
    owes: bool,
    /// The line endings before the lines added here.
    entered: Vec<&'a str>,
}

impl<'a> State<'a> {
    fn is_opaque(&self, line: &str) -> bool {
        self.known
            && (self.fence.is_some() || self.in_comment || line.trim_start().starts_with('>'))
    }

    /// Says whether the new line is the old one, but for a generated value.
    fn fits(&self, old: Line<'_>, new: Line<'_>) -> bool {
        // Lines that come in before this one end in the ending that it had before it.
        if self.owes || (old.ending != new.ending && !self.entered.contains(&old.ending)) {
            return false;
        }
        old.text == new.text
            || !self.is_opaque(old.text)
                && (field_fits(old.text, new.text)
                    || row_fits(self.header.as_deref(), old.text, new.text))
    }

    fn pass(&mut self, line: &'a str) {
        self.added = false;
        self.entered.clear();
        self.in_new_section = false;
        let text = line.trim_start();
        let is_fence = text.starts_with("```") || text.starts_with("~~~");
        match self.fence {
            Some(open) if text.starts_with(open) && text.trim_end() == open => self.fence = None,
            Some(_) => {}
            None if is_fence && !self.in_comment => {
                let mark = &text[..1];
                self.fence = Some(&text[..text.len() - text.trim_start_matches(mark).len()]);
            }
            None => {
                if let Some(at) = text.find("<!--") {
                    self.in_comment = !text[at..].contains("-->");
                } else if text.contains("-->") {
                    self.in_comment = false;
                }
            }
        }
        let cells = cells(line);
        if !line.trim_start().starts_with('|') {
            self.header = None;
        } else if self.header.is_none() {
            self.header = Some(cells.iter().map(|it| it.trim().to_lowercase()).collect());
        }
        self.in_causes = is_causes(line) || self.in_causes && CAUSE.is_match(line);
    }

    /// Says whether a line that the old text does not have may be there.
    fn may_come(&mut self, line: &Line<'a>, is_inside: bool) -> bool {
        if self.known && (self.fence.is_some() && is_inside || self.in_comment) {
            return false;
        }
        let text = line.text;
        let is_section = text == "## Common Pitfalls" || text == "## Successful Patterns";
        let res = if text.starts_with("### ") {
            self.in_new_section = true;
            true
        } else if let Some(found) = ADDED.captures(text) {
            self.in_new_section || !matches!(&found[2], "ID" | "Impact")
        } else {
            text.is_empty() || is_section || CAUSE.is_match(text)
        };
        if res {
            self.owes = text.is_empty() && (self.owes || !self.added);
            self.added = true;
            self.entered.push(line.ending);
        }
        res
    }

    fn may_go(&mut self, line: &str) -> bool {
        if is_causes(line) {
            self.in_causes = true;
            return true;
        }
        self.in_causes && CAUSE.is_match(line)
    }
}

fn is_causes(line: &str) -> bool {
    FIELD.captures(line).is_some_and(|it| it[3].eq_ignore_ascii_case("recent causes"))
}

fn field_fits(old: &str, new: &str) -> bool {
    let (Some(was), Some(is)) = (FIELD.find(old), FIELD.find(new)) else { return false };
    if was.as_str() != is.as_str() {
        return false;
    }
    let (was, is) = (&old[was.end()..], &new[is.end()..]);
    let space = |it: &str| it.trim_end().len();
    let before = &was[..was.len() - was.trim_start().len()];
    let after = &was[space(was)..];
    if was.trim().is_empty() {
        // The value gets a space before it; what stood there stays behind it.
        return is.starts_with([' ', '\t']) && is.ends_with(was);
    }
    is.len() >= before.len() + after.len()
        && is.starts_with(before)
        && is[space(is)..] == *after
        && !is.trim().is_empty()
}

fn row_fits(header: Option<&[String]>, old: &str, new: &str) -> bool {
    let Some(header) = header else { return false };
    if !header.iter().any(|it| it == "metric") || !header.iter().any(|it| it == "target") {
        return false;
    }
    let (was, is) = (cells(old), cells(new));
    let generated = |at: usize| header.get(at).is_some_and(|it| it == "current" || it == "trend");
    was.len() == is.len() && (0..was.len()).all(|at| was[at] == is[at] || generated(at))
}

/// Splits a row at its pipes; an escaped pipe is text.
fn cells(line: &str) -> Vec<&str> {
    let mut res = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, ch) in line.char_indices() {
        if ch == '|' && !escaped {
            res.push(&line[start..at]);
            start = at + 1;
        }
        escaped = ch == '\\' && !escaped;
    }
    res.push(&line[start..]);
    res
}

fn lines(text: &str) -> Vec<Line<'_>> {
    static ENDING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\r*\n|\r").unwrap());
    let mut res = Vec::new();
    let (mut ending, mut start) = ("", 0);
    for it in ENDING.find_iter(text) {
        res.push(Line { ending, text: &text[start..it.start()] });
        (ending, start) = (it.as_str(), it.end());
    }
    res.push(Line { ending, text: &text[start..] });
    res
}

#[test]
fn the_oracle_sees_what_is_wrong() {
    let old = "\u{feff}# T\r\nprose\r\n### a\r\n- **Frequency**: 0/5  \r\n**Instances**:\r\nmine\r\n```\r\n**Frequency**: 0/5\r\n```\r\n| Metric | Target | Current |\r\n| A | 1 | null |";
    let good = "\u{feff}# T\r\nprose\r\n### a\r\n- **Frequency**: 1/5  \r\n- **Last seen**: Never\r\n**Instances**: [x]\r\n**Recent causes**:\r\n- 2026-01-02 (x): y\r\nmine\r\n```\r\n**Frequency**: 0/5\r\n```\r\n| Metric | Target | Current |\r\n| A | 1 | 3 |";
    assert_eq!(compare(old, old, Opaque::Known), Ok(()));
    assert_eq!(compare(old, good, Opaque::Known), Ok(()));
    for (from, to) in [
        ("\u{feff}", ""),
        ("prose", "Prose"),
        ("prose\r\n", "prose\n"),
        ("prose\r\n", "prose\r\n\r\n"),
        ("1/5  \r\n", "1/5\r\n"),
        ("- **Frequency**: 1/5", "* **Frequency**: 1/5"),
        ("```\r\n**Frequency**: 0/5", "```\r\n**Frequency**: 1/5"),
        ("| A | 1 | 3 |", "| A | 2 | 3 |"),
        ("| A | 1 | 3 |", "| A | 1 | 3 |\r\n"),
        ("mine\r\n", ""),
        ("[x]\r\n", "[x]\r\n**Impact**: High\r\n"),
    ] {
        assert!(good.contains(from), "{from:?}");
        let bad = good.replacen(from, to, 1);
        assert!(compare(old, &bad, Opaque::Known).is_err(), "{from:?} -> {to:?}");
    }
}
