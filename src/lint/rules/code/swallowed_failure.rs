use super::{shell_lines, without_quoted};
use crate::lint::rules::{Check, Rule, SkillLook};
use crate::lint::walk::Page;
use crate::lint::{Level, Sink};
use crate::text::Span;

pub const RULE: Rule = Rule {
    name: "swallowed-failure",
    group: "code in skills",
    level: Level::Warning,
    what: "A check that prints its failure and then counts as passed: `check || echo \"failed\"`.",
    why: "The exit code is that of `echo`, so nothing stops at the failure.",
    example: &[("reference.md", "# R\n\n```sh\nnpm test || echo \"❌ tests failed\"\n```\n")],
    instead: &[(
        "reference.md",
        "# R\n\n```sh\nnpm test || { echo \"❌ tests failed\"; exit 1; }\n```\n",
    )],
    source: "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_09_03",
    check: Check::Page(swallowed_failure),
};

fn swallowed_failure(_: &SkillLook<'_>, page: &Page, sink: &mut Sink<'_>) {
    let says = ["|| echo ", "|| printf "];
    if !page.has_any(&says) {
        return;
    }
    for line in shell_lines(page) {
        let own = line.of(&page.text);
        let Some((at, word)) = says.iter().filter_map(|it| Some((own.find(it)?, *it))).min() else {
            continue;
        };
        let (before, after) = (&own[..at], own[at + word.len()..].trim_end());
        let comment = own.trim_start().starts_with('#');
        // `$(x || echo none)` gives a value; `a && echo yes || echo no` reports both ends.
        let value =
            before.matches("$(").count() > before.matches(')').count() || before.contains('`');
        let both = before.contains("echo ");
        // The channel of errors is read by a person, not by what runs the check.
        let after = after.replace("1>&2", "").replace(">&2", "");
        let goes_on = [";", "&&", "exit", "return", "{", ">", "|", "\\"]
            .iter()
            .any(|it| without_quoted(&after).contains(it));
        let lower = after.to_lowercase();
        let failure = ["❌", "✗", "🚫", "fail", "error", "abort", "fatal", "blocked"]
            .iter()
            .any(|it| lower.contains(it));
        let denied = ["no error", "not fail", "ignor", "expected", "warn", "may ", "skip"]
            .iter()
            .any(|it| lower.contains(it));
        if !comment && !value && !both && !goes_on && failure && !denied {
            let start = line.start + at;
            sink.add(
                Span::new(start, line.start + own.trim_end().len()),
                "after this the check counts as passed, whatever it found",
            )
            .help("write `|| { echo …; exit 1; }`");
        }
    }
}
