//! Real pictures, where the shared folder is there: a floor under the read rate.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "pictures are files, a skip is said"
)]

use std::path::{Path, PathBuf};

use holdfast_model::scan::{self, Luma, Picture};

/// The folder of pictures, or a line that says why the test is skipped.
fn pictures() -> Option<PathBuf> {
    let shared = std::env::var_os("HOLDFAST_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let folder = shared.join("qr");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no pictures in {}", folder.display());
    None
}

#[test]
fn a_real_camera_plane_is_read_by_its_stride() {
    let Some(root) = pictures() else { return };
    let file = std::fs::File::open(root.join("camera-plane-1600x1200.y.gz")).unwrap();
    let mut plane = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(file), &mut plane).unwrap();
    let texts =
        |width, stride| scan::read(&Luma::new(width, 1100, stride, &plane).unwrap()).texts.len();
    assert_eq!(texts(1600, 1600), 1);
    assert_eq!(texts(1560, 1560), 0, "the width is not the stride");
    assert_eq!(texts(1600, 1664), 0);
}

/// The small pictures of a folder, in the order of their names, each with its text if it is known.
fn cases(folder: &Path) -> Vec<(PathBuf, Picture, Option<String>)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let case = |path: PathBuf| {
        let bytes = std::fs::read(&path).ok()?;
        let picture = Picture::decode(&bytes).ok()?;
        let text = ["txt", "consensus.txt"]
            .iter()
            .find_map(|ending| std::fs::read_to_string(path.with_extension(ending)).ok());
        (picture.width() * picture.height() < 700_000).then_some((path, picture, text))
    };
    paths.into_iter().filter_map(case).collect()
}

/// Equal in what is ASCII and no blank: that much several readers agreed on.
fn same(left: &str, right: &str) -> bool {
    let kept = |text: &str| text.chars().filter(char::is_ascii_graphic).collect::<String>();
    kept(left) == kept(right)
}

#[test]
fn real_pictures_are_read() {
    let Some(root) = pictures() else { return };
    let (mut read, mut of, mut missed) = (0, 0, Vec::new());
    for folder in
        ["jsqr-e2e", "zxing-qrcode-2", "zxing-qrcode-6", "zxingcpp-qrcode-2", "boofcv-nominal"]
    {
        // Every second one, so that a debug build is done in seconds.
        for (path, picture, text) in cases(&root.join(folder)).into_iter().step_by(2) {
            let Some(text) = text.filter(|text| !text.trim().is_empty()) else { continue };
            let found = scan::read_still(&picture);
            let right = found.texts.iter().any(|found| {
                same(found.as_str(), &text) || text.lines().any(|line| same(found.as_str(), line))
            });
            of += 1;
            read += u32::from(right);
            if !right {
                missed.push(path);
            }
        }
    }
    assert!(of >= 50, "only {of} pictures are there");
    assert!(read * 100 >= of * 94, "{read} of {of} were read, not {missed:?}");
}

#[test]
fn nothing_is_read_in_real_pictures_without_a_barcode() {
    let Some(root) = pictures() else { return };
    for (path, picture, _) in cases(&root.join("falsepositives")) {
        assert!(scan::read_still(&picture).is_empty(), "{}", path.display());
    }
}
