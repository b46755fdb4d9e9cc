//! The report as Markdown with tables, for a pull request or the summary of a CI run.

use std::fmt::Write;

use crate::clean::escape_markdown;
use crate::report::{Report, duration, minute, percent};

/// How many rows a table has at most; forges cut long comments.
const ROWS: usize = 25;

pub fn render(report: &Report) -> String {
    let mut res = format!("# {}\n\n", escape_markdown(&report.title()));
    let _ = writeln!(res, "{} (UTC): {}.", minute(report.made), report.summary());
    let several = report.is_of_several();
    let place = |repository: &str, name: &str| {
        if several { format!("{repository}: {name}") } else { name.to_owned() }
    };

    let rows = report.pitfalls.iter().map(|it| {
        let again = if it.recurred { ", again after a prevention" } else { "" };
        [
            it.count.to_string(),
            format!("{} (sum {})", percent(it.share), percent(it.cumulative)),
            place(&it.repository, &it.id),
            format!("{}{again}", it.last_seen.as_deref().unwrap_or("-")),
            it.cause.clone().unwrap_or_default(),
        ]
    });
    let heads = ["Seen", "Share", "Pitfall", "Last", "Latest cause"];
    table(&mut res, &format!("Pitfalls (n={})", report.totals.occurrences), heads, rows);

    let rows = report
        .shared
        .iter()
        .map(|it| [it.count.to_string(), it.id.clone(), it.repositories.join(", ")]);
    table(&mut res, "In several repositories", ["Seen", "Pitfall", "Repositories"], rows);

    let measured = report.metrics.iter().filter(|it| it.means.is_some());
    let rows = measured.map(|it| {
        let service = if it.service.is_empty() { "" } else { " of " };
        [
            place(&it.repository, &format!("{}{service}{}", it.name, it.service)),
            it.target.clone(),
            it.current.clone(),
            it.verdict.map(|it| it.to_string()).unwrap_or_default(),
            it.trend.clone(),
            it.n.to_string(),
        ]
    });
    let heads = ["Metric", "Target", "Current", "Verdict", "Trend", "n"];
    table(&mut res, "Metrics", heads, rows);

    let rows = report.deployments.iter().rev().map(|it| {
        let service = it.service.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
        [
            minute(it.start),
            place(&it.repository, &format!("{}{service}", it.name)),
            it.outcome.word().to_owned(),
            it.seconds.map(duration).unwrap_or_default(),
            it.aftermath(),
        ]
    });
    let heads = ["Started (UTC)", "Deployment", "Outcome", "Took", "Then"];
    table(&mut res, &format!("Deployments (n={})", report.totals.deployments), heads, rows);

    let rows = report.preventions.iter().map(|it| {
        [
            it.at.date(),
            place(&it.repository, &it.pitfall),
            format!("{} {}", it.kind.words(), it.text),
            format!("{} in {} days", it.before, it.days_before),
            format!("{} in {} days", it.after, it.days_after),
            if it.recurred() { "yes" } else { "no" }.to_owned(),
        ]
    });
    let heads = ["Since", "Pitfall", "Prevention", "Before", "After", "Met again"];
    table(&mut res, "Preventions (counts, not proof)", heads, rows);

    let rows = report.stale.iter().map(|it| {
        let days = it.days.map(|it| format!("{it} days")).unwrap_or_default();
        [
            place(&it.repository, &it.pitfall),
            it.why.words().to_owned(),
            it.since.clone().unwrap_or_default(),
            days,
            it.count.to_string(),
        ]
    });
    let title = format!("Stale lessons ({} days or more, or never confirmed)", report.stale_days);
    table(&mut res, &title, ["Pitfall", "Why", "Since", "For", "Seen"], rows);
    res
}

/// Adds a section with a table; nothing where there are no rows.
fn table<const N: usize>(
    res: &mut String,
    title: &str,
    heads: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let rows: Vec<[String; N]> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(res, "\n## {title}\n\n| {} |\n|{}", heads.join(" | "), " --- |".repeat(N));
    for row in rows.iter().take(ROWS) {
        let cells: Vec<String> = row.iter().map(|it| escape_markdown(it)).collect();
        let _ = writeln!(res, "| {} |", cells.join(" | "));
    }
    if rows.len() > ROWS {
        let _ = writeln!(res, "\n… and {} more.", rows.len() - ROWS);
    }
}
