//! Reports in Markdown: fields, headings, code. Comments, fences and quotes are text, not fields.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::detect::Source;
use crate::event::Timestamp;
use crate::markdown::{self, Outline, lines};
use crate::text::Span;

/// A `**Name**: value` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// In lower case.
    pub name: String,
    pub value: String,
    /// Byte of the line's first character.
    pub at: usize,
}

/// A report, read.
#[derive(Debug)]
pub struct Report<'a> {
    pub source: &'a Source,
    /// The text with escaped fences made real; as long as the source's text.
    text: Cow<'a, str>,
    outline: Outline,
    fields: Vec<Field>,
}

/// What a report is about, by its name first and its heading second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Production,
    Staging,
}

impl<'a> Report<'a> {
    pub fn new(source: &'a Source) -> Self {
        let text = unescaped(&source.text);
        let outline = markdown::scan(&text);
        let mut res = Self { source, text, outline, fields: Vec::new() };
        let rows = res.prose(Span::new(res.outline.body, res.text.len()));
        res.fields = rows.filter_map(|it| field(it.of(&res.text), it.start)).collect();
        res
    }

    /// Returns the fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns the first field of one of the names (in lower case), unless a template left it open.
    pub fn field(&self, names: &[&str]) -> Option<&Field> {
        let found = self.fields.iter().find(|it| names.contains(&it.name.as_str()));
        found.filter(|it| !is_open(&it.value))
    }

    /// Returns when the report says it happened.
    pub fn time(&self) -> Option<Timestamp> {
        let field = self.field(&["timestamp", "deployed at", "date", "deployed"])?;
        time(&field.value)
    }

    /// Returns the sections whose heading fits: heading and the text up to the next heading of its
    /// level or above.
    pub fn sections(&self, fits: impl Fn(&str) -> bool) -> Vec<(usize, Span)> {
        let all = &self.outline.headings;
        let found = all.iter().enumerate().filter(|it| fits(&it.1.text.to_lowercase()));
        let section = |(at, it): (usize, &markdown::Heading)| {
            let next = all[at + 1..].iter().find(|next| next.level <= it.level);
            let end = next.map_or(self.text.len(), |next| next.span.start);
            (it.span.start, Span::new(it.span.end, end))
        };
        found.map(section).collect()
    }

    /// Returns the lines of fenced code within a span that are neither empty nor comments.
    pub fn commands(&self, within: Span) -> Vec<Span> {
        let first = self.outline.opaque.partition_point(|it| it.start < within.start);
        let own = self.outline.opaque[first..].iter().take_while(|it| it.start < within.end);
        let fenced = own.filter(|it| {
            let code = it.of(&self.text);
            code.starts_with("```") || code.starts_with("~~~")
        });
        let inner = fenced.flat_map(|it| lines(&self.text, *it).skip(1));
        let is_command = |it: &Span| {
            let line = it.of(&self.text).trim();
            !line.is_empty()
                && !line.starts_with('#')
                && !line.starts_with("```")
                && !line.starts_with("~~~")
        };
        inner.filter(is_command).collect()
    }

    /// Returns the lines of a span that are prose or lists.
    pub fn prose(&self, within: Span) -> impl Iterator<Item = Span> + '_ {
        let is_opaque = move |line: &Span| {
            let at = self.outline.opaque.partition_point(|it| it.end <= line.start);
            self.outline.opaque.get(at).is_some_and(|it| it.start < line.end)
        };
        lines(&self.text, within).filter(move |it| !is_opaque(it))
    }

    /// Returns the rows of all tables.
    pub fn rows(&self) -> Vec<Vec<Span>> {
        self.outline.tables.iter().flat_map(|it| it.rows.clone()).collect()
    }

    pub fn of(&self, span: Span) -> &str {
        span.of(&self.text)
    }

    /// Returns what the report is about; `None` when it is no report of a deployment.
    pub fn about(&self) -> Option<About> {
        let name = self.source.path.rsplit('/').next().unwrap_or_default().to_lowercase();
        let is_report = name.ends_with("ship-report.md") || name == "ship-summary.md";
        if !is_report {
            return None;
        }
        if name.contains("staging") {
            return Some(About::Staging);
        }
        if name.contains("production") || name == "ship-report.md" || name.starts_with("final") {
            return Some(About::Production);
        }
        let first = self.outline.headings.first().map(|it| it.text.to_lowercase());
        let staging = first.is_some_and(|it| it.contains("staging") && !it.contains("production"));
        Some(if staging { About::Staging } else { About::Production })
    }
}

/// Turns fences that were escaped on their way through a shell into fences, byte for byte.
fn unescaped(text: &str) -> Cow<'_, str> {
    static ESCAPED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^([ \t]*)\\`\\`\\`").expect("it is a constant"));
    ESCAPED.replace_all(text, "$1```   ")
}

fn field(line: &str, at: usize) -> Option<Field> {
    let rest = line.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
    // The list marker may have been the bold mark.
    let bold = line.trim_start().strip_prefix("**").or_else(|| rest.strip_prefix("**"));
    let Some(bold) = bold else { return plain_field(rest, at) };
    let (name, value) = bold.split_once("**")?;
    let value = match (name.strip_suffix(':'), value.trim_start().strip_prefix(':')) {
        (Some(_), _) => value,
        (None, Some(it)) => it,
        (None, None) => return None,
    };
    let name = name.trim().trim_end_matches(':').to_lowercase();
    let value = value.trim().trim_matches('`').trim();
    (name.chars().count() <= 40).then(|| Field { name, value: value.to_owned(), at })
}

