//! Pictures in folders, with the text that is expected of each in a file beside it.

use std::path::{Path, PathBuf};

use holdfast_model::scan::Picture;

/// A picture and what a reader should find in it.
pub struct Case {
    pub folder: String,
    pub path: PathBuf,
    /// Nothing where Holdfast does not open the file.
    pub picture: Option<Picture>,
    /// The expected text; `None` where nobody knows it, and empty where there is no code.
    pub expected: Option<String>,
}

impl Case {
    /// Whether the picture holds a code whose text is known.
    pub fn has_content(&self) -> bool {
        self.expected.as_ref().is_some_and(|text| !text.trim().is_empty())
    }

    /// Whether the picture is known to hold no code.
    pub fn is_empty(&self) -> bool {
        self.path.iter().any(|part| part == "falsepositives")
    }

    /// Whether `texts` has the expected text, or one of its lines: a picture of several codes lists
    /// them line by line.
    pub fn is_read_by<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let Some(expected) = &self.expected else { return false };
        texts.into_iter().any(|text| {
            same(text, expected)
                || expected.lines().any(|line| !line.trim().is_empty() && same(text, line))
        })
    }
}

/// Equal but for blanks, line ends and what is not ASCII: where several readers agreed on a text, it
/// is their agreement on that much which stands in the file.
fn same(left: &str, right: &str) -> bool {
    let kept = |text: &str| text.chars().filter(char::is_ascii_graphic).collect::<String>();
    let exact = |text: &str| text.split_whitespace().collect::<String>();
    kept(left) == kept(right) && (!kept(right).is_empty() || exact(left) == exact(right))
}

/// Every picture in `root` and the folders below it, in order of their names.
pub fn cases(root: &Path) -> std::io::Result<Vec<Case>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths.iter().filter_map(|path| case(root, path)).collect())
}

fn case(root: &Path, path: &Path) -> Option<Case> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let expected = ["txt", "consensus.txt"].iter().find_map(|ending| {
        let bytes = std::fs::read(path.with_extension(ending)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    // Whatever has a text beside it is a picture of a code, also where it is of a kind that is not opened.
    let known = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "pgm", "ppm"];
    if ending == "txt" || !known.contains(&ending.as_str()) && expected.is_none() {
        return None;
    }
    let picture = match Picture::decode(&std::fs::read(path).ok()?) {
        Ok(picture) => Some(picture),
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            None
        }
    };
    let parent = path.parent()?;
    // A folder that is named itself keeps its name.
    let within = parent.strip_prefix(root).ok().filter(|within| !within.as_os_str().is_empty());
    let folder = within.unwrap_or(Path::new(parent.file_name()?)).display().to_string();
    Some(Case { folder, path: path.to_owned(), picture, expected })
}
