//! `<!-- learn-ignore: rule reason -->`, and `# learn-ignore: rule reason` in a YAML head: what a person
//! allowed, for the same or the next line. Without a reason it allows nothing.

use crate::lint::rules::Check;
use crate::lint::rules::suppressions::{suppression_without_reason, unused_suppression};
use crate::lint::settings::Settings;
use crate::lint::walk::Page;
use crate::lint::{Diagnostic, Level};
use crate::markdown::{after_line, line_of};
use crate::text::{Edit, Span};

const MARK: &str = "learn-ignore";

struct Allowed {
    span: Span,
    /// The rest of its line and the next line that is not blank; the whole file for `learn-ignore-file`.
    scope: Span,
    rule: String,
    reason: String,
}

/// Marks the findings that are allowed and reports suppressions without a reason or a finding.
pub fn apply(page: &Page, settings: &Settings, found: &mut Vec<Diagnostic>) {
    for it in find(page) {
        if it.reason.is_empty() {
            let message = format!("`{}` is allowed without a reason", it.rule);
            report(
                page,
                settings,
                &suppression_without_reason::RULE,
                it.span,
                message,
                "say why behind the rule's name",
                Vec::new(),
                found,
            );
            continue;
        }
        let mut used = false;
        for one in found.iter_mut().filter(|one| one.rule == it.rule) {
            if one.span.start < it.scope.end && one.span.end >= it.scope.start {
                one.allowed = Some(it.reason.clone());
                used = true;
            }
        }
        // A rule that was not asked, or that knows more than this file, may find something another time.
        let runs = crate::lint::rules::named(&it.rule).is_none_or(|rule| {
            settings.level(rule, &page.path) != Level::Off
                && !matches!(rule.check, Check::Project(_) | Check::Across(_))
        });
        if !used && runs {
            let message = format!("nothing here needs `{}` to be allowed", it.rule);
            report(
                page,
                settings,
                &unused_suppression::RULE,
                it.span,
                message,
                "take the comment out",
                without_line(page, it.span),
                found,
            );
        }
    }
}

/// Returns the edit that takes out the line of a comment, and the blank line behind it where there is one
/// before it too; nothing where the line says more.
fn without_line(page: &Page, comment: Span) -> Vec<Edit> {
    let text = &page.text;
    let line = line_of(text, comment.start);
    let own = line.of(text).trim();
    let is_alone = match own.strip_prefix("<!--") {
        Some(rest) => rest.find("-->").is_some_and(|at| at + 3 == rest.len()),
        None => own.starts_with('#'),
    };
    if !is_alone {
        return Vec::new();
    }
    let mut end = after_line(text, line.start);
    let blank = |at: usize| line_of(text, at).of(text).trim().is_empty();
    let after_blank = text[..line.start].trim_end_matches([' ', '\t']).ends_with(['\n', '\r'])
        && blank(line.start.saturating_sub(if text[..line.start].ends_with("\r\n") {
            2
        } else {
            1
        }));
    if after_blank && end < text.len() && blank(end) {
        end = after_line(text, end);
    }
    vec![Edit { span: Span::new(line.start, end), text: String::new() }]
}

#[expect(clippy::too_many_arguments, reason = "it is what a finding has")]
fn report(
    page: &Page,
    settings: &Settings,
    rule: &'static crate::lint::rules::Rule,
    span: Span,
    message: String,
    help: &str,
    fix: Vec<Edit>,
    found: &mut Vec<Diagnostic>,
) {
    let level = settings.level(rule, &page.path);
    if level != Level::Off {
        let help = Some(help.to_owned());
        let allowed = None;
        found.push(Diagnostic { rule: rule.name, level, span, message, help, fix, allowed });
    }
}

fn find(page: &Page) -> Vec<Allowed> {
    let text = &page.text;
    let mut res = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), MARK) {
        let line = line_of(text, at);
        let before = text[line.start..at].trim_end();
        let in_head = page.head.inner.is_some_and(|it| it.start <= at && at < it.end);
        let is_comment = if in_head { before.trim() == "#" } else { before.ends_with("<!--") };
        if !is_comment
            || page.md.is_in_block(at)
            || crate::markdown::page::within(&page.md.code, at)
        {
            continue;
        }
        let rest = &text[at + MARK.len()..line.end];
        let (whole, rest) = match rest.strip_prefix("-file") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let Some(rest) = rest.strip_prefix(':') else { continue };
        let inner = if in_head { rest } else { rest.split("-->").next().unwrap_or(rest) };
        let (rule, reason) =
            inner.trim().split_once(char::is_whitespace).unwrap_or((inner.trim(), ""));
        let mut end = line.end;
        let mut next = after_line(text, line.start);
        while next < text.len() {
            let line = line_of(text, next);
            end = line.end;
            if !line.of(text).trim().is_empty() {
                break;
            }
            next = after_line(text, next);
        }
        let scope = if whole { Span::new(0, text.len()) } else { Span::new(line.start, end) };
        let (rule, reason) = (rule.to_owned(), reason.trim().to_owned());
        let span = Span::new(
            line.start + before.rfind(if in_head { "#" } else { "<!--" }).unwrap_or(0),
            line.end,
        );
        res.push(Allowed { span, scope, rule, reason });
    }
    res
}
