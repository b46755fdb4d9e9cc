//! learnings.md: any text is read, and a second sync has nothing to do.
#![no_main]

use learn::event::{Event, Id, Kind, Timestamp};
use learn::learnings::edits::Style;
use learn::learnings::{EntryKind, LearningsDoc};
use learn::projection::SkillTally;
use learn::sync;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let doc = LearningsDoc::parse(text);
    let mut tally = SkillTally::default();
    let ids = doc.entries.iter().map(|it| (it.kind, it.id.clone()));
    let new = [(EntryKind::Pitfall, "new-id".to_owned()), (EntryKind::Pattern, "used".to_owned())];
    for (number, (entry, id)) in ids.take(3).chain(new).enumerate() {
        let kind = match entry {
            EntryKind::Pitfall => Kind::Occurrence,
            EntryKind::Pattern => Kind::Use,
        };
        let at = Timestamp(1_790_000_000 + number as i64);
        let mut event = Event::new(Id::new(1_795_000_000_000 + number as u64, 0), at, "s", kind);
        match entry {
            EntryKind::Pitfall => event.pitfall = Some(id.into()),
            EntryKind::Pattern => event.pattern = Some(id.into()),
        }
        tally.add(&event).unwrap();
    }
    let mut adopt = |text: &str| {
        let found = sync::by_hand(&text.to_owned().into(), &tally);
        for (number, it) in found.iter().enumerate() {
            let id = Id::new(1_795_000_100_000 + number as u64, 0);
            tally.add(&it.event(id, Timestamp(1_795_000_100), "s")).unwrap();
        }
        found.len()
    };
    adopt(text);
    assert_eq!(adopt(text), 0, "what was taken over is taken over again");
    let plan =
        |text: &str| sync::plan(&text.to_owned().into(), &|_| None, &tally, &[], Style::default());
    let first = plan(text);
    if first.conflicts.is_empty() {
        assert!(
            text.contains("<<<<<<<") || kept(text, &first.text),
            "a line is gone: {}",
            first.text
        );
        assert_eq!(plan(&first.text).text, first.text, "a second sync makes an edit");
        assert!(sync::by_hand(&first.text.clone().into(), &tally).is_empty());
    }
});

/// Says whether the lines that hold no generated value are in the new text, in their order. A byte order mark stays in front.
fn kept(old: &str, new: &str) -> bool {
    let [old, new] = [old, new].map(|it| it.strip_prefix('\u{feff}').unwrap_or(it));
    let mut new = new.split(['\n', '\r']);
    let plain = |it: &&str| !["**", "__", "|"].iter().any(|mark| it.contains(mark));
    old.split(['\n', '\r']).filter(plain).all(|line| new.any(|it| it == line))
}
