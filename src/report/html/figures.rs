//! The figures of the page as SVG: each has a name and a description, and its marks have titles.
//!
//! Numbers become coordinates here and nowhere else. Colours are classes, so that light, dark and print are
//! up to the style.

use maud::{Markup, html};

use crate::event::{Outcome, Timestamp};
use crate::report::{Chart, Deploy, Pitfall, Prevention, Report, minute, percent};
use crate::text::style::cut;

/// Width of a wide figure, and where its marks begin, in units of its view box.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 220.0;
/// Longest name beside a row, in characters.
const NAME: usize = 32;

/// A picture with its name and description.
fn svg(class: &str, width: f64, height: f64, name: &str, about: &str, marks: &Markup) -> Markup {
    html! {
        svg class=(class) role="img" viewBox={ "0 0 " (at(width)) " " (at(height)) } aria-label={ (name) ". " (about) } {
            title { (name) } desc { (about) } (marks)
        }
    }
}

/// A coordinate, to a tenth.
fn at(it: f64) -> String {
    let text = format!("{it:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn points(all: &[(f64, f64)]) -> String {
    all.iter().map(|it| format!("{},{}", at(it.0), at(it.1))).collect::<Vec<_>>().join(" ")
}

/// Bars for each pitfall, the longest first, and the line of their cumulative share.
pub fn pareto(report: &Report, rows: usize) -> Markup {
    const ROW: f64 = 30.0;
    let shown = &report.pitfalls[..report.pitfalls.len().min(rows)];
    let right = WIDTH - 60.0;
    let x = |share: f64| LEFT + share * (right - LEFT);
    let y = |row: usize| 26.0 + ROW * row as f64;
    let height = y(shown.len()) + 8.0;
    let line: Vec<(f64, f64)> =
        shown.iter().enumerate().map(|(row, it)| (x(it.cumulative), y(row) + ROW / 2.0)).collect();
    let name = |it: &Pitfall| {
        let whole = if report.is_of_several() {
            format!("{} · {}", it.repository, it.id)
        } else {
            it.id.clone()
        };
        cut(&whole, NAME)
    };
    let marks = html! {
        @for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            line.grid x1=(at(x(share))) y1="20" x2=(at(x(share))) y2=(at(height - 6.0)) {}
            text.axis x=(at(x(share))) y="12" text-anchor="middle" { (percent(share)) }
        }
        @for (row, it) in shown.iter().enumerate() {
            text.name x=(at(LEFT - 10.0)) y=(at(y(row) + 19.0)) text-anchor="end" { (name(it)) }
            rect.bar.again[it.recurred] x=(at(LEFT)) y=(at(y(row) + 5.0)) height="20" rx="3"
                width=(at((x(it.share) - LEFT).max(2.0))) {
                title { (it.id) ": " (it.count) " (" (percent(it.share)) ")" }
            }
            @let end = x(it.share);
            @if end > LEFT + 40.0 {
                text.count x=(at(LEFT + 8.0)) y=(at(y(row) + 19.0)) { (it.count) }
            } @else {
                text x=(at(end + 14.0)) y=(at(y(row) + 19.0)) { (it.count) }
            }
        }
        polyline.sum points=(points(&line)) {}
        @for (it, place) in shown.iter().zip(&line) {
            circle.sum cx=(at(place.0)) cy=(at(place.1)) r="4" { title { (percent(it.cumulative)) " up to " (it.id) } }
            text.axis x=(at(place.0 + 9.0)) y=(at(place.1 - 4.0)) { (percent(it.cumulative)) }
        }
    };
    let about = shown
        .iter()
        .take(3)
        .map(|it| format!("{} {} times", it.id, it.count))
        .collect::<Vec<_>>()
        .join(", ");
    let about = format!("The most frequent: {about}; n={}", report.totals.occurrences);
    svg("wide", WIDTH, height, "Pareto chart of the pitfalls", &about, &marks)
}

/// Small bars, one a period.
pub fn spark(it: &Pitfall, report: &Report) -> Markup {
    let most = it.series.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = 6.0;
    let marks = html! {
        @for (index, count) in it.series.iter().enumerate() {
            @let height = if *count == 0 { 1.0 } else { (*count as f64 / most * 22.0).max(3.0) };
            rect.bar.zero[*count == 0] x=(at(index as f64 * step)) y=(at(24.0 - height)) width="5" height=(at(height)) {
                title { (report.periods[index]) ": " (count) }
            }
        }
    };
    let all: Vec<String> = it.series.iter().map(u64::to_string).collect();
    let about = format!("per {}, oldest first: {}", report.step.word(), all.join(", "));
    let width = step * it.series.len().max(1) as f64;
    svg("spark", width, 24.0, &format!("Occurrences of {}", it.id), &about, &marks)
}

