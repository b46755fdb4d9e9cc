//! Runs, releases and lists of deployments: refused at a place of the text, or read twice the same.
#![no_main]

use learn::event::Timestamp;
use learn::import::{Options, Source, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let options = Options { latest: Timestamp(1_795_422_600), ..Options::default() };
    Source::of(text);
    for source in [Source::Runs, Source::Releases, Source::Csv, Source::JsonLines] {
        match read(text, source, &options) {
            Ok(it) => {
                assert!(it.found.iter().all(|it| it.offset <= text.len()));
                assert!(it.found.iter().all(|it| it.event.at <= options.latest));
                assert_eq!(read(text, source, &options).as_ref(), Ok(&it));
            }
            Err(it) => {
                it.place(text);
                assert!(it.offset <= text.len(), "{it:?}");
            }
        }
    }
});
