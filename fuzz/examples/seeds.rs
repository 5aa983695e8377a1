//! Writes the seeds of a target into a folder: `seeds TARGET FOLDER`.

#![expect(clippy::disallowed_methods, reason = "it writes files where it is told to")]

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let [name, folder] = [1, 2].map(|at| env::args().nth(at).unwrap_or_default());
    let Some(target) = holdfast_fuzz::target(&name) else {
        let names: Vec<_> = holdfast_fuzz::TARGETS.iter().map(|target| target.name).collect();
        return Err(io::Error::other(format!("targets are {}", names.join(", "))));
    };
    fs::create_dir_all(&folder)?;
    for (at, seed) in (target.seeds)().iter().enumerate() {
        fs::write(Path::new(&folder).join(format!("seed-{at}")), seed)?;
    }
    Ok(())
}