/// A run chart: the values in order, their median and the target.
pub fn run_chart(name: &str, chart: &Chart) -> Markup {
    const HEIGHT: f64 = 170.0;
    const RIGHT: f64 = 400.0;
    let lines =
        chart.points.iter().map(|it| it.value).chain(chart.median).chain(chart.targets.clone());
    let (low, high) =
        lines.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), it| (a.min(it), b.max(it)));
    let room = if high > low { (high - low) * 0.08 } else { high.abs().max(1.0) * 0.1 };
    let y = |value: f64| {
        let share = (value - (low - room)) / (high - low + 2.0 * room);
        HEIGHT - 26.0 - share * (HEIGHT - 42.0)
    };
    let (left, count) = (58.0, chart.points.len());
    let x = |index: usize| left + (RIGHT - left - 12.0) * index as f64 / (count.max(2) - 1) as f64;
    let line: Vec<(f64, f64)> =
        chart.points.iter().enumerate().map(|(index, it)| (x(index), y(it.value))).collect();
    let day =
        |it: Option<&crate::report::chart::Point>| it.map(|it| it.at.date()).unwrap_or_default();
    let (first, last) = (day(chart.points.first()), day(chart.points.last()));
    let ends = if high > low { vec![low, high] } else { vec![low] };
    let marks = html! {
        @for it in ends {
            line.grid x1=(at(left)) x2=(at(RIGHT)) y1=(at(y(it))) y2=(at(y(it))) {}
            text.axis x=(at(left - 6.0)) y=(at(y(it) + 4.0)) text-anchor="end" { (chart.unit.text(it)) }
        }
        @for it in &chart.targets {
            line.target x1=(at(left)) x2=(at(RIGHT)) y1=(at(y(*it))) y2=(at(y(*it))) { title { "target " (chart.unit.text(*it)) } }
        }
        @if let Some(it) = chart.median {
            line.median x1=(at(left)) x2=(at(RIGHT)) y1=(at(y(it))) y2=(at(y(it))) { title { "median " (chart.unit.text(it)) } }
        }
        polyline.value points=(points(&line)) {}
        @for (it, place) in chart.points.iter().zip(&line) {
            circle.value cx=(at(place.0)) cy=(at(place.1)) r="3" { title { (it.at.date()) ": " (it.text) ", n=" (it.n) } }
        }
        text.axis x=(at(left)) y=(at(HEIGHT - 5.0)) { (first) }
        text.axis x=(at(RIGHT)) y=(at(HEIGHT - 5.0)) text-anchor="end" { (last) }
    };
    let median =
        chart.median.map(|it| format!(", median {}", chart.unit.text(it))).unwrap_or_default();
    let targets: Vec<String> = chart.targets.iter().map(|it| chart.unit.text(*it)).collect();
    let target = if targets.is_empty() {
        String::new()
    } else {
        format!(", target {}", targets.join(" to "))
    };
    let about = format!("{count} values from {first} to {last}{median}{target}");
    svg("run", RIGHT + 10.0, HEIGHT, &format!("Run chart of {name}"), &about, &marks)
}

/// Moments on a line from left to right.
struct Axis {
    first: i64,
    last: i64,
}

impl Axis {
    fn over(times: impl Iterator<Item = Timestamp> + Clone) -> Self {
        let first = times.clone().min().map_or(0, |it| it.0);
        Self { first, last: times.max().map_or(1, |it| it.0).max(first + 1) }
    }

    fn x(&self, it: Timestamp) -> f64 {
        let share = (it.0 - self.first) as f64 / (self.last - self.first) as f64;
        LEFT + share * (WIDTH - 20.0 - LEFT)
    }

    fn ticks(&self, height: f64) -> Markup {
        let quarter = |it: i64| Timestamp(self.first + (self.last - self.first) / 4 * it);
        let day = |it: i64| if it < 4 { quarter(it).date() } else { Timestamp(self.last).date() };
        // Of a few hours or days, each day stands where it begins first.
        let is_new = |it: &i64| *it == 0 || day(*it) != day(*it - 1);
        html! {
            @for it in (0..=4).map(quarter) {
                line.grid x1=(at(self.x(it))) x2=(at(self.x(it))) y1="4" y2=(at(height - 20.0)) {}
            }
            @for it in (0..4).filter(is_new) {
                text.axis x=(at(self.x(quarter(it)))) y=(at(height - 4.0)) text-anchor="middle" { (day(it)) }
            }
            @if is_new(&4) {
                text.axis x=(at(WIDTH - 4.0)) y=(at(height - 4.0)) text-anchor="end" { (day(4)) }
            }
        }
    }
}

