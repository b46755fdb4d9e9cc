//! The numbers are a function of the set of events: in whatever files and order they come, and whether
//! they were counted at once or one after the other.

use std::fs;
use std::path::PathBuf;

use learn::event::{
    By, DurationFrom, Event, Id, Kind, Outcome, Role, Timestamp, WatchVerdict, Worked,
};
use learn::journal::Journal;
use learn::measure::{Measured, Rules, measure};
use learn::metric::DERIVED;
use learn::projection::{Projection, project};
use learn::store::{Store, pack};
use proptest::prelude::*;

use crate::support::Project;

const PITFALLS: [&str; 3] = ["rollback-needed", "no-plan", "no-watch"];
const SERVICES: [&str; 2] = ["api", "web"];
const FEATURES: [&str; 3] = ["search", "checkout", "login"];

/// What a generated event is about; numbers choose among what is there.
type Draft = (u8, u8, u8, u8, u16);

fn draft() -> impl Strategy<Value = Draft> {
    (0..20_u8, any::<u8>(), any::<u8>(), any::<u8>(), 0..2000_u16)
}

/// Makes events that refer to each other; the time of writing is not their order.
fn events(drafts: &[Draft]) -> Vec<Event<'static>> {
    let mut res: Vec<Event<'static>> = Vec::new();
    for (number, (kind, a, b, c, minutes)) in drafts.iter().enumerate() {
        let millis = 1_795_000_000_000 + u64::from(*minutes) * 60_000;
        let id = Id::new(millis, number as u128 + 1);
        let kinds = [
            Kind::Occurrence,
            Kind::Occurrence,
            Kind::Occurrence,
            Kind::Occurrence,
            Kind::Use,
            Kind::Use,
            Kind::Baseline,
            Kind::Retraction,
            Kind::Retraction,
            Kind::Rename,
            Kind::Mute,
            Kind::Confirmation,
            Kind::Resolution,
            Kind::Reading,
            Kind::Reading,
            Kind::Deploy,
            Kind::Deploy,
            Kind::Deploy,
            Kind::Deploy,
            Kind::Watch,
        ];
        let kind = kinds[usize::from(*kind)];
        let at = Timestamp(id.written().0 - i64::from(*b) * 3600);
        let mut event = Event::new(id, at, "s", kind);
        let pitfall = PITFALLS[usize::from(*a) % 3];
        let of = res.get(usize::from(*b) % res.len().max(1)).map(|it| it.id);
        match kind {
            Kind::Occurrence => {
                event.pitfall = Some(pitfall.into());
                event.cause = (a % 5 == 0).then(|| PITFALLS[usize::from(*b) % 3].into());
                event.cause_text = (b % 3 == 0).then(|| format!("cause {c}").into());
                event.feature = (c % 2 == 0).then(|| FEATURES[usize::from(*c) % 3].into());
                event.proposed = c % 7 == 0;
                event.title = (c % 11 == 0).then(|| format!("Title {b}").into());
                event.of = of.filter(|_| a % 2 == 0);
                event.version = (a % 4 == 1).then(|| format!("v{}", b % 4).into());
                event.service = (c % 3 == 1).then(|| SERVICES[usize::from(*b) % 2].into());
                event.role =
                    [None, Some(Role::Rollback), Some(Role::Incident)][usize::from(*a) % 3];
                event.resolved_at = (b % 5 == 0).then_some(at);
            }
            Kind::Use => {
                event.pattern = Some(PITFALLS[usize::from(*a) % 2].into());
                event.worked = Some(Worked::Once(b % 2 == 0));
            }
            Kind::Baseline => {
                event.pitfall = Some(pitfall.into());
                event.count = Some(u64::from(c % 9));
                event.last_seen = Some("2026-05-01 old".into());
                event.instances = vec!["old".into(), "older".into()];
            }
            Kind::Rename => {
                event.from = Some(pitfall.into());
                event.to = Some(PITFALLS[usize::from(*b) % 3].into());
            }
            Kind::Mute => {
                event.pitfall = Some(pitfall.into());
                event.muted = Some(b % 2 == 0);
            }
            Kind::Reading => {
                event.metric = Some(["m", "n"][usize::from(*a) % 2].into());
                event.unit = (b % 3 == 0).then(|| "%".into());
                event.value = Some(f64::from(*c));
            }
            Kind::Deploy => {
                let outcomes =
                    [Outcome::Succeeded, Outcome::Failed, Outcome::Blocked, Outcome::Unknown];
                event.outcome = Some(outcomes[usize::from(*a) % 4]);
                event.by =
                    [None, Some(By::Ci), Some(By::Hook), Some(By::Hand)][usize::from(*b) % 4];
                event.version = (c % 3 != 0).then(|| format!("v{}", c % 4).into());
                event.sha = (c % 4 == 0).then(|| format!("abcdef{}", b % 3).into());
                event.run = (c % 5 == 0).then(|| format!("{}", b % 3).into());
                event.service = (a % 5 == 0).then(|| SERVICES[usize::from(*c) % 2].into());
                event.finished = (a % 2 == 0).then_some(at);
                event.started = (b % 2 == 0).then(|| Timestamp(at.0 - i64::from(*c) * 30));
                event.duration_from = (b % 3 == 0).then_some(DurationFrom::Ci);
                event.recovers = of.filter(|_| a % 3 == 0);
                event.hotfix = b % 5 == 0;
                event.lead_s = (c % 2 == 0).then(|| i64::from(*c) * 60);
            }
            Kind::Watch => {
                event.of = of;
                event.target = Some("https://shop.invalid/health".into());
                event.verdict = Some(WatchVerdict::Healthy);
            }
            _ => {
                let Some(of) = of else { continue };
                event.of = Some(of);
                event.resolved_at = (kind == Kind::Resolution).then_some(at);
            }
        }
        if a % 6 == 0 {
            event.key = Some(format!("key-{}", b % 4).into());
        }
        res.push(event);
    }
    res
}

