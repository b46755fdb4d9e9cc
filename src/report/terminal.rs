//! The report as text for a terminal: at 80 columns and wider, colour as styles that the stream takes out.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::event::Outcome;
use crate::metric::verdict::Verdict;
use crate::report::{Deploy, Metric, Report, minute, percent};
use crate::text::plural;
use crate::text::style::{BOLD, DIM, GREEN, RED, RESET, YELLOW, cut};

/// The narrowest output that the tables are made for.
const NARROWEST: usize = 60;
/// How many rows a list shows; the other formats have all of them.
const ROWS: usize = 15;
/// From this width on, everything stands in one line.
const WIDE: usize = 110;
/// No column is cut to less.
const COLUMN: usize = 8;
/// How many periods a sparkline shows, the newest.
const SPARKS: usize = 12;
/// How many deployments a strip shows, the newest.
const STRIP: usize = 40;

const PLAIN: Style = Style::new();

/// A cell and how it looks.
struct Cell(String, Style);

/// A row of a table, and what stands under it where the table is too narrow for it.
struct Row {
    cells: Vec<Cell>,
    below: String,
}

/// Returns the report in lines of at most `width` columns.
pub fn render(report: &Report, width: usize) -> String {
    let mut page =
        Page { text: String::new(), width: width.max(NARROWEST), several: report.is_of_several() };
    page.line(&report.title(), BOLD);
    page.line(&format!("{}, {}", minute(report.made), report.summary()), DIM);
    page.pitfalls(report);
    page.shared(report);
    page.metrics(report);
    page.deployments(report);
    page.preventions(report);
    page.stale(report);
    page.text
}

impl From<Vec<Cell>> for Row {
    fn from(cells: Vec<Cell>) -> Self {
        Self { cells, below: String::new() }
    }
}

struct Page {
    text: String,
    width: usize,
    several: bool,
}

impl Page {
    fn line(&mut self, text: &str, style: Style) {
        let text = wrapped(text, self.width);
        let _ = writeln!(self.text, "{}", styled(&text, style));
    }

    fn section(&mut self, title: &str, note: &str) {
        let note = cut(note, self.width.saturating_sub(title.width() + 2));
        let _ = writeln!(self.text, "\n{}  {}", styled(title, BOLD), styled(&note, DIM));
    }

    /// Writes rows under their heads, each column as wide as its widest cell; where they do not fit, the widest
    /// of the columns named by `soft` are cut.
    fn table(&mut self, heads: &[&str], soft: &[&str], rows: Vec<Row>) {
        let widest = |at: usize| rows.iter().map(|it| it.cells[at].0.width()).max().unwrap_or(0);
        // A column that no row fills is left out.
        let used: Vec<usize> = (0..heads.len()).filter(|it| widest(*it) > 0).collect();
        let mut widths: Vec<usize> =
            used.iter().map(|it| widest(*it).max(heads[*it].width())).collect();
        while widths.iter().map(|it| it + 2).sum::<usize>() > self.width {
            let can = |it: &usize| soft.contains(&heads[used[*it]]) && widths[*it] > COLUMN;
            let Some(at) = (0..used.len()).filter(can).max_by_key(|it| widths[*it]) else { break };
            widths[at] -= 1;
        }
        let head = heads.iter().map(|it| Cell((*it).to_owned(), DIM)).collect();
        let has_heads = used.iter().any(|it| !heads[*it].is_empty());
        let head = has_heads.then_some(Row { cells: head, below: String::new() });
        for row in head.into_iter().chain(rows) {
            let mut pad = 2;
            for (at, width) in used.iter().zip(&widths) {
                let Cell(text, style) = &row.cells[*at];
                let text = cut(text, *width);
                if !text.is_empty() {
                    let _ = write!(self.text, "{}{}", " ".repeat(pad), styled(&text, *style));
                    pad = 0;
                }
                pad += width - text.width() + 2;
            }
            self.text.push('\n');
            if !row.below.is_empty() {
                let below = cut(&row.below, self.width - 4);
                let _ = writeln!(self.text, "    {}", styled(&below, DIM));
            }
        }
    }

