//! The hooks in an agent's settings.json, put in and taken out; every other byte stays.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstNode, CstObject, CstRootNode};
use jsonc_parser::json;

/// What the handlers call.
pub const COMMAND: &str = "learn hook";
/// Seconds after which the agent gives up on a handler.
const TIMEOUT: usize = 10;

/// As strict as the agent: of a file it cannot read it takes nothing.
pub const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The settings as far as they are about hooks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Events at which this program is called, in the order of the file, each as often as it is called.
    pub events: Vec<String>,
    /// Plugins that are switched on and bring the same handlers.
    pub plugins: Vec<String>,
    /// The same, switched off.
    pub plugins_off: Vec<String>,
    pub disabled: bool,
}

/// Returns the events that are asked for, with the matcher of each. The commands' names go into a
/// pattern, with what a plugin or a nested folder puts before them.
pub fn events(commands: &[&str], expansion: bool) -> Vec<(&'static str, Option<String>)> {
    let names = commands.join("|");
    let mut res = vec![
        ("SessionStart", None),
        // The end of a background command arrives as a prompt, and so do typed commands.
        ("UserPromptSubmit", None),
        ("PreToolUse", Some("Skill".to_owned())),
        ("PostToolUse", Some("Bash|PowerShell|Write|Edit".to_owned())),
        ("PostToolUseFailure", Some("Bash|PowerShell".to_owned())),
        ("Stop", None),
        ("SessionEnd", None),
    ];
    if expansion {
        res.insert(1, ("UserPromptExpansion", Some(format!("^(.*:)?({names})$"))));
    }
    res
}

/// Returns the settings with the handlers in them, where they are not yet.
///
/// # Errors
/// A message with line and column when the text is no JSON object, or `hooks` has another form.
pub fn install(text: &str, events: &[(&str, Option<String>)]) -> Result<String, String> {
    let root = parse(if text.trim().is_empty() { "{}\n" } else { text })?;
    let object = root.object_value_or_create().ok_or("the settings are no JSON object")?;
    let hooks = object.object_value_or_create("hooks").ok_or("`hooks` is no object")?;
    for (event, matcher) in events {
        let groups =
            hooks.array_value_or_create(event).ok_or(format!("`hooks.{event}` is no list"))?;
        if groups.elements().iter().any(|it| handlers(it).iter().any(is_ours)) {
            continue;
        }
        let handler = json!({ "type": "command", "command": COMMAND, "timeout": TIMEOUT });
        let mut group: Vec<(String, CstInputValue)> = Vec::new();
        if let Some(matcher) = matcher {
            group.push(("matcher".to_owned(), matcher.clone().into()));
        }
        group.push(("hooks".to_owned(), CstInputValue::Array(vec![handler])));
        groups.append(CstInputValue::Object(group));
    }
    Ok(root.to_string())
}

/// Returns the settings without the handlers, and without the lists and objects that are empty then.
///
/// # Errors
/// A message with line and column when the text is no JSON object.
pub fn remove(text: &str) -> Result<String, String> {
    let root = parse(text)?;
    let Some(object) = root.object_value() else { return Ok(text.to_owned()) };
    let Some(hooks) = object.object_value("hooks") else { return Ok(text.to_owned()) };
    let mut touched = false;
    for property in hooks.properties() {
        let Some(groups) = property.array_value() else { continue };
        let mut own = false;
        for group in groups.elements() {
            let all = handlers(&group);
            let ours: Vec<&CstObject> = all.iter().filter(|it| is_ours(it)).collect();
            if ours.is_empty() {
                continue;
            }
            own = true;
            if ours.len() == all.len() {
                group.remove();
            } else {
                ours.into_iter().for_each(|it| it.clone().remove());
            }
        }
        if own && groups.elements().is_empty() {
            property.remove();
        }
        touched |= own;
    }
    if touched
        && hooks.properties().is_empty()
        && let Some(it) = object.get("hooks")
    {
        it.remove();
    }
    Ok(root.to_string())
}

/// Returns what is in the settings.
///
/// # Errors
/// A message with line and column when the text is no JSON.
pub fn find(text: &str) -> Result<Found, String> {
    let mut res = Found::default();
    let Some(object) = parse(text)?.object_value() else { return Ok(res) };
    let hooks = object.object_value("hooks");
    for property in hooks.map(|it| it.properties()).unwrap_or_default() {
        let Some(event) = property.name().and_then(|it| it.decoded_value().ok()) else { continue };
        let groups = property.array_value().map(|it| it.elements()).unwrap_or_default();
        let ours = groups.iter().flat_map(handlers).filter(is_ours).count();
        res.events.extend(std::iter::repeat_n(event, ours));
    }
    let plugins = object.object_value("enabledPlugins").map(|it| it.properties());
    for property in plugins.unwrap_or_default() {
        let name = property.name().and_then(|it| it.decoded_value().ok()).unwrap_or_default();
        let on = property.value().and_then(|it| it.as_boolean_lit()).is_some_and(|it| it.value());
        if name.split('@').next() == Some("learn") {
            let list = if on { &mut res.plugins } else { &mut res.plugins_off };
            list.push(name);
        }
    }
    let disabled = object.get("disableAllHooks").and_then(|it| it.value());
    res.disabled = disabled.and_then(|it| it.as_boolean_lit()).is_some_and(|it| it.value());
    Ok(res)
}

