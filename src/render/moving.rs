//! The pages of a move, put into the window.

use std::rc::Rc;

use holdfast_model::move_list::{Barcode, Step};
use holdfast_model::screen::{
    Asks, Care, Gone, ListPage, MoveRow, MovingPage, Page, Removal, RetiredPage,
};
use slint::{Image, ModelRc, Rgb8Pixel, SharedPixelBuffer, SharedString, VecModel};

use super::lists::refill;
use super::text;
use crate::ui;

/// The lists of the pages of a move.
#[derive(Default)]
pub struct Lists {
    rows: Rc<VecModel<ui::MoveRow>>,
    removals: Rc<VecModel<ui::RemovalRow>>,
    names: Rc<VecModel<SharedString>>,
    only_aside: Rc<VecModel<SharedString>>,
    gone: Rc<VecModel<SharedString>>,
    former: Rc<VecModel<ui::FormerRow>>,
    in_trash: Rc<VecModel<ui::GoneRow>>,
}

impl Lists {
    /// Empty lists, handed to the window.
    pub fn of(to: &ui::Moving<'_>) -> Self {
        let lists = Self::default();
        to.set_rows(ModelRc::from(Rc::clone(&lists.rows)));
        to.set_removals(ModelRc::from(Rc::clone(&lists.removals)));
        to.set_names(ModelRc::from(Rc::clone(&lists.names)));
        to.set_only_aside(ModelRc::from(Rc::clone(&lists.only_aside)));
        to.set_gone(ModelRc::from(Rc::clone(&lists.gone)));
        to.set_former(ModelRc::from(Rc::clone(&lists.former)));
        to.set_in_trash(ModelRc::from(Rc::clone(&lists.in_trash)));
        lists
    }
}

/// Shows what the page in front tells of a move, or of an entry beside its codes.
pub fn show(to: &ui::Moving<'_>, lists: &Lists, page: &Page) {
    match page {
        Page::Moving(page) => show_page(to, lists, page),
        Page::List(page) => show_list(to, lists, page),
        Page::Retire(page) => {
            to.set_more((&page.more).into());
            to.set_aside((&page.aside).into());
            refill(&lists.names, page.names.iter().map(SharedString::from));
            refill(&lists.only_aside, page.only_aside.iter().map(SharedString::from));
        }
        Page::Retired(page) => show_receipt(to, lists, page),
        Page::Entry(entry) => show_care(to, lists, &entry.care),
        _ => {}
    }
}

/// Shows the page of the move.
fn show_page(to: &ui::Moving<'_>, lists: &Lists, page: &MovingPage) {
    to.set_away(page.away);
    to.set_can_begin(page.can_begin);
    to.set_more((&page.more).into());
    refill(&lists.removals, page.removals.iter().map(removal));
    to.set_end_label((&page.end).into());
    to.set_retire(text(page.retire.as_deref()));
    refill(&lists.rows, page.rows.iter().map(row));
    let part = page.part.as_ref();
    to.set_barcode(part.map(|part| drawn(&part.barcode)).unwrap_or_default());
    to.set_part_label(text(part.map(|part| part.label.as_str())));
    to.set_part(part.map_or(0, |part| part.number.into()));
    to.set_parts(part.map_or(0, |part| part.of.into()));
    to.set_part_first(page.part_first);
    to.set_fresh(text(page.fresh.as_ref().map(|fresh| fresh.sentence.as_str())));
}

/// Shows a list that was read.
fn show_list(to: &ui::Moving<'_>, lists: &Lists, page: &ListPage) {
    to.set_take((&page.take).into());
    to.set_more((&page.more).into());
    refill(&lists.names, page.names.iter().map(SharedString::from));
}

/// Shows the receipt.
fn show_receipt(to: &ui::Moving<'_>, lists: &Lists, page: &RetiredPage) {
    to.set_note_of_end((&page.note).into());
    refill(&lists.names, page.unready.iter().map(SharedString::from));
    refill(&lists.only_aside, page.only_aside.iter().map(SharedString::from));
    refill(&lists.gone, page.gone.iter().map(SharedString::from));
}

/// Shows what is known of an entry beside its codes.
fn show_care(to: &ui::Moving<'_>, lists: &Lists, care: &Care) {
    to.set_note((&care.note).into());
    to.set_recovery_codes((&care.recovery_codes).into());
    to.set_second_way((&care.second_way).into());
    to.set_recovery_codes_today(care.seen_today.recovery_codes);
    to.set_second_way_today(care.seen_today.second_way);
    to.set_help_two_factor(care.help.two_factor);
    to.set_help_recovery(care.help.recovery);
    let former = care.former.iter().map(|former| ui::FormerRow {
        id: slint::format!("{}", former.id),
        label: (&former.label).into(),
    });
    refill(&lists.former, former);
}

/// Shows the accounts that are in the trash alone.
pub fn show_trash(lists: &Lists, gone: &[Gone]) {
    let rows = gone.iter().map(|gone| ui::GoneRow {
        id: slint::format!("{}", gone.id),
        name: (&gone.name).into(),
        label: (&gone.label).into(),
    });
    refill(&lists.in_trash, rows);
}

/// Shows the question that can wait, or none.
pub fn show_nudge(to: &ui::Moving<'_>, nudge: Option<&str>) {
    to.set_nudge(text(nudge));
}

/// Empties what belongs to one page.
pub fn forget(to: &ui::Moving<'_>) {
    to.set_barcode(Image::default());
    to.set_note(SharedString::default());
}

/// One pixel to a module; the window enlarges it without blur.
fn drawn(barcode: &Barcode) -> Image {
    let side = barcode.side();
    let Ok(size) = u32::try_from(side) else { return Image::default() };
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(size, size);
    for (at, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        let shade = if barcode.is_dark(at % side, at / side) { 0 } else { 255 };
        *pixel = Rgb8Pixel { r: shade, g: shade, b: shade };
    }
    Image::from_rgb8(pixels)
}

fn removal(removal: &Removal) -> ui::RemovalRow {
    let list = removal.list.map(|list| slint::format!("{list}")).unwrap_or_default();
    ui::RemovalRow { list, label: (&removal.label).into(), came: (&removal.came).into() }
}

fn row(row: &MoveRow) -> ui::MoveRow {
    ui::MoveRow {
        id: slint::format!("{}", row.id),
        title: (&row.title).into(),
        subtitle: (&row.subtitle).into(),
        step: match row.step {
            Step::ToDo => ui::MoveStep::ToDo,
            Step::ReEnrolled => ui::MoveStep::ReEnrolled,
            Step::Confirmed => ui::MoveStep::Confirmed,
            Step::Retired => ui::MoveStep::Retired,
        },
        label: (&row.label).into(),
        asks: match row.asks {
            Asks::Nothing => ui::MoveAsks::Nothing,
            Asks::Barcode => ui::MoveAsks::Barcode,
            Asks::WhetherNew => ui::MoveAsks::WhetherNew,
        },
        advice: (&row.advice).into(),
        has_help: row.has_help,
        spoken: (&row.accessible_label).into(),
    }
}
