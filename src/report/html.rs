//! The report as one page that needs nothing but itself: no request, no script but its own, readable
//! without it.
//!
//! Texts of users pass through `maud`, which escapes what it is given; nothing in here makes a link or an
//! attribute that runs of them. A policy in the page names its style and its script by their checksums, so
//! that a browser would refuse anything else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::event::Outcome;
use crate::metric::verdict::Verdict;
use crate::report::{Deploy, Metric, PreventionKind, Report, duration, minute, percent};
use crate::text::plural;

mod figures;

/// The second line of a page, by which this program knows its own.
pub const MARK: &str = "<!-- learn report -->";

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
/// How many bars and strips a figure has; the table under it has all rows.
const FIGURE_ROWS: usize = 12;

/// Returns the page.
pub fn render(report: &Report) -> String {
    let several = report.is_of_several();
    let page = html! {
        (DOCTYPE) "\n" (PreEscaped(MARK)) "\n"
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (report.title()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (report.title()) }
                    p.lead {
                        "As of " time datetime=(report.made) { (minute(report.made)) " UTC" }
                        @if let Some(since) = report.since { ", since " (since.date()) }
                        @if several { " · " (report.repositories.join(", ")) }
                    }
                    (tiles(report))
                    nav aria-label="Sections" {
                        a href="#pitfalls" { "Pitfalls" }
                        a href="#metrics" { "Metrics" }
                        a href="#deployments" { "Deployments" }
                        a href="#preventions" { "Preventions" }
                        a href="#stale" { "Stale lessons" }
                    }
                }
                main {
                    (pitfalls(report, several))
                    (metrics(report, several))
                    (deployments(report, several))
                    (preventions(report, several))
                    (stale(report, several))
                }
                footer {
                    p { "Made by " code { "learn report" } " " (env!("CARGO_PKG_VERSION"))
                        ". All times are UTC. Counts show what happened, not why." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Returns the Content-Security-Policy: nothing is loaded, one style and one script are allowed.
fn policy() -> String {
    let hash = |it: &str| BASE64_STANDARD.encode(Sha256::digest(it.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn tiles(report: &Report) -> Markup {
    let it = &report.totals;
    let again = report.preventions.iter().filter(|it| it.recurred()).count();
    let missed = report.metrics.iter().filter(|it| it.verdict == Some(Verdict::Missed)).count();
    let judged = report.metrics.iter().filter(|it| it.verdict.is_some()).count();
    let tile = |number: String, what: &str, note: String, bad: bool| {
        html! {
            li.bad[bad] { span.number { (number) } span.what { (what) } span.note { (note) } }
        }
    };
    html! {
        ul.tiles {
            (tile(it.occurrences.to_string(), "occurrences", format!("of {} pitfalls", report.pitfalls.len()), false))
            (tile(it.deployments.to_string(), "deployments", format!("{} succeeded, {} failed", it.succeeded, it.failed), false))
            (tile(missed.to_string(), "targets missed", format!("of {judged} with data"), missed > 0))
            (tile(again.to_string(), "met again", "after a prevention".to_owned(), again > 0))
            (tile(it.open.to_string(), "not mended", "failed deployments".to_owned(), it.open > 0))
        }
    }
}

fn pitfalls(report: &Report, several: bool) -> Markup {
    let n = report.totals.occurrences;
    html! {
        section #pitfalls aria-labelledby="pitfalls-title" {
            h2 #pitfalls-title { "Pitfalls" small { "n=" (n) } }
            @if report.pitfalls.is_empty() { p.none { "None was met." } } @else {
                figure {
                    div.scroll { (figures::pareto(report, FIGURE_ROWS)) }
                    figcaption {
                        "Occurrences of each pitfall (bars) and their cumulative share (line), n=" (n)
                        @if report.pitfalls.len() > FIGURE_ROWS { "; the " (FIGURE_ROWS) " most frequent" } "."
                    }
                }
                div.scroll { table {
                    caption { "All pitfalls; the trend has one bar for each of the last " (plural(report.periods.len(), report.step.word())) "." }
                    thead { tr {
                        th.r scope="col" { "Seen" } th.r scope="col" { "Share" } th.r scope="col" { "Sum" }
                        th scope="col" { "Pitfall" }
                        @if several { th scope="col" { "Repository" } }
                        th scope="col" { "Impact" } th.fixed scope="col" { "Trend" }
                        th scope="col" { "Last" } th scope="col" { "Latest cause" }
                    } }
                    tbody { @for it in &report.pitfalls { tr {
                        td.r { (it.count) } td.r { (percent(it.share)) } td.r { (percent(it.cumulative)) }
                        th scope="row" {
                            (it.id)
                            @if it.recurred { " " span.badge.bad { "met again" } }
                            @if !it.title.is_empty() && it.title != it.id { span.sub { (it.title) } }
                        }
                        @if several { td { (it.repository) } }
                        td data-sort=(it.impact as u8) { (it.impact.word()) }
                        td { (figures::spark(it, report)) span.sub { "n=" (it.dated) } }
                        td.day { (it.last_seen.as_deref().unwrap_or("-")) }
                        td.text { (it.cause.as_deref().unwrap_or_default()) }
                    } } }
                } }
                @if !report.shared.is_empty() { (shared(report)) }
            }
        }
    }
}

fn shared(report: &Report) -> Markup {
    html! {
        h3 { "In several repositories" }
        div.scroll { table.compact {
            thead { tr { th.r scope="col" { "Seen" } th scope="col" { "Pitfall" } th scope="col" { "Repositories" } } }
            tbody { @for it in &report.shared { tr {
                td.r { (it.count) } th scope="row" { (it.id) } td.text { (it.repositories.join(", ")) }
            } } }
        } }
    }
}

fn badge(verdict: Option<Verdict>) -> Markup {
    html! { @match verdict {
        Some(Verdict::Met) => span.badge.good { "met" },
        Some(Verdict::Missed) => span.badge.bad { "missed" },
        Some(Verdict::TooFew) => span.badge { "too few to tell" },
        None => "",
    } }
}

fn full_name(it: &Metric, several: bool) -> String {
    let service = if it.service.is_empty() { "" } else { ", " };
    let repository = if several { format!(" ({})", it.repository) } else { String::new() };
    format!("{}{service}{}{repository}", it.name, it.service)
}

fn metrics(report: &Report, several: bool) -> Markup {
    let measured: Vec<&Metric> = report.metrics.iter().filter(|it| it.means.is_some()).collect();
    html! {
        section #metrics aria-labelledby="metrics-title" {
            h2 #metrics-title { "Metrics" small { (measured.len()) " of " (report.metrics.len()) " have data" } }
            @if measured.is_empty() { p.none { "Nothing is measured." } } @else {
                div.cards { @for it in &measured {
                    @if let Some(chart) = it.chart.as_ref().filter(|it| it.points.len() > 1) {
                        figure.card {
                            h3 { (full_name(it, several)) " " (badge(it.verdict)) }
                            (figures::run_chart(&full_name(it, several), chart))
                            figcaption { (it.current) " · target " (it.target) " · n=" (it.n) }
                        }
                    }
                } }
                p.key { span.line.value { } " value " span.line.median { } " median " span.line.target { } " target" }
                div.scroll { table {
                    caption { "A verdict is given at 95 % confidence; n is the size of the window." }
                    thead { tr {
                        th scope="col" { "Metric" }
                        @if several { th scope="col" { "Repository" } }
                        th scope="col" { "Service" } th scope="col" { "Target" } th scope="col" { "Current" }
                        th scope="col" { "Verdict" } th scope="col" { "Trend" } th.r scope="col" { "n" }
                        th scope="col" { "Formula" }
                    } }
                    tbody { @for it in &report.metrics { tr {
                        th scope="row" { (it.name) }
                        @if several { td { (it.repository) } }
                        td { (it.service) } td.day { (it.target) }
                        td data-sort=[it.chart.as_ref().map(|it| it.current)] { (it.current) @if it.means.is_none() { "no data" } }
                        td { (badge(it.verdict)) } td { (it.trend) } td.r { (it.n) } td.text { (it.formula) }
                    } } }
                } }
            }
        }
    }
}

fn deployments(report: &Report, several: bool) -> Markup {
    let n = report.totals.deployments;
    html! {
        section #deployments aria-labelledby="deployments-title" {
            h2 #deployments-title { "Deployments" small { "n=" (n) } }
            @if report.deployments.is_empty() { p.none { "None is recorded." } } @else {
                figure {
                    div.scroll { (figures::timeline(report)) }
                    figcaption { "Each mark is a deployment, n=" (n) ". "
                        span.good { "●" } " succeeded, " span.warn { "▲" } " with trouble after it, "
                        span.bad { "✕" } " failed, ○ blocked or unknown." }
                }
                details open[n <= 40] {
                    summary { "All " (n) " deployments" }
                    div.scroll { table {
                        thead { tr {
                            th scope="col" { "Started (UTC)" } th scope="col" { "Deployment" }
                            @if several { th scope="col" { "Repository" } }
                            th scope="col" { "Service" } th scope="col" { "Environment" } th scope="col" { "Outcome" }
                            th.r scope="col" { "Took" } th scope="col" { "Then" }
                        } }
                        tbody { @for it in report.deployments.iter().rev() { tr {
                            td.day data-sort=(it.start.0) { (minute(it.start)) } th scope="row" { (it.name) }
                            @if several { td { (it.repository) } }
                            td { (it.service.as_deref().unwrap_or_default()) } td { (it.env) }
                            td { (outcome(it)) }
                            td.r.day data-sort=[it.seconds] { (it.seconds.map(duration).unwrap_or_default()) }
                            td.text { (it.aftermath()) }
                        } } }
                    } }
                }
            }
        }
    }
}

fn outcome(it: &Deploy) -> Markup {
    html! { @match it.outcome {
        Outcome::Succeeded if it.rolled_back || it.incident => span.badge.warn { "succeeded" },
        Outcome::Succeeded => span.badge.good { "succeeded" },
        Outcome::Failed => span.badge.bad { "failed" },
        other => span.badge { (other.word()) },
    } }
}

fn preventions(report: &Report, several: bool) -> Markup {
    let rate = |it: Option<f64>| it.map(|it| format!("{it:.1}")).unwrap_or_default();
    html! {
        section #preventions aria-labelledby="preventions-title" {
            h2 #preventions-title { "Preventions" small { "counts, not proof" } }
            @if report.preventions.is_empty() { p.none { "None was adopted." } } @else {
                figure {
                    div.scroll { (figures::effect(report, FIGURE_ROWS)) }
                    figcaption { "Each mark is an occurrence; the bar is the day of the prevention." }
                }
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Since" } th scope="col" { "Pitfall" }
                        @if several { th scope="col" { "Repository" } }
                        th scope="col" { "Prevention" } th.r scope="col" { "Before" } th.r scope="col" { "per 30 days" }
                        th.r scope="col" { "After" } th.r scope="col" { "per 30 days" } th scope="col" { "Met again" }
                    } }
                    tbody { @for it in &report.preventions { tr {
                        td.day { (it.at.date()) } th scope="row" { (it.pitfall) }
                        @if several { td { (it.repository) } }
                        td.text { @if it.kind == PreventionKind::Shown { em { "shown to agents" } } (it.text) }
                        td.r data-sort=(it.before) { (it.before) span.sub { (it.days_before) " days" } }
                        td.r { (rate(it.per_month().0)) }
                        td.r data-sort=(it.after) { (it.after) span.sub { (it.days_after) " days" } }
                        td.r { (rate(it.per_month().1)) }
                        td { @if it.recurred() { span.badge.bad { "met again" } } @else if it.is_adopted() { span.badge.good { "no" } } }
                    } } }
                } }
            }
        }
    }
}

fn stale(report: &Report, several: bool) -> Markup {
    html! {
        section #stale aria-labelledby="stale-title" {
            h2 #stale-title { "Stale lessons" small { (report.stale_days) " days or more, or never confirmed; n=" (report.stale.len()) } }
            @if report.stale.is_empty() { p.none { "None." } } @else {
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Pitfall" }
                        @if several { th scope="col" { "Repository" } }
                        th scope="col" { "Why" } th scope="col" { "Since" } th.r scope="col" { "Days" }
                        th.r scope="col" { "Seen" } th.r scope="col" { "Proposals" }
                    } }
                    tbody { @for it in &report.stale { tr {
                        th scope="row" { (it.pitfall) }
                        @if several { td { (it.repository) } }
                        td { (it.why.words()) } td.day { (it.since.as_deref().unwrap_or_default()) }
                        td.r { @if let Some(days) = it.days { (days) } } td.r { (it.count) } td.r { (it.proposals) }
                    } } }
                } }
            }
        }
    }
}
