//! Targets and values of metrics: an error lies in the text, and what is shown is read as the same.
#![no_main]

use learn::metric::{quantity, target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match target::parse(text) {
        Ok(it) => {
            it.direction();
        }
        Err(it) => assert!(text.get(it.span.start..it.span.end).is_some(), "{it:?}"),
    }
    match quantity::parse(text) {
        Ok(it) => {
            let shown = it.to_string();
            let again = quantity::parse(&shown).unwrap_or_else(|err| panic!("{shown}: {err}"));
            assert_eq!(again.to_string(), shown);
        }
        Err(it) => assert!(text.get(it.span.start..it.span.end).is_some(), "{it:?}"),
    }
});
