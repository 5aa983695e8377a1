//! What is to be seen, put into the window: the only place that sets its properties.

mod clock;
mod lists;
mod moving;
mod pages;

use std::mem::discriminant;

use holdfast_model::screen::Screen;
use holdfast_model::{Appearance, Preferences};
use slint::{ComponentHandle, Image, SharedString};

use crate::host::camera::Preview;
use crate::ui::{self, AppWindow};
use lists::Lists;

/// Remembers what the window shows, so that only what changed is touched.
pub struct Renderer {
    shown: Option<Screen>,
    lists: Lists,
    moves: moving::Lists,
}

impl Renderer {
    /// Gives the window what never changes, and the lists whose rows will.
    pub fn new(window: &AppWindow) -> Self {
        window.set_version(env!("CARGO_PKG_VERSION").into());
        Self {
            shown: None,
            lists: Lists::of(&window.global::<ui::Screen>()),
            moves: moving::Lists::of(&window.global::<ui::Moving>()),
        }
    }

    /// Shows a screen.
    pub fn show(&mut self, window: &AppWindow, screen: Screen) {
        if self.shown.as_ref() == Some(&screen) {
            return;
        }
        let to = window.global::<ui::Screen>();
        to.set_busy(text(screen.busy.as_deref()));
        to.set_warning(text(screen.warning.as_deref()));
        show_notice(&to, &screen);
        show_preferences(window, screen.preferences);
        to.set_reads_screens(screen.reads_screens);
        to.set_device_there(screen.by_device.is_some());
        to.set_device_opens(screen.by_device == Some(true));
        let moving = window.global::<ui::Moving>();
        let clock = window.global::<ui::Clock>();
        clock::show_line(&clock, screen.correction.as_deref());
        moving::show_nudge(&moving, screen.nudge.as_deref());
        let before = self.shown.as_ref();
        if before.map(|shown| &shown.in_trash) != Some(&screen.in_trash) {
            moving::show_trash(&self.moves, &screen.in_trash);
        }
        if before.map(|shown| &shown.codes) != Some(&screen.codes) {
            let codes_before = before.and_then(|shown| shown.codes.as_ref());
            self.lists.show_codes(&to, codes_before, screen.codes.as_ref());
        }
        if before.map(|shown| &shown.page) != Some(&screen.page) {
            // What one page said, and above all its codes and keys, is not there on the next.
            if before.map(|shown| discriminant(&shown.page)) != Some(discriminant(&screen.page)) {
                pages::forget(&to);
                moving::forget(&moving);
            }
            pages::show(&to, &self.lists, &screen.page);
            moving::show(&moving, &self.moves, &screen.page);
            clock::show(&clock, &screen.page);
        }
        // Last: a page that is entered anew takes its fields from what was set above. The window
        // only looks whether it changed, so the upper half may be lost.
        to.set_visit(screen.visit as i32);
        self.shown = Some(screen);
    }

    /// Shows a frame of the camera in the viewfinder: the buffer itself, not a copy.
    pub fn show_frame(&mut self, window: &AppWindow, frame: Preview) {
        window.global::<ui::Screen>().set_viewfinder(Image::from_rgb8(frame));
    }

    /// Drops the last frame: it may show a barcode.
    pub fn forget_frame(&mut self, window: &AppWindow) {
        window.global::<ui::Screen>().set_viewfinder(Image::default());
    }
}

fn show_preferences(window: &AppWindow, chosen: Preferences) {
    window.global::<ui::Theme>().set_scheme(match chosen.appearance {
        Appearance::System => ui::Scheme::System,
        Appearance::Light => ui::Scheme::Light,
        Appearance::Dark => ui::Scheme::Dark,
    });
    let to = window.global::<ui::Screen>();
    to.set_idle_minutes(chosen.idle.as_minutes().into());
    to.set_locks_hidden(chosen.locks_hidden);
}

fn show_notice(to: &ui::Screen<'_>, screen: &Screen) {
    let notice = screen.notice.as_ref();
    to.set_notice(text(notice.map(|notice| notice.sentence.as_str())));
    to.set_undo(text(notice.and_then(|notice| notice.undo.as_deref())));
    to.set_trouble(notice.is_some_and(|notice| notice.trouble));
}

/// A sentence, or the empty text where there is none.
fn text(text: Option<&str>) -> SharedString {
    text.unwrap_or_default().into()
}
