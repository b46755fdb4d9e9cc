//! The handlers that settings list, whoever they are of, with their places.

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::Ranged;
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

/// Returns the handlers in the order of the text, and the events that have none as well.
///
/// # Errors
/// Place and message when the text is no JSON as the agent reads it.
pub fn listed(text: &str) -> Result<Vec<Listed>, Spanned<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|it| {
        let range = it.range();
        Spanned { value: it.kind().to_string(), span: Span::new(range.start, range.end) }
    })?;
    let Some(Value::Object(root)) = parsed.value else { return Ok(Vec::new()) };
    let Some(hooks) = root.get_object("hooks") else { return Ok(Vec::new()) };
    let mut res = Vec::new();
    for property in &hooks.properties {
        let event = name(property);
        let commands = commands(&property.value);
        if commands.is_empty() {
            res.push(Listed { event: event.clone(), command: None });
        }
        let listed = |it| Listed { event: event.clone(), command: it };
        res.extend(commands.into_iter().map(listed));
    }
    Ok(res)
}

fn name(property: &ObjectProp<'_>) -> Spanned<String> {
    let range = property.name.range();
    Spanned { value: property.name.as_str().to_string(), span: Span::new(range.start, range.end) }
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
    }
}