    fn more(&mut self, all: usize, shown: usize) {
        if all > shown {
            self.line(&format!("  … and {} more: --html, --json", all - shown), DIM);
        }
    }

    /// Returns a cell of a column that only wide output has.
    fn spare(&self, text: String, style: Style) -> Cell {
        Cell(if self.width < WIDE { String::new() } else { text }, style)
    }

    /// Returns what stands below a row where the output is not wide.
    fn below(&self, text: String) -> String {
        if self.width < WIDE { text } else { String::new() }
    }

    fn repository(&self, name: &str) -> Cell {
        Cell(if self.several { name.to_owned() } else { String::new() }, PLAIN)
    }

    fn pitfalls(&mut self, report: &Report) {
        let periods = report.periods.len().min(SPARKS);
        self.section(
            "Pitfalls",
            &format!(
                "n={}, trend over {}",
                report.totals.occurrences,
                plural(periods, report.step.word())
            ),
        );
        if report.pitfalls.is_empty() {
            return self.line("  none was met", DIM);
        }
        let most = report.pitfalls.iter().map(|it| it.count).max().unwrap_or(1);
        let rows = report.pitfalls.iter().take(ROWS).map(|it| {
            let again = if it.recurred { " (again)" } else { "" };
            Row::from(vec![
                Cell(format!("{:>4}", it.count), BOLD),
                Cell(format!("{:>5}", percent(it.share)), PLAIN),
                Cell(format!("{:>4}", percent(it.cumulative)), DIM),
                self.spare(bar(it.count, most), PLAIN),
                Cell(format!("{}{again}", it.id), if it.recurred { YELLOW } else { PLAIN }),
                self.repository(&it.repository),
                Cell(spark(&it.series), GREEN),
                Cell(it.last_seen.clone().unwrap_or_else(|| "-".to_owned()), PLAIN),
                self.spare(it.cause.clone().unwrap_or_default(), DIM),
            ])
        });
        let rows = rows.collect();
        let heads =
            ["seen", "share", "sum", "", "pitfall", "repository", "trend", "last", "latest cause"];
        self.table(&heads, &["pitfall", "repository", "latest cause"], rows);
        self.more(report.pitfalls.len(), ROWS);
    }

    fn shared(&mut self, report: &Report) {
        if report.shared.is_empty() {
            return;
        }
        self.section("In several repositories", "by id");
        let rows = report.shared.iter().take(ROWS).map(|it| {
            Row::from(vec![
                Cell(format!("{:>4}", it.count), BOLD),
                Cell(it.id.clone(), PLAIN),
                Cell(it.repositories.join(", "), DIM),
            ])
        });
        let rows = rows.collect();
        self.table(&["seen", "pitfall", "repositories"], &["pitfall", "repositories"], rows);
        self.more(report.shared.len(), ROWS);
    }

    fn metrics(&mut self, report: &Report) {
        let measured: Vec<&Metric> =
            report.metrics.iter().filter(|it| it.means.is_some()).collect();
        let note = format!("{} of {} have data", measured.len(), report.metrics.len());
        self.section("Metrics", &note);
        if measured.is_empty() {
            return self.line("  nothing is measured: `learn deploy`, `learn measure`", DIM);
        }
        let rows = measured.iter().map(|it| {
            let (word, style) = verdict(it);
            let cells = vec![
                Cell(name(it), PLAIN),
                self.repository(&it.repository),
                Cell(it.target.clone(), PLAIN),
                self.spare(it.current.clone(), BOLD),
                Cell(word.to_owned(), style),
                self.spare(it.trend.clone(), PLAIN),
                Cell(course(it), GREEN),
                Cell(format!("{:>3}", it.n), DIM),
            ];
            Row { cells, below: self.below(format!("{}; {}", it.current, it.trend)) }
        });
        let rows = rows.collect();
        let heads =
            ["metric", "repository", "target", "current", "verdict", "trend", "course", "n"];
        self.table(&heads, &["metric", "repository", "target", "current", "trend"], rows);
    }

