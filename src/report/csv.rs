//! The report as CSV, one number a line: made for pivot tables and data frames, which add columns by
//! themselves. RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in front.

use anyhow::{Context, Result};

use crate::report::{Report, Unit};

const HEADS: [&str; 9] =
    ["repository", "skill", "kind", "name", "measure", "at", "value", "unit", "n"];

/// # Errors
/// When a line cannot be put together.
pub fn render(report: &Report) -> Result<String> {
    let mut lines = Lines(csv::Writer::from_writer(Vec::new()));
    lines.0.write_record(HEADS)?;
    for it in &report.pitfalls {
        let own = [&it.repository, &it.skill, "pitfall", &it.id];
        let last = it.last_seen.as_deref().unwrap_or_default();
        lines.add(own, "count", last, it.count.to_string(), "occurrences", it.count)?;
        lines.add(own, "share", last, it.share.to_string(), "ratio", it.count)?;
        lines.add(own, "cumulative-share", last, it.cumulative.to_string(), "ratio", it.count)?;
        for (period, count) in report.periods.iter().zip(&it.series) {
            let measure = format!("count-per-{}", report.step.word());
            lines.add(own, &measure, period, count.to_string(), "occurrences", *count)?;
        }
    }
    for it in &report.metrics {
        let name = if it.service.is_empty() {
            it.name.clone()
        } else {
            format!("{} of {}", it.name, it.service)
        };
        let own = [&it.repository, &it.skill, "metric", &name];
        let n = it.n as u64;
        if let Some(chart) = &it.chart {
            let unit = chart.unit.word();
            lines.add(own, "current", "", chart.current.to_string(), unit, n)?;
            for it in chart.targets.iter() {
                lines.add(own, "target", "", it.to_string(), unit, n)?;
            }
            for it in &chart.points {
                lines.add(own, "value", &it.at.to_string(), it.value.to_string(), unit, it.n)?;
            }
        }
        if let Some(verdict) = it.verdict {
            lines.add(own, "verdict", "", verdict.to_string(), "", n)?;
        }
    }
    for it in &report.deployments {
        let name = match &it.service {
            Some(service) => format!("{} of {service}", it.name),
            None => it.name.clone(),
        };
        let own = [&it.repository, &it.skill, "deployment", &name];
        let at = it.start.to_string();
        lines.add(own, "outcome", &at, it.outcome.word().to_owned(), "", 1)?;
        for (measure, value) in [("duration", it.seconds), ("recovery-time", it.recovered_s)] {
            if let Some(value) = value {
                lines.add(own, measure, &at, value.to_string(), "seconds", 1)?;
            }
        }
    }
    for it in &report.preventions {
        let own = [&it.repository, &it.skill, "prevention", &it.pitfall];
        let at = it.at.to_string();
        for (measure, count, days) in [
            ("occurrences-before", it.before, it.days_before),
            ("occurrences-after", it.after, it.days_after),
        ] {
            let unit = format!("in {days} days");
            lines.add(own, measure, &at, count.to_string(), &unit, count as u64)?;
        }
    }
    for it in &report.stale {
        let own = [&it.repository, &it.skill, "stale", &it.pitfall];
        let days = it.days.map(|it| it.to_string()).unwrap_or_default();
        let since = it.since.as_deref().unwrap_or_default();
        lines.add(own, it.why.word(), since, days, "days", it.count)?;
    }
    let bytes = lines.0.into_inner().context("the lines are kept in memory")?;
    Ok(String::from_utf8(bytes)?)
}

struct Lines(csv::Writer<Vec<u8>>);

impl Lines {
    /// Adds a line; `own` is repository, skill, kind and name.
    fn add(
        &mut self,
        own: [&str; 4],
        measure: &str,
        at: &str,
        value: String,
        unit: &str,
        n: u64,
    ) -> csv::Result<()> {
        let n = n.to_string();
        let own = own.map(inert);
        let [repository, skill, kind, name] = &own;
        self.0.write_record([repository, skill, kind, name, measure, at, &value, unit, &n])
    }
}

/// Spreadsheets run cells that begin like a formula, <https://owasp.org/www-community/attacks/CSV_Injection>.
fn inert(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{text}", if runs { "'" } else { "" })
}

impl Unit {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Seconds => "seconds",
            Self::Number => "",
        }
    }
}
