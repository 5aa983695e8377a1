//! Makes the pictures of the README and of docs/moving.md: `cargo run --example screenshots -- FOLDER`; with `--all`, every page
//! at every size that matters.
//!
//! They are the window's own pixels, with the real model and a real vault file in a folder of its
//! own; only the time and the clipboard are made up.

#![expect(clippy::expect_used, reason = "the window's kit, made for tests, ends by panicking")]

#[path = "../tests/it/window/fickle.rs"]
mod fickle;
#[path = "../tests/it/window/kit.rs"]
#[expect(dead_code, reason = "the stories use more of it than the pictures do")]
mod kit;
#[path = "../tests/it/window/move_story.rs"]
mod move_story;
#[path = "../tests/it/window/tour.rs"]
mod tour;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Context;
use holdfast::ui::Scheme;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use kit::Kit;

/// The pages that are kept, of those that the tour passes.
const PHONE: &[&str] = &["first-start", "codes-next", "codes-ebb", "confirm", "entry", "unlock"];
const DESKTOP: &[&str] = &["codes-next", "entry"];

fn main() -> anyhow::Result<()> {
    let folder: PathBuf =
        std::env::args_os().nth(1).context("name the folder for the pictures")?.into();
    #[expect(clippy::disallowed_methods, reason = "this program writes pictures")]
    std::fs::create_dir_all(&folder)?;
    let all = std::env::args().nth(2).as_deref() == Some("--all");
    shoot(&folder, "phone", (412, 915), if all { None } else { Some(PHONE) })?;
    shoot_move(&folder)?;
    shoot(&folder, "desktop", (1280, 800), if all { None } else { Some(DESKTOP) })?;
    if all {
        shoot(&folder, "smallest", (320, 568), None)?;
        shoot(&folder, "narrowest-beside", (900, 700), None)?;
    }
    Ok(())
}

/// The pictures of docs/moving.md, which tell one story on two devices.
fn shoot_move(folder: &Path) -> anyhow::Result<()> {
    // The receipt names what was destroyed, so the folders have names that can be shown.
    let device = |name: &str| {
        let folder = tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir();
        folder.map(Kit::in_folder).context("there is no room for a vault")
    };
    let (old, new) = (device("old-phone")?, device("new-phone")?);
    let mut outcome = Ok(());
    move_story::story(&old, &new, |kit, page| {
        if outcome.is_ok() {
            outcome = both_schemes(kit, folder, &format!("phone-{page}"));
        }
    });
    outcome
}

/// The page in front, light and dark.
fn both_schemes(kit: &Kit, folder: &Path, name: &str) -> anyhow::Result<()> {
    for (scheme, called) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
        kit.scheme(scheme);
        let path = folder.join(format!("{name}-{called}.png"));
        save(&path, kit).with_context(|| format!("{} could not be made", path.display()))?;
    }
    Ok(())
}

fn shoot(
    folder: &Path,
    name: &str,
    (width, height): (u32, u32),
    kept: Option<&[&str]>,
) -> anyhow::Result<()> {
    let kit = Kit::new();
    kit.size(width, height);
    let mut outcome = Ok(());
    tour::tour(kit, |kit, page| {
        if kept.is_some_and(|kept| !kept.contains(&page)) || outcome.is_err() {
            return;
        }
        outcome = both_schemes(kit, folder, &format!("{name}-{page}"));
    });
    outcome
}

/// Writes the window's pixels as a small PNG.
#[expect(clippy::disallowed_methods, reason = "this program writes pictures")]
fn save(path: &Path, kit: &Kit) -> anyhow::Result<()> {
    let picture = kit.picture();
    let rgb: Vec<u8> =
        picture.as_slice().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    let file = BufWriter::new(File::create(path)?);
    let (small, filter) = (CompressionType::Best, FilterType::Adaptive);
    PngEncoder::new_with_quality(file, small, filter).write_image(
        &rgb,
        picture.width(),
        picture.height(),
        ExtendedColorType::Rgb8,
    )?;
    Ok(())
}