    fn deployments(&mut self, report: &Report) {
        let all = &report.deployments;
        self.section("Deployments", "oldest left, newest right; then the newest ones");
        if all.is_empty() {
            return self.line("  none is recorded: `learn deploy`, `learn import`", DIM);
        }
        let mut places: Vec<(&str, &str)> = all.iter().map(place).collect();
        places.sort_unstable();
        places.dedup();
        let strip = STRIP.min(self.width / 2);
        let rows = places.iter().map(|it| {
            let own: Vec<&Deploy> = all.iter().filter(|d| place(d) == *it).collect();
            let skipped = own.len().saturating_sub(strip);
            let marks: String = own[skipped..].iter().map(|it| mark(it).0).collect();
            Row::from(vec![
                self.repository(it.0),
                Cell(it.1.to_owned(), PLAIN),
                Cell(marks, PLAIN),
                Cell(format!("n={}", own.len()), DIM),
            ])
        });
        let rows = rows.collect();
        self.table(&["", "", "", ""], &[""], rows);
        self.line("  ● succeeded, ◐ with trouble after it, ✕ failed, ○ blocked or unknown", DIM);
        let rows = all.iter().rev().take(ROWS).map(|it| {
            let (sign, style) = mark(it);
            Row::from(vec![
                Cell(minute(it.start), PLAIN),
                Cell(format!("{sign} {}", it.outcome.word()), style),
                Cell(it.name.clone(), BOLD),
                Cell(it.service.clone().unwrap_or_default(), PLAIN),
                self.repository(&it.repository),
                Cell(it.seconds.map(super::duration).unwrap_or_default(), PLAIN),
                Cell(it.aftermath(), YELLOW),
            ])
        });
        let rows = rows.collect();
        let heads = ["started (UTC)", "outcome", "what", "service", "repository", "took", "then"];
        self.table(&heads, &["what", "service", "repository", "then"], rows);
        self.more(all.len(), ROWS);
    }

    fn preventions(&mut self, report: &Report) {
        let all = &report.preventions;
        self.section("Preventions", "occurrences before and after; counts, not proof");
        if all.is_empty() {
            return self.line("  none was adopted: `learn adopt PITFALL --prevention TEXT`", DIM);
        }
        let rows = all.iter().take(ROWS).map(|it| {
            let word = if it.recurred() { "met again" } else { "" };
            let cells = vec![
                Cell(it.at.date(), PLAIN),
                self.spare(it.kind.words().to_owned(), PLAIN),
                Cell(it.pitfall.clone(), PLAIN),
                self.repository(&it.repository),
                Cell(format!("{} in {} d", it.before, it.days_before), PLAIN),
                Cell(format!("{} in {} d", it.after, it.days_after), BOLD),
                Cell(word.to_owned(), RED),
                self.spare(it.text.clone(), DIM),
            ];
            Row { cells, below: self.below(format!("{} {}", it.kind.words(), it.text)) }
        });
        let rows = rows.collect();
        let heads = ["since", "what", "pitfall", "repository", "before", "after", "", "prevention"];
        self.table(&heads, &["pitfall", "repository", "prevention"], rows);
        self.more(all.len(), ROWS);
    }

    fn stale(&mut self, report: &Report) {
        let all = &report.stale;
        let note = format!("{} days or more, or never confirmed", report.stale_days);
        self.section("Stale lessons", &note);
        if all.is_empty() {
            return self.line("  none", DIM);
        }
        let rows = all.iter().take(ROWS).map(|it| {
            let days = it.days.map(|it| format!("{it} d")).unwrap_or_default();
            Row::from(vec![
                Cell(it.pitfall.clone(), PLAIN),
                self.repository(&it.repository),
                Cell(it.why.words().to_owned(), YELLOW),
                Cell(it.since.clone().unwrap_or_default(), PLAIN),
                Cell(format!("{days:>6}"), PLAIN),
                Cell(format!("{:>4}", it.count), PLAIN),
                Cell(format!("{:>9}", it.proposals), PLAIN),
            ])
        });
        let rows = rows.collect();
        let heads = ["pitfall", "repository", "why", "since", "for", "seen", "proposals"];
        self.table(&heads, &["pitfall", "repository"], rows);
        self.more(all.len(), ROWS);
    }
}

