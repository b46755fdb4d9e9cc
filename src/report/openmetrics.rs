//! The report as OpenMetrics text, which the textfile collector of Prometheus' node exporter reads too.
//!
//! Format: <https://prometheus.io/docs/specs/om/open_metrics_spec/>. All families are gauges: retracting an
//! event makes a count smaller. No sample has a timestamp, which the collector refuses.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::event::Timestamp;
use crate::metric::verdict::Verdict;
use crate::report::{Report, Unit};

type Labels<'a> = Vec<(&'static str, &'a str)>;

/// Samples of one name.
struct Family {
    name: &'static str,
    /// The end of the name, where it is a unit.
    unit: &'static str,
    help: &'static str,
    samples: BTreeMap<String, f64>,
}

impl Family {
    fn new(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, unit, help, samples: BTreeMap::new() }
    }

    /// Adds to the sample of some labels: two of one set would be an error.
    fn add(&mut self, labels: Labels<'_>, value: f64) {
        *self.samples.entry(text(&labels)).or_default() += value;
    }

    fn set(&mut self, labels: Labels<'_>, value: f64) {
        self.samples.insert(text(&labels), value);
    }
}

pub fn render(report: &Report) -> String {
    let mut res = String::new();
    for family in [made(report)]
        .into_iter()
        .chain(pitfalls(report))
        .chain(metrics(report))
        .chain(deployments(report))
        .chain(lessons(report))
    {
        let Family { name, unit, help, samples } = family;
        if samples.is_empty() {
            continue;
        }
        let _ = writeln!(res, "# HELP {name} {help}\n# TYPE {name} gauge");
        if !unit.is_empty() {
            let _ = writeln!(res, "# UNIT {name} {unit}");
        }
        for (labels, value) in samples {
            let _ = writeln!(res, "{name}{labels} {value}");
        }
    }
    res + "# EOF\n"
}

fn made(report: &Report) -> Family {
    let mut res =
        Family::new("learn_report_timestamp_seconds", "seconds", "When the report was made.");
    res.set(Vec::new(), report.made.0 as f64);
    res
}

fn pitfalls(report: &Report) -> [Family; 2] {
    let mut count = Family::new(
        "learn_pitfall_occurrences",
        "",
        "How often a pitfall was met, retracted ones left out.",
    );
    let mut last = Family::new(
        "learn_pitfall_last_seen_timestamp_seconds",
        "seconds",
        "The day a pitfall was met last, its beginning in UTC.",
    );
    for it in &report.pitfalls {
        let own = || of(&it.repository, &it.skill, ("pitfall", &it.id));
        let mut labels = own();
        labels.push(("impact", it.impact.word()));
        count.add(labels, it.count as f64);
        let day = it.last_seen.as_ref();
        let day = day.and_then(|it| Timestamp::parse(&format!("{it}T00:00:00Z")));
        if let Some(day) = day {
            last.set(own(), day.0 as f64);
        }
    }
    [count, last]
}

fn metrics(report: &Report) -> [Family; 6] {
    let mut ratio = Family::new(
        "learn_metric_ratio",
        "ratio",
        "A metric that is a share, from 0 to 1, over its window.",
    );
    let mut seconds = Family::new(
        "learn_metric_seconds",
        "seconds",
        "A metric that is a duration: the median over its window.",
    );
    let mut number = Family::new("learn_metric_value", "", "Any other metric, in its own unit.");
    let mut samples = Family::new(
        "learn_metric_samples",
        "",
        "How many deployments or readings a metric is made of.",
    );
    let mut verdict = Family::new(
        "learn_metric_verdict",
        "",
        "1 for what is known of the target at 95 % confidence: met, missed or too-few, else 0.",
    );
    let mut on_target = Family::new(
        "learn_metric_on_target",
        "",
        "1 when the number itself is on target, whatever the verdict.",
    );
    for it in &report.metrics {
        let own = || {
            let mut res = of(&it.repository, &it.skill, ("metric", &it.name));
            res.push(("service", &it.service));
            res
        };
        if let Some(chart) = &it.chart {
            let family = match chart.unit {
                Unit::Ratio => &mut ratio,
                Unit::Seconds => &mut seconds,
                Unit::Number => &mut number,
            };
            family.set(own(), chart.current);
            samples.set(own(), it.n as f64);
        }
        if let Some(found) = it.verdict {
            for (word, each) in
                [("met", Verdict::Met), ("missed", Verdict::Missed), ("too-few", Verdict::TooFew)]
            {
                let mut labels = own();
                labels.push(("verdict", word));
                verdict.set(labels, f64::from(u8::from(found == each)));
            }
        }
        if let Some(yes) = it.on_target {
            on_target.set(own(), f64::from(u8::from(yes)));
        }
    }
    [ratio, seconds, number, samples, verdict, on_target]
}

fn deployments(report: &Report) -> [Family; 3] {
    let mut count = Family::new(
        "learn_deployments",
        "",
        "Deployments that the journal keeps, by how they ended.",
    );
    let mut last = Family::new(
        "learn_deployment_last_timestamp_seconds",
        "seconds",
        "When the newest deployment started.",
    );
    let mut open = Family::new(
        "learn_deployments_open",
        "",
        "Deployments that failed and are not known to be mended.",
    );
    for it in &report.deployments {
        let service = ("service", it.service.as_deref().unwrap_or_default());
        let own = || of(&it.repository, &it.skill, service);
        let mut labels = own();
        labels.push(("env", &it.env));
        labels.push(("outcome", it.outcome.word()));
        count.add(labels, 1.0);
        // They are ordered by start.
        last.set(own(), it.start.0 as f64);
        open.add(own(), f64::from(u8::from(it.open)));
    }
    [count, last, open]
}

fn lessons(report: &Report) -> [Family; 2] {
    let mut again = Family::new(
        "learn_prevention_recurrences",
        "",
        "How often a pitfall was met after its preventions were adopted.",
    );
    let mut stale = Family::new(
        "learn_lessons_stale",
        "",
        "Lessons that were not met lately, never, or never confirmed.",
    );
    for it in report.preventions.iter().filter(|it| it.is_adopted()) {
        let own = of(&it.repository, &it.skill, ("pitfall", &it.pitfall));
        again.add(own, it.after as f64);
    }
    for it in &report.stale {
        stale.add(of(&it.repository, &it.skill, ("why", it.why.word())), 1.0);
    }
    [again, stale]
}

fn of<'a>(repository: &'a str, skill: &'a str, what: (&'static str, &'a str)) -> Labels<'a> {
    vec![("repository", repository), ("skill", skill), what]
}

/// Returns `{name="value",…}`; nothing without labels.
fn text(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let each: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", each.join(","))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_the_same_labels_are_one_sample() {
        assert_eq!(text(&[("a", "x\\\"\n")]), r#"{a="x\\\"\n"}"#);
        let mut it = Family::new("n", "", "");
        it.add(vec![("a", "1")], 2.0);
        it.add(vec![("a", "1")], 3.0);
        assert_eq!(it.samples.into_iter().collect::<Vec<_>>(), [(r#"{a="1"}"#.to_owned(), 5.0)]);
    }
}
