//! The 30-second story in a scratch copy: a deployment is rolled back, the lesson is recorded, the
//! package is updated over it, and the lesson comes back. `cargo run --example demo`

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use learn::cli::{World, run};

fn main() -> io::Result<()> {
    let root = std::env::temp_dir().join(format!("learn-demo-{}", std::process::id()));
    let skill = root.join(".claude/skills/production-deployment-phase");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("skills/production-deployment-phase");
    install(&shipped, &skill)?;
    println!("A scratch project with one skill: {}\n", root.display());

    show("Before: the file that nobody fills", &skill)?;
    learn(
        &root,
        &[
            "record",
            "rollback",
            "--feature",
            "checkout-v2",
            "--cause",
            "DATABASE_URL was missing in production",
        ],
    );
    learn(
        &root,
        &[
            "record",
            "rollback",
            "--feature",
            "search",
            "--cause",
            "migration locked the orders table",
        ],
    );
    show("After: the file says it", &skill)?;

    println!(
        "--- The package is updated: its files are copied over the project, learnings.md too\n"
    );
    install(&shipped, &skill)?;
    show("Wiped, as after every update", &skill)?;
    learn(&root, &["sync"]);
    show("The lesson is still there", &skill)?;
    learn(&root, &["show", "rollback"]);
    fs::remove_dir_all(&root)
}

/// Installs a package the way installers do: every file over what is there.
fn install(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

fn learn(root: &Path, args: &[&str]) {
    let shown: Vec<String> = args
        .iter()
        .map(|it| if it.contains(' ') { format!("\"{it}\"") } else { (*it).to_owned() })
        .collect();
    println!("$ learn {}", shown.join(" "));
    let world = World {
        args: std::iter::once("learn").chain(args.iter().copied()).map(Into::into).collect(),
        cwd: PathBuf::from(root),
        millis: now(),
        path: None,
        exe: || None,
        home: None,
        project_dir: None,
        clock: now,
        is_terminal: || false,
        columns: || None,
    };
    let code = run(&world, &mut io::empty(), &mut anstream::stdout(), &mut anstream::stderr());
    assert_eq!(code, 0, "the demo runs");
    println!();
}

/// Milliseconds since 1970 (UTC).
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |it| it.as_millis() as u64)
}

/// Prints the entry of the pitfall as it stands in the file.
fn show(title: &str, skill: &Path) -> io::Result<()> {
    let text = fs::read_to_string(skill.join("learnings.md"))?;
    println!("--- {title}");
    let lines = text.lines().skip_while(|it| *it != "### rollback-needed");
    for (number, line) in lines.enumerate() {
        if number > 0 && line.starts_with("###") {
            break;
        }
        println!("    {line}");
    }
    io::stdout().flush()
}