/// Agents leave the bold out: `Status: Deployed to production`. In prose, these words come with more before
/// the colon.
fn plain_field(line: &str, at: usize) -> Option<Field> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim().to_lowercase();
    let value = value.trim().trim_matches('`').trim();
    ["status", "version"].contains(&name.as_str()).then(|| Field {
        name,
        value: value.to_owned(),
        at,
    })
}

/// Says whether a template left something open: `$(date)`, `[VERSION]`, `<sha>`, `{{…}}`.
pub fn is_open(text: &str) -> bool {
    static OPEN: LazyLock<Regex> = LazyLock::new(|| {
        let open = r"\$\(|\$\{|\{\{|\[[A-Z][A-Z0-9_ -]+\]|<[a-zA-Z][a-zA-Z0-9_ -]*>|(?-u:\b)(?:TBD|TODO)(?-u:\b)|\[not found\]|(?i-u:extraction failed)|^(?i-u:see logs|n/a|unknown|null|none)$";
        Regex::new(open).expect("it is a constant")
    });
    text.is_empty() || OPEN.is_match(text)
}

/// Reads a time as reports have it: RFC 3339, `2026-11-23 04:31[:15] [UTC]`, or a day (00:00 UTC).
pub fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_matches(['`', '"', '\'']).trim_end_matches("UTC").trim_end();
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    let spaced = || {
        let (day, clock) = text.split_once([' ', 'T'])?;
        let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
        Timestamp::parse(&format!("{day}T{clock}{seconds}Z"))
    };
    Timestamp::parse(text).or_else(day).or_else(spaced).filter(|it| it.0 > 0)
}

/// Returns the version in a text that is one: `v1.2.3`, `1.2.3-rc.1`; decoration around it is dropped.
pub fn version(text: &str) -> Option<String> {
    static VERSION: LazyLock<Regex> = LazyLock::new(|| {
        let form = r"^(?:Release )?(v?[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:[-+][0-9A-Za-z.-]+)?)(?:$|[ \t\r\n*_`,(;)])";
        Regex::new(form).expect("it is a constant")
    });
    let text = text.trim_matches(|it: char| "*_`\"' ".contains(it));
    VERSION.captures(text).map(|it| it[1].to_owned())
}

/// Returns the commit in a text that is one: 7 to 64 hexadecimal digits.
pub fn commit(text: &str) -> Option<String> {
    let first = text.split([' ', ',', '(']).next()?.trim_matches(['`', '"', '\'']);
    let digits = first.bytes().all(|it| it.is_ascii_hexdigit());
    ((7..=64).contains(&first.len()) && digits).then(|| first.to_ascii_lowercase())
}

/// Returns the run in a text: `123`, `#123`, `promote.yml (#123)`, `https://…/runs/123`.
pub fn run(text: &str) -> Option<String> {
    static RUN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|#|/runs/)([0-9]{1,20})(?:[^0-9]|$)").expect("it is a constant")
    });
    RUN.captures(text.trim().trim_matches(['`', '"', '\''])).map(|it| it[1].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_lines_and_open_ones_are_none() {
        let text = "- **Date**: 2026-11-12\n**Version:** `v1.4.0`\n* **Run ID** : 7\n**Commit**: <sha>\n\n> **Status**: SHIPPED\n\n```\n**Status**: SHIPPED\n```\n";
        let source = Source { path: "ship-report.md".to_owned(), text: text.to_owned() };
        let report = Report::new(&source);
        let names: Vec<&str> = report.fields().iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["date", "version", "run id"]);
        assert_eq!(report.field(&["version"]).unwrap().value, "v1.4.0");
        assert!(report.field(&["commit"]).is_none());
        assert_eq!(report.time().unwrap().to_string(), "2026-11-12T00:00:00Z");
    }

    #[test]
    fn times_of_reports() {
        for (text, expected) in [
            ("2026-11-12T18:31:00+01:00", Some("2026-11-12T17:31:00Z")),
            ("2026-11-12 18:31", Some("2026-11-12T18:31:00Z")),
            ("2026-11-12 18:31:05 UTC", Some("2026-11-12T18:31:05Z")),
            ("`2026-11-12`", Some("2026-11-12T00:00:00Z")),
            ("$(date -u)", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(time(text).map(|it| it.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn versions_commits_and_runs() {
        assert_eq!(version("**v1.2.3** (hotfix)").as_deref(), Some("v1.2.3"));
        assert_eq!(version("Release 2.0.0-rc.1").as_deref(), Some("2.0.0-rc.1"));
        assert_eq!(version("<=>3"), None);
        assert_eq!(version("banana"), None);
        assert_eq!(commit("`ABCDEF0` (main)").as_deref(), Some("abcdef0"));
        assert_eq!(commit("abc"), None);
        assert_eq!(run("promote.yml (#9001)").as_deref(), Some("9001"));
        assert_eq!(run("https://ci.example.com/actions/runs/42").as_deref(), Some("42"));
        assert_eq!(run("see logs"), None);
    }
}