/// A row for each service, a mark for each deployment.
pub fn timeline(report: &Report) -> Markup {
    const ROW: f64 = 34.0;
    let place = |it: &Deploy| {
        let service = it.service.as_deref().unwrap_or("deployments");
        if report.is_of_several() {
            format!("{} · {service}", it.repository)
        } else {
            service.to_owned()
        }
    };
    let mut rows: Vec<String> = report.deployments.iter().map(place).collect();
    rows.sort();
    rows.dedup();
    let axis = Axis::over(report.deployments.iter().map(|it| it.start));
    let height = ROW * rows.len() as f64 + 30.0;
    let title = |it: &Deploy| {
        let then = it.aftermath();
        let then = if then.is_empty() { then } else { format!(", {then}") };
        format!("{} {}: {}{then}", minute(it.start), it.name, it.outcome.word())
    };
    let marks = html! {
        (axis.ticks(height))
        @for (row, name) in rows.iter().enumerate() {
            @let y = 4.0 + ROW * (row as f64 + 0.5);
            @let own: Vec<&Deploy> = report.deployments.iter().filter(|it| place(it) == *name).collect();
            text.name x=(at(LEFT - 14.0)) y=(at(y + 4.0)) text-anchor="end" { (cut(name, NAME - 6)) " (" (own.len()) ")" }
            line.track x1=(at(LEFT)) x2=(at(WIDTH - 20.0)) y1=(at(y)) y2=(at(y)) {}
            @for it in own { (mark(it, axis.x(it.start), y, &title(it))) }
        }
    };
    let it = &report.totals;
    let about =
        format!("{} deployments, {} succeeded, {} failed", it.deployments, it.succeeded, it.failed);
    svg("wide", WIDTH, height, "Timeline of the deployments", &about, &marks)
}

/// Outcomes differ in form too, for those who do not see the colours.
fn mark(it: &Deploy, x: f64, y: f64, title: &str) -> Markup {
    html! { @match it.outcome {
        Outcome::Succeeded if it.rolled_back || it.incident => {
            path.warn d={ "M" (at(x)) " " (at(y - 7.0)) "l7 13h-14z" } { title { (title) } }
        }
        Outcome::Succeeded => circle.good cx=(at(x)) cy=(at(y)) r="5" { title { (title) } },
        Outcome::Failed => {
            path.bad d={ "M" (at(x - 5.0)) " " (at(y - 5.0)) "l10 10m0 -10l-10 10" } { title { (title) } }
        }
        _ => circle.other cx=(at(x)) cy=(at(y)) r="5" { title { (title) } },
    } }
}

/// A row for each prevention: the occurrences before and after it.
pub fn effect(report: &Report, rows: usize) -> Markup {
    const ROW: f64 = 34.0;
    let shown = &report.preventions[..report.preventions.len().min(rows)];
    let times = shown.iter().flat_map(|it| it.times.iter().copied().chain([it.at]));
    let axis = Axis::over(times.chain([report.made]));
    let height = ROW * shown.len() as f64 + 30.0;
    let name = |it: &Prevention| {
        let whole = if report.is_of_several() {
            format!("{} · {}", it.repository, it.pitfall)
        } else {
            it.pitfall.clone()
        };
        cut(&whole, NAME)
    };
    let marks = html! {
        (axis.ticks(height))
        @for (row, it) in shown.iter().enumerate() {
            @let y = 4.0 + ROW * (row as f64 + 0.5);
            text.name x=(at(LEFT - 14.0)) y=(at(y + 4.0)) text-anchor="end" { (name(it)) }
            line.track x1=(at(LEFT)) x2=(at(WIDTH - 20.0)) y1=(at(y)) y2=(at(y)) {}
            @for time in &it.times {
                @let after = *time > it.at;
                circle.met.after[after] cx=(at(axis.x(*time))) cy=(at(y)) r="4.5" {
                    title { (time.date()) @if after { ", after the prevention" } @else { ", before it" } }
                }
            }
            rect.since x=(at(axis.x(it.at) - 2.0)) y=(at(y - 13.0)) width="4" height="26" rx="2" {
                title { (it.at.date()) " " (it.kind.words()) ": " (it.text) }
            }
        }
    };
    let again = shown.iter().filter(|it| it.recurred()).count();
    let about = format!("{} preventions, {again} of them with occurrences after it", shown.len());
    svg("wide", WIDTH, height, "Occurrences before and after preventions", &about, &marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_once_under_an_axis() {
        let labels = |first: i64, last: i64| {
            let text = Axis { first, last }.ticks(40.0).into_string();
            let days = text.split("</text>").filter_map(|it| it.rsplit_once('>')).map(|it| it.1);
            days.filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let noon = 1_795_348_800; // 2026-11-22T12:00:00Z
        assert_eq!(labels(noon, noon + 3600), ["2026-11-22"]);
        assert_eq!(labels(noon, noon + 24 * 3600), ["2026-11-22", "2026-11-23"]);
        let days = ["2026-11-22", "2026-12-02", "2026-12-12", "2026-12-22", "2027-01-01"];
        assert_eq!(labels(noon, noon + 40 * 24 * 3600), days);
    }
}
