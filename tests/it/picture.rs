//! The picture of the README: a real run, drawn as SVG. The update in it is what an update does: the package's files are
//! copied over those that are there.

use anstyle_svg::Term;

use crate::support::{PRODUCTION, Project, copy_dir, repo};

const CAUSE: &str = "DATABASE_URL was missing in production";

/// Runs the commands of the picture and returns what a terminal of 100 columns shows.
fn shown() -> String {
    let project = Project::new();
    let mut res = String::new();
    let mut run = |shown: &str, args: &[&str]| {
        let mut command = project.command(args);
        command.env("CLICOLOR_FORCE", "1").env("COLUMNS", "100");
        let out = command.output().unwrap();
        assert!(out.status.success(), "{out:?}");
        let text = String::from_utf8(out.stdout).unwrap();
        res += &format!("\u{1b}[2m$\u{1b}[0m \u{1b}[1m{shown}\u{1b}[0m\n{}\n", text);
    };
    run(
        &format!("learn record rollback --feature checkout-v2 --cause \"{CAUSE}\""),
        &["record", "rollback", "--feature", "checkout-v2", "--cause", CAUSE],
    );
    let package = repo().join("skills/production-deployment-phase");
    copy_dir(&package, &project.path(PRODUCTION));
    run("npm update the-skill-package && learn sync", &["sync"]);
    let about = ["context", "phase-2-ship", "--tokens", "250"];
    run(&format!("learn {}", about.join(" ")), &about);
    res
}

/// The picture without what differs from run to run: ids of events.
fn masked(svg: &str) -> String {
    let is_id = |it: &str| {
        it.len() == 8 && it.bytes().all(|it| it.is_ascii_digit() || it.is_ascii_uppercase())
    };
    let words = svg.split_inclusive(|it: char| !it.is_ascii_alphanumeric());
    words
        .map(|it| {
            let (word, end) =
                it.split_at(it.trim_end_matches(|it: char| !it.is_ascii_alphanumeric()).len());
            if is_id(word) { format!("00000000{end}") } else { it.to_owned() }
        })
        .collect()
}

#[test]
fn the_picture_of_the_readme_is_of_a_real_run() {
    let path = repo().join("docs/picture.svg");
    let svg = Term::new().min_width_px(840).render_svg(&shown());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &svg).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap();
    assert_eq!(masked(&there), masked(&svg), "run it with UPDATE_EXPECT=1");
}
