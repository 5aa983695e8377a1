//! The device's clock, put into the window.

use holdfast_model::screen::Page;

use super::text;
use crate::ui;

/// Shows that the codes are corrected, or that they are not.
pub fn show_line(to: &ui::Clock<'_>, line: Option<&str>) {
    to.set_line(text(line));
}

/// Shows the page of the clock, beside its sentence.
pub fn show(to: &ui::Clock<'_>, page: &Page) {
    if let Page::Clock(page) = page {
        to.set_explanation(text(page.explanation.as_deref()));
        to.set_correct(text(page.correct.as_deref()));
        to.set_remove(text(page.remove.as_deref()));
    }
}
