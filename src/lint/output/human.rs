//! For people, in the manner of rustc: the line, an underline, what to do.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Level as Tone, Renderer, Snippet};

use crate::clean::printable;
use crate::lint::{Diagnostic, FileReport, Level, Report, shown_path};
use crate::parallel;
use crate::text::{Span, line_col};

/// A line of more bytes than this is named, not shown.
const WIDEST: usize = 2_000;

/// Writes the findings and, where there are any, how many of which level.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let renderer = Renderer::styled();
    let shown = parallel::map(&report.files, 50, |file| {
        let shown = file.diagnostics.iter().filter(|it| it.allowed.is_none());
        shown.map(|it| one(&renderer, file, it)).collect::<String>()
    });
    for it in shown {
        out.write_all(it.as_bytes())?;
    }
    let counts = report.counts();
    if counts.iter().sum::<usize>() > 0 {
        let words = [Level::Error, Level::Warning, Level::Info]
            .into_iter()
            .filter(|it| counts[*it as usize] > 0)
            .map(|it| plural(counts[it as usize], it));
        writeln!(out, "{} in {}", words.collect::<Vec<_>>().join(", "), files(report))?;
        let by_rule = report.by_rule();
        if by_rule.len() > 1 {
            for (rule, count) in by_rule {
                writeln!(out, "{count:>6}  {rule}")?;
            }
        }
    }
    Ok(())
}

fn plural(count: usize, level: Level) -> String {
    match level {
        Level::Info => format!("{count} info"),
        _ if count == 1 => format!("1 {}", level.word()),
        _ => format!("{count} {}s", level.word()),
    }
}

fn files(report: &Report) -> String {
    let shown = |it: &&FileReport| it.diagnostics.iter().any(|it| it.allowed.is_none());
    let count = report.files.iter().filter(shown).count();
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// Returns a finding as it is shown, with the blank line behind it.
fn one(renderer: &Renderer, file: &FileReport, it: &Diagnostic) -> String {
    let tone = match it.level {
        Level::Error => Tone::ERROR,
        Level::Warning => Tone::WARNING,
        Level::Info | Level::Off => Tone::INFO,
    };
    let path = printable(&shown_path(&file.path)).into_owned();
    let message = printable(&it.message);
    let place = line_col(&file.text, it.span.start);
    let (from, to) = window(&file.text, it.span);
    let title = tone.primary_title(message.as_ref()).id(it.rule);
    if to - from > WIDEST {
        let text = renderer.render(&[title.elements(Vec::<annotate_snippets::Element<'_>>::new())]);
        return format!("{text}\n  --> {path}:{}:{}\n\n", place.line, place.col);
    }
    // An empty place is shown as the character behind it.
    let end = it.span.end.min(to).max(it.span.start);
    let span = it.span.start - from..end - from;
    let snippet = Snippet::source(&file.text[from..to])
        .path(path.as_str())
        .line_start(place.line)
        .annotation(AnnotationKind::Primary.span(span));
    let mut group = title.element(snippet);
    let help = it.help.as_deref().map(printable);
    if let Some(help) = &help {
        group = group.element(Tone::HELP.message(help.as_ref()));
    }
    renderer.render(&[group]) + "\n\n"
}

/// Returns the line of a span's start; a span over several lines is shown by its first.
fn window(text: &str, span: Span) -> (usize, usize) {
    let line = crate::markdown::line_of(text, span.start.min(text.len()));
    (line.start, line.end)
}
