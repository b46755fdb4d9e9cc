//! An agent's settings: handlers go in once and come out; doing either twice changes nothing.
#![no_main]

use learn::config::Config;
use learn::hook::{listed, settings};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let _ = Config::parse(text);
    match listed::listed(text) {
        Ok(all) => {
            for it in all {
                assert!(text.get(it.event.span.start..it.event.span.end).is_some(), "{it:?}");
            }
        }
        Err(it) => assert!(text.get(it.span.start..it.span.end).is_some(), "{it:?}"),
    }
    let events = settings::events(&["phase-2-ship"], true);
    let Ok(installed) = settings::install(text, &events) else { return };
    assert_eq!(settings::install(&installed, &events).as_deref(), Ok(&*installed), "twice");
    let removed = settings::remove(&installed).expect("it was read before");
    let values = |it: &str| listed::listed(it).map(|it| it.len());
    if let (Ok(before), Ok(after)) = (values(text), values(&removed)) {
        assert!(after <= before, "{text:?} {removed:?}");
    }
    assert_eq!(settings::remove(&removed).as_deref(), Ok(&*removed), "twice");
    // Texts with comments, with keys that stand twice and with handlers of ours mean something else before.
    let Ok(mut before) = serde_json::from_str::<Value>(text) else { return };
    let quotes = |it: &str| it.matches('"').count();
    if !text.contains("learn") && quotes(text) == quotes(&before.to_string()) {
        let mut after = serde_json::from_str(&removed).expect("it was JSON before");
        without_empty(&mut before);
        without_empty(&mut after);
        assert_eq!(before, after, "{removed}");
    }
});

/// Takes lists and objects of handlers out that are empty, which says nothing.
fn without_empty(value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    let Some(hooks) = object.get_mut("hooks").and_then(Value::as_object_mut) else { return };
    hooks.retain(|_, it| it.as_array().is_none_or(|it| !it.is_empty()));
    if hooks.is_empty() {
        object.remove("hooks");
    }
}