fn fold(files: &[(String, String)]) -> Projection {
    let sources: Vec<String> = files.iter().map(|it| it.0.clone()).collect();
    let load = |name: &str| {
        let file = files.iter().find(|it| it.0 == name).expect("listed");
        Ok(file.1.clone().into_bytes())
    };
    project(&Journal::index(&sources, &load))
}

/// Returns what the rows of a metrics table say.
fn rows(projection: &Projection) -> Vec<Option<Measured>> {
    let Some(tally) = projection.skills.get("s") else { return Vec::new() };
    let derived = DERIVED.iter().map(|it| it.id).chain(["m", "n"]);
    derived.map(|it| measure(it, "<50%", tally, Rules::default())).collect()
}

fn loose(event: &Event<'_>) -> (String, String) {
    (Store::event_path(event.id), event.line())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn files_and_their_order_mean_nothing(
        drafts in prop::collection::vec(draft(), 1..40),
        order in any::<prop::sample::Index>(),
        places in prop::collection::vec(0..4_u8, 40),
    ) {
        let events = events(&drafts);
        let plain: Vec<(String, String)> = events.iter().map(loose).collect();
        let expected = fold(&plain);
        let mut shuffled = plain.clone();
        shuffled.rotate_left(order.index(plain.len().max(1)));
        shuffled.reverse();
        prop_assert_eq!(&fold(&shuffled), &expected);
        prop_assert_eq!(rows(&fold(&shuffled)), rows(&expected));
        // Some loose, some in one pack or the other, some in both.
        let mut files = Vec::new();
        let mut packs = [String::new(), String::new()];
        for (event, place) in events.iter().zip(&places) {
            if *place == 0 || *place == 3 {
                files.push(loose(event));
            }
            if *place == 1 || *place == 3 {
                packs[0] += &event.line();
            }
            if *place == 2 || *place == 3 {
                packs[1].insert_str(0, &event.line());
            }
        }
        for text in packs.into_iter().filter(|it| !it.is_empty()) {
            files.push((format!("packs/{}", pack::name(text.as_bytes())), text));
        }
        prop_assert_eq!(&fold(&files), &expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The cache, continued event by event, by packs and by files that come and go, says what a
    /// reading of everything says.
    #[test]
    fn counting_on_is_counting_anew(
        drafts in prop::collection::vec(draft(), 1..25),
        steps in prop::collection::vec(0..8_u8, 25),
    ) {
        let project = Project::empty();
        let store = Store::at(project.dir.clone());
        store.create().unwrap();
        let events = events(&drafts);
        let path = |it: &Event<'_>| -> PathBuf { store.path(&Store::event_path(it.id)) };
        for (at, (event, step)) in events.iter().zip(&steps).enumerate() {
            let lock = store.lock(learn::store::write::PATIENCE).unwrap().expect("nobody else is here");
            if *step < 5 {
                let mut known = store.fold().unwrap();
                store.append(event).unwrap();
                if !known.add(&store, event) {
                    known = store.fold_fresh().unwrap();
                }
                store.keep_fold(&lock, &mut known).unwrap();
            } else {
                // It comes with a merge.
                let file = path(event);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, event.line()).unwrap();
            }
            if *step == 6 {
                let sources = store.sources().unwrap();
                pack::seal(&store, &lock, &pack::older_than(&sources, Timestamp(i64::MAX))).unwrap();
            }
            if *step == 7 && at > 2 {
                let _ = fs::remove_file(path(&events[at / 2]));
            }
            let mut counted = store.fold().unwrap();
            let (anew, problems, _) = store.fold_anew().unwrap();
            prop_assert!(problems.is_empty(), "{:?}", problems);
            let empty = learn::projection::SkillTally::default();
            let expected = anew.skills.get("s").unwrap_or(&empty);
            prop_assert_eq!(&*counted.skill("s"), expected);
            store.keep_fold(&lock, &mut counted).unwrap();
        }
    }
}