fn styled(text: &str, style: Style) -> String {
    if style == PLAIN { text.to_owned() } else { format!("{style}{text}{RESET}") }
}

/// Breaks a line at spaces; the lines after the first are indented.
fn wrapped(text: &str, width: usize) -> String {
    let (head, rest) = text.split_at(text.len() - text.trim_start().len());
    let mut res = head.to_owned();
    let mut at = head.width();
    for word in rest.split(' ').filter(|it| !it.is_empty()) {
        if at > head.width() && at + 1 + word.width() > width {
            res.push_str("\n  ");
            at = 2;
        } else if at > head.width() {
            res.push(' ');
            at += 1;
        }
        res.push_str(word);
        at += word.width();
    }
    res
}

fn name(it: &Metric) -> String {
    if it.service.is_empty() { it.name.clone() } else { format!("{}: {}", it.service, it.name) }
}

fn verdict(it: &Metric) -> (&'static str, Style) {
    match it.verdict {
        Some(Verdict::Met) => ("met", GREEN),
        Some(Verdict::Missed) => ("missed", RED),
        Some(Verdict::TooFew) => ("too few", YELLOW),
        None => ("", PLAIN),
    }
}

fn place(it: &Deploy) -> (&str, &str) {
    (&it.repository, it.service.as_deref().unwrap_or_default())
}

fn mark(it: &Deploy) -> (char, Style) {
    match it.outcome {
        Outcome::Succeeded if it.rolled_back || it.incident => ('◐', YELLOW),
        Outcome::Succeeded => ('●', GREEN),
        Outcome::Failed => ('✕', RED),
        _ => ('○', DIM),
    }
}

/// Returns a bar of at most eight columns, in eighths.
fn bar(count: u64, most: u64) -> String {
    let eighths = (count * 64).div_ceil(most.max(1)) as usize;
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{part}", "█".repeat(eighths / 8))
}

/// Returns the newest numbers as a line of bars, the largest full height; 0 is a dot.
fn spark(series: &[u64]) -> String {
    let newest = &series[series.len().saturating_sub(SPARKS)..];
    let most = newest.iter().copied().max().unwrap_or(0).max(1);
    newest
        .iter()
        .map(|it| if *it == 0 { '·' } else { level((it * 8).div_ceil(most) - 1) })
        .collect()
}

/// Returns the newest values of a chart between their smallest and largest.
fn course(it: &Metric) -> String {
    let Some(chart) = &it.chart else { return String::new() };
    let newest = &chart.points[chart.points.len().saturating_sub(SPARKS)..];
    let low = newest.iter().map(|it| it.value).fold(f64::INFINITY, f64::min);
    let high = newest.iter().map(|it| it.value).fold(f64::NEG_INFINITY, f64::max);
    let height = |value: f64| {
        if high > low { ((value - low) / (high - low) * 7.0).round() as u64 } else { 3 }
    };
    newest.iter().map(|it| level(height(it.value))).collect()
}

fn level(eighth: u64) -> char {
    ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][eighth.min(7) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_sparks_have_the_length_of_their_numbers() {
        assert_eq!([bar(8, 8), bar(4, 8), bar(1, 64), bar(0, 8)], ["████████", "████", "▏", ""]);
        assert_eq!(spark(&[0, 1, 4, 8]), "·▁▄█");
        assert_eq!(spark(&[]), "");
        assert_eq!(spark(&[5; 20]), "█".repeat(SPARKS));
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrapped("one two three", 8), "one two\n  three");
        assert_eq!(wrapped("  one two", 80), "  one two");
        assert_eq!(wrapped("much-too-long", 4), "much-too-long");
    }
}
