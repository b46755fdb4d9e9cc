//! The handlers that settings list, whoever they are of, with their places.

use jsonc_parser::ast::Value;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, parse_to_ast};

use super::settings::STRICT;
use crate::text::{Span, Spanned};

/// A handler of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub event: Spanned<String>,
    /// The shell command, for handlers that run one.
    pub command: Option<Spanned<String>>,
}

/// The parser gives up on lists in lists in lists at some depth; agents do not.
const DEEPEST: usize = 256;

/// What keeps settings from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub message: String,
    pub help: &'static str,
    pub span: Span,
}

/// Returns the handlers in the order of the text, and the events that have none as well.
///
/// # Errors
/// When the text is no JSON as the agent reads it, or nested too deep to be read here.
pub fn listed(text: &str) -> Result<Vec<Listed>, Broken> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let bom = text.len() - body.len();
    let moved = |it: Range| Span::new(it.start + bom, it.end + bom);
    let at = |at: usize| Span::new(at + bom, at + bom + 1);
    if let Some(deep) = too_deep(body) {
        let message = format!("more than {DEEPEST} lists and objects lie in each other");
        let help = "agents read this, but the hooks in it are not looked at here";
        return Err(Broken { message, help, span: at(deep) });
    }
    let parsed = parse_to_ast(body, &CollectOptions::default(), &STRICT).map_err(|it| Broken {
        message: format!("no JSON: {}", it.kind()),
        help: "comments and commas at the end of a list are no JSON",
        span: moved(it.range()),
    })?;
    if let Some(control) = control(body) {
        let message = "no JSON: a control character in a text".to_owned();
        let help = "write it as an escape, a tab as \\t";
        return Err(Broken { message, help, span: at(control) });
    }
    let Some(Value::Object(root)) = parsed.value else { return Ok(Vec::new()) };
    let Some(hooks) = root.get_object("hooks") else { return Ok(Vec::new()) };
    let mut res = Vec::new();
    for property in &hooks.properties {
        let range = moved(property.name.range());
        let event = Spanned { value: property.name.as_str().to_string(), span: range };
        let mut commands = commands(&property.value);
        for it in commands.iter_mut().flatten() {
            it.span = Span::new(it.span.start + bom, it.span.end + bom);
        }
        if commands.is_empty() {
            res.push(Listed { event: event.clone(), command: None });
        }
        let listed = |it| Listed { event: event.clone(), command: it };
        res.extend(commands.into_iter().map(listed));
    }
    Ok(res)
}

/// Returns the bytes of JSON with their offsets and whether they stand in a text; what a backslash escapes is left out.
fn bytes(json: &str) -> impl Iterator<Item = (usize, u8, bool)> {
    let mut quoted = false;
    let mut bytes = json.bytes().enumerate();
    std::iter::from_fn(move || {
        let (at, it) = bytes.next()?;
        match it {
            b'"' => quoted = !quoted,
            b'\\' if quoted => drop(bytes.next()),
            _ => {}
        }
        Some((at, it, quoted))
    })
}

/// Returns where lists and objects lie in each other too deep for the parser.
fn too_deep(json: &str) -> Option<usize> {
    let mut depth = 0_usize;
    bytes(json).filter(|it| !it.2).find_map(|(at, it, _)| {
        match it {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth > DEEPEST).then_some(at)
    })
}

/// Returns where a control character stands in a text of valid JSON: the parser lets it pass, agents do not.
fn control(json: &str) -> Option<usize> {
    bytes(json).find(|(_, it, quoted)| *quoted && *it < 0x20).map(|it| it.0)
}

/// Returns the commands of all groups of an event.
fn commands(groups: &Value<'_>) -> Vec<Option<Spanned<String>>> {
    let Value::Array(groups) = groups else { return Vec::new() };
    let mut res = Vec::new();
    for group in &groups.elements {
        let Value::Object(group) = group else { continue };
        let Some(handlers) = group.get_array("hooks") else { continue };
        for handler in &handlers.elements {
            let Value::Object(handler) = handler else { continue };
            let command = handler.get_string("command").map(|it| {
                let span = Span::new(it.range.start, it.range.end);
                Spanned { value: it.value.to_string(), span }
            });
            res.push(command);
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_have_their_places() {
        let text = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "learn hook"}]}], "Nope": []}}"#;
        let all = listed(text).unwrap();
        let command = all[0].command.as_ref().unwrap();
        assert_eq!(
            (command.value.as_str(), command.span.of(text)),
            ("learn hook", "\"learn hook\"")
        );
        assert_eq!((all[1].event.value.as_str(), all[1].event.span.of(text)), ("Nope", "\"Nope\""));
        let wrong = listed("{\"hooks\": {},}").unwrap_err();
        assert_eq!(wrong.span.start, 12);
        assert_eq!(listed("\u{feff}{\"hooks\": {},}").unwrap_err().span.start, 15);
        let tab = listed("{\"a\": \"b\\\"\tc\"}").unwrap_err();
        assert_eq!((tab.span.start, tab.span.end), (10, 11));
        assert_eq!(listed(&"[".repeat(100_000)).unwrap_err().span.start, DEEPEST);
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(600), "]".repeat(600));
        assert!(listed(&deep).unwrap_err().message.starts_with("more than"));
    }
}
