//! One line of the journal: what is read is written as the same event; without secrets it stays that event.
#![no_main]

use learn::event::{Event, checksum_fits, redact};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    checksum_fits(line);
    for it in redact::find(line) {
        assert!(line.get(it.span.start..it.span.end).is_some(), "{it:?}");
    }
    let redacted = redact::redacted(line);
    if let Some(new) = &redacted {
        assert_ne!(new, line);
        assert_ne!(checksum_fits(new), Some(false));
        assert_eq!(redact::redacted(new), None, "something was left: {new}");
    }
    let Ok(event) = Event::parse(line) else { return };
    let written = event.line();
    assert_eq!(checksum_fits(&written), Some(true));
    assert_eq!(Event::parse(&written).as_ref(), Ok(&event));
    if let Some(new) = redacted {
        let new = Event::parse(&new).expect("it was one before");
        assert_eq!((new.id, &new.key, &new.pitfall), (event.id, &event.key, &event.pitfall));
    }
});
