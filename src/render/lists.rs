//! The lists, row by row: a second that passes touches only the rows that it changes.

use std::rc::Rc;

use holdfast_model::screen::{CodeKind, CodeView, Codes, Row, Tide};
use slint::{Model, ModelRc, SharedString, VecModel};

use super::text;
use crate::ui::{self, CodeRow};

/// The lists that the window shows, which stay the same while their rows change.
pub struct Lists {
    rows: Rc<VecModel<CodeRow>>,
    /// The time each row has left; only the tide lines read it.
    tides: Rc<VecModel<ui::Tide>>,
    unreadable: Rc<VecModel<ui::UnreadableRow>>,
    /// The facts of the page in front.
    pub details: Rc<VecModel<ui::Detail>>,
    /// What is worth knowing about what was read.
    pub remarks: Rc<VecModel<SharedString>>,
    /// The barcodes to choose from.
    pub choices: Rc<VecModel<SharedString>>,
    /// The cameras to choose from.
    pub cameras: Rc<VecModel<SharedString>>,
    /// The entries that can be replaced.
    pub clashes: Rc<VecModel<ui::ClashRow>>,
}

impl Lists {
    /// Empty lists, handed to the window.
    pub fn of(to: &ui::Screen<'_>) -> Self {
        let lists = Self {
            rows: Rc::default(),
            tides: Rc::default(),
            unreadable: Rc::default(),
            details: Rc::default(),
            remarks: Rc::default(),
            choices: Rc::default(),
            cameras: Rc::default(),
            clashes: Rc::default(),
        };
        to.set_tides(ModelRc::from(Rc::clone(&lists.tides)));
        to.set_rows(ModelRc::from(Rc::clone(&lists.rows)));
        to.set_unreadable(ModelRc::from(Rc::clone(&lists.unreadable)));
        to.set_details(ModelRc::from(Rc::clone(&lists.details)));
        to.set_remarks(ModelRc::from(Rc::clone(&lists.remarks)));
        to.set_choices(ModelRc::from(Rc::clone(&lists.choices)));
        to.set_cameras(ModelRc::from(Rc::clone(&lists.cameras)));
        to.set_clashes(ModelRc::from(Rc::clone(&lists.clashes)));
        lists
    }

    /// Shows the list of codes, or forgets it where there is none.
    pub fn show_codes(&self, to: &ui::Screen<'_>, before: Option<&Codes>, codes: Option<&Codes>) {
        let nothing = Codes::default();
        to.set_codes_shown(codes.is_some());
        let (before, codes) = (before.unwrap_or(&nothing), codes.unwrap_or(&nothing));
        self.show_tides(&codes.tides);
        change_rows(&self.rows, &before.rows, &codes.rows);
        refill(
            &self.unreadable,
            codes.unreadable.iter().map(|row| ui::UnreadableRow {
                title: (&row.title).into(),
                sentence: (&row.sentence).into(),
            }),
        );
        to.set_search((&codes.search).into());
        let empty = codes.empty.as_ref();
        to.set_empty_title(text(empty.map(|empty| empty.title.as_str())));
        to.set_empty_sentence(text(empty.map(|empty| empty.sentence.as_str())));
        to.set_empty_new(empty.is_some_and(|empty| empty.is_new));
    }
}

impl Lists {
    fn show_tides(&self, tides: &[Tide]) {
        if self.tides.row_count() != tides.len() {
            return self.tides.set_vec(tides.iter().map(tide).collect::<Vec<_>>());
        }
        for (place, tide) in tides.iter().map(tide).enumerate() {
            if self.tides.row_data(place).as_ref() != Some(&tide) {
                self.tides.set_row_data(place, tide);
            }
        }
    }
}

/// Fills a short list anew, if it is to hold something else.
pub fn refill<T: Clone + PartialEq + 'static>(list: &VecModel<T>, items: impl Iterator<Item = T>) {
    let items: Vec<T> = items.collect();
    if !list.iter().eq(items.iter().cloned()) {
        list.set_vec(items);
    }
}

/// Makes the shown rows equal to `rows`, in one pass over both: a row that is gone is removed, a
/// new one inserted, and one that changed set in its place.
fn change_rows(shown: &VecModel<CodeRow>, before: &[Row], rows: &[Row]) {
    let mut old = before.iter().peekable();
    for (place, row) in rows.iter().enumerate() {
        let moved_up = old.peek().is_some_and(|old| old.id != row.id)
            && before.iter().any(|old| old.id == row.id);
        if moved_up {
            while old.next_if(|old| old.id != row.id).is_some() {
                shown.remove(place);
            }
        }
        match old.next_if(|old| old.id == row.id) {
            Some(old) if old == row => {}
            Some(_) => shown.set_row_data(place, code_row(row)),
            None => shown.insert(place, code_row(row)),
        }
    }
    while shown.row_count() > rows.len() {
        shown.remove(shown.row_count() - 1);
    }
}

pub(super) fn code_row(row: &Row) -> CodeRow {
    CodeRow {
        id: slint::format!("{}", row.id),
        title: (&row.title).into(),
        subtitle: (&row.subtitle).into(),
        apart: (&row.apart).into(),
        view: code_view(&row.code),
        trouble: text(row.trouble.as_deref()),
        selected: row.selected,
        spoken: row.accessible_label.as_str().into(),
    }
}

pub(super) fn code_view(view: &CodeView) -> ui::CodeView {
    ui::CodeView {
        kind: match view.kind {
            CodeKind::Rolling => ui::CodeKind::Rolling,
            CodeKind::Counter => ui::CodeKind::Counter,
            CodeKind::Waiting => ui::CodeKind::Waiting,
            CodeKind::None => ui::CodeKind::None,
        },
        code: view.code.as_str().into(),
        next: view.next.as_str().into(),
        ebb: view.ebb,
    }
}

pub(super) fn tide(tide: &Tide) -> ui::Tide {
    ui::Tide {
        seconds_left: i32::try_from(tide.seconds_left).unwrap_or(i32::MAX),
        fraction: tide.fraction,
        spoken: (&tide.accessible_label).into(),
    }
}
