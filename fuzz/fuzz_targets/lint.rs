//! Every rule on one SKILL.md or learnings.md: findings and fixes lie in the text, and a second --fix changes nothing.
#![no_main]

use std::path::PathBuf;

use learn::event::Timestamp;
use learn::lint::settings::Settings;
use learn::lint::{Around, fix, lint_skill, walk};
use learn::text::apply;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let settings = Settings { select: vec!["all".to_owned()], ..Settings::default() };
    let now = Timestamp(1_795_422_600);
    for name in ["SKILL.md", "learnings.md"] {
        let dir = PathBuf::from("/nowhere/ship");
        let path = dir.join(name);
        let folder = walk::Folder {
            dir,
            files: vec![path.clone()],
            only: Some(path),
            text: Some(text.to_owned()),
        };
        let mut skill = walk::read(&folder);
        for file in lint_skill(&skill, &settings, now, &Around::default()) {
            for it in &file.diagnostics {
                assert!(file.text.get(it.span.start..it.span.end).is_some(), "{it:?}");
                let inside =
                    |it: &learn::text::Edit| file.text.get(it.span.start..it.span.end).is_some();
                assert!(it.fix.iter().all(inside), "{it:?}");
                apply(&file.text, &it.fix);
            }
        }
        fix::fix(&mut skill, &settings, now, |_| true);
        let once = skill.pages[0].text.clone();
        fix::fix(&mut skill, &settings, now, |_| true);
        assert_eq!(skill.pages[0].text, once, "a second --fix makes an edit");
    }
});
