//! How texts become as large as the person wants them: the pages as a whole as far as they fit, and the
//! texts on them by what is missing then.

/// The narrowest window that every page fits in.
const NARROWEST: f32 = 320.0;

/// How much larger than they are made the pages hold their texts.
const LARGEST: f32 = 2.0;

/// By what the pages and the texts on them are multiplied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Enlarged {
    /// The page as a whole.
    pub page: f32,
    /// The texts on it, beside that: from 1 to 2.
    pub texts: f32,
}

impl Enlarged {
    /// For texts that are `wanted` times as large, in a window whose shorter side is so many units long
    /// before anything is made larger. Turned, a phone shows them as large as before.
    #[must_use]
    pub fn new(wanted: f32, shorter: f32) -> Self {
        let page = wanted.clamp(1.0, (shorter / NARROWEST).max(1.0));
        Self { page, texts: (wanted / page).clamp(1.0, LARGEST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enlarged(wanted: f32, shorter: f32) -> (f32, f32) {
        let Enlarged { page, texts } = Enlarged::new(wanted, shorter);
        (page, texts)
    }

    #[test]
    fn the_page_grows_as_far_as_it_fits_and_the_texts_by_the_rest() {
        assert_eq!(enlarged(1.0, 393.0), (1.0, 1.0));
        assert_eq!(enlarged(1.2, 400.0), (1.2, 1.0));
        assert_eq!(enlarged(2.0, 320.0), (1.0, 2.0));
        assert_eq!(enlarged(2.0, 400.0), (1.25, 1.6));
        assert_eq!(enlarged(2.0, 800.0), (2.0, 1.0), "a tablet has room for all of it");
    }

    #[test]
    fn nothing_becomes_smaller_than_it_is_made() {
        assert_eq!(enlarged(0.85, 393.0), (1.0, 1.0));
        assert_eq!(enlarged(0.85, 240.0), (1.0, 1.0));
        assert_eq!(enlarged(1.5, 240.0), (1.0, 1.5), "narrower than the narrowest");
    }

    #[test]
    fn what_no_page_holds_is_not_asked_of_one() {
        assert_eq!(enlarged(3.0, 320.0), (1.0, 2.0));
    }
}
