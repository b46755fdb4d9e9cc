//! An agent's settings: handlers go in once and come out; doing either twice changes nothing.
#![no_main]

use learn::config::Config;
use learn::hook::{listed, settings};
use libfuzzer_sys::fuzz_target;

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
});