fn parse(text: &str) -> Result<CstRootNode, String> {
    CstRootNode::parse(text, &STRICT).map_err(|it| {
        format!("line {}, column {}: {}", it.line_display(), it.column_display(), it.kind())
    })
}

/// Returns the handlers of a group of an event.
fn handlers(group: &CstNode) -> Vec<CstObject> {
    let list = group.as_object().and_then(|it| it.array_value("hooks"));
    let all = list.map(|it| it.elements()).unwrap_or_default();
    all.iter().filter_map(CstNode::as_object).collect()
}

/// Says whether a handler calls this program, from wherever.
fn is_ours(handler: &CstObject) -> bool {
    let command = handler.get("command").and_then(|it| it.value());
    let command = command.and_then(|it| it.as_string_lit()).and_then(|it| it.decoded_value().ok());
    let Some(command) = command else { return false };
    let argument = || {
        let args = handler.array_value("args")?.elements();
        args.first()?.as_string_lit()?.decoded_value().ok()
    };
    calls_us(&command, argument)
}

/// Says whether a shell command calls this program as a hook.
pub fn is_command(command: &str) -> bool {
    calls_us(command, || None)
}

fn calls_us(command: &str, argument: impl Fn() -> Option<String>) -> bool {
    let mut words = command.split_whitespace().map(|it| it.trim_matches(['"', '\'']));
    let program = words.next().unwrap_or_default();
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let next = words.next().map(str::to_owned).or_else(argument);
    program.strip_suffix(".exe").unwrap_or(program) == "learn" && next.as_deref() == Some("hook")
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "{\n  \"model\": \"opus\",\n    \"odd\" :[1,2 ,3],\n  \"hooks\": {\n    \"Stop\": [\n      { \"hooks\": [{ \"type\": \"command\", \"command\": \"say done\" }] }\n    ]\n  },\n  \"z\": 1.50\n}";

    fn all() -> Vec<(&'static str, Option<String>)> {
        events(&["phase-2-ship", "ship-prod"], true)
    }

    #[test]
    fn handlers_go_in_once_and_come_out_again() {
        for text in [USER, "{}", "{\n}\n", "{\"a\":1}", "{\r\n  \"a\": 1\r\n}\r\n"] {
            let with = install(text, &all()).unwrap();
            assert_eq!(install(&with, &all()).unwrap(), with);
            let value: serde_json::Value = serde_json::from_str(&with).unwrap();
            let group = &value["hooks"]["UserPromptExpansion"][0];
            assert_eq!(group["matcher"], "^(.*:)?(phase-2-ship|ship-prod)$");
            assert_eq!(group["hooks"][0]["command"], "learn hook");
            assert_eq!(find(&with).unwrap().events.len(), 8);
            let without: serde_json::Value = serde_json::from_str(&remove(&with).unwrap()).unwrap();
            assert_eq!(without, serde_json::from_str::<serde_json::Value>(text).unwrap());
        }
    }

    #[test]
    fn what_others_wrote_stays_as_it_is() {
        let with = install(USER, &all()).unwrap();
        for line in USER.lines().filter(|it| !["}", "{", "    ]", "  },"].contains(it)) {
            assert!(with.contains(line.trim_end_matches(',')), "{line}\n{with}");
        }
        assert_eq!(remove(USER).unwrap(), USER);
        let other = r#"{"hooks":{"Stop":[{"hooks":[{"command":"learn hook"},{"command":"x"}]}]}}"#;
        assert_eq!(remove(other).unwrap(), r#"{"hooks":{"Stop":[{"hooks":[{"command":"x"}]}]}}"#);
    }

    #[test]
    fn what_is_no_json_is_named_by_its_place() {
        let err = install("{\n  \"a\": 1,\n}\n", &all()).unwrap_err();
        assert!(err.starts_with("line "), "{err}");
        assert!(install("[]", &all()).unwrap_err().contains("object"));
        assert!(install(r#"{"hooks": 7}"#, &all()).unwrap_err().contains("hooks"));
    }

    #[test]
    fn plugins_and_other_ways_to_call_are_seen() {
        let text = r#"{"enabledPlugins":{"learn@x":true,"other@x":true},"disableAllHooks":true,
            "hooks":{"Stop":[{"hooks":[{"command":"\"/p/bin/learn\" hook"},{"command":"C:\\x\\learn.exe","args":["hook"]},{"command":"learner hook"}]}]}}"#;
        let found = find(text).unwrap();
        assert_eq!(found.plugins, ["learn@x"]);
        assert_eq!(found.events, ["Stop", "Stop"]);
        assert!(found.disabled);
    }
}
