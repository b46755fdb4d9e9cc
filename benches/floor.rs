//! What a program costs that does nothing, or only the writing that `learn record` cannot do without:
//! one new file and one replaced file, each with fsync of file and folder; or only the reading of files
//! (`--read FILE…`). Compiled by `speed.rs`.

use std::fs::{self, File};
use std::io::Write;

fn main() {
    let mut args = std::env::args().skip(1);
    let Some(dir) = args.next() else { return };
    if dir == "--read" {
        let bytes: usize = args.map(|it| fs::read(it).unwrap().len()).sum();
        assert!(bytes > 0);
        return;
    }
    let dir = std::path::Path::new(&dir);
    let number = args.next().unwrap_or_default();
    let write = |name: &str, target: &str| {
        let tmp = dir.join(name);
        let mut file = File::create(&tmp).unwrap();
        file.write_all(&[b'x'; 2000]).unwrap();
        file.sync_all().unwrap();
        fs::rename(&tmp, dir.join(target)).unwrap();
        File::open(dir).unwrap().sync_all().unwrap();
    };
    write("a.tmp", &number);
    write("b.tmp", "replaced");
}
