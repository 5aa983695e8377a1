//! The page in front: what it says, and the values its fields start with.

use holdfast_model::screen::{Beside, ClashEntry, Detail, HandForm, HandKind, Page, Strength};
use holdfast_otp::Algorithm;
use slint::SharedString;

use super::lists::{Lists, code_row, code_view, refill, tide};
use super::text;
use crate::ui::{self, PageKind};

/// Shows the page in front.
pub fn show(to: &ui::Screen<'_>, lists: &Lists, page: &Page) {
    to.set_page(match page {
        Page::Starting => PageKind::Starting,
        Page::Blocked(blocked) => {
            to.set_sentence((&blocked.sentence).into());
            to.set_retry((&blocked.retry).into());
            to.set_anew(text(blocked.anew.as_deref()));
            PageKind::Blocked
        }
        Page::FirstStart(first) => {
            show_new_passphrase(
                to,
                &first.statement,
                first.strength.as_ref(),
                first.error.as_deref(),
            );
            PageKind::FirstStart
        }
        Page::Unlock(unlock) => {
            to.set_why_locked(text(unlock.why.as_deref()));
            to.set_error(text(unlock.error.as_deref()));
            PageKind::Unlock
        }
        Page::Astray(astray) => {
            to.set_astray_title((&astray.title).into());
            to.set_sentence((&astray.sentence).into());
            to.set_keeping((&astray.keep).into());
            to.set_use_file(text(astray.use_file.as_deref()));
            to.set_error(text(astray.error.as_deref()));
            PageKind::Astray
        }
        Page::Older(older) => {
            to.set_sentence((&older.sentence).into());
            PageKind::Older
        }
        Page::Remind(remind) => {
            to.set_sentence((&remind.sentence).into());
            to.set_error(text(remind.error.as_deref()));
            PageKind::Remind
        }
        Page::Passphrase(page) => {
            to.set_asks_current(page.asks_current);
            show_new_passphrase(to, &page.statement, page.strength.as_ref(), page.error.as_deref());
            PageKind::Passphrase
        }
        Page::DeviceAway(away) => {
            to.set_sentence((&away.statement).into());
            to.set_error(text(away.error.as_deref()));
            PageKind::DeviceAway
        }
        Page::Codes => PageKind::Codes,
        Page::Entry(entry) => {
            to.set_entry(code_row(&entry.row));
            to.set_tide(tide(&entry.tide));
            show_names(to, &entry.issuer, &entry.account);
            show_details(lists, &entry.details);
            to.set_error(text(entry.error.as_deref()));
            to.set_beside(match entry.beside {
                Beside::Code => ui::Beside::Code,
                Beside::Names => ui::Beside::Names,
                Beside::Delete => ui::Beside::Delete,
                Beside::Note => ui::Beside::Note,
                Beside::Ways => ui::Beside::Ways,
            });
            PageKind::Entry
        }
        Page::Add(add) => {
            to.set_heading((&add.title).into());
            to.set_sentence((&add.sentence).into());
            to.set_error(text(add.error.as_deref()));
            to.set_by_path(add.by_path);
            to.set_for_list(add.for_list);
            PageKind::Add
        }
        Page::Camera(camera) => {
            to.set_sentence((&camera.sentence).into());
            to.set_camera_running(camera.running);
            to.set_camera_failed(camera.failed);
            refill(&lists.cameras, camera.cameras.iter().map(SharedString::from));
            to.set_camera_used(camera.used.map_or(-1, |used| used as i32));
            to.set_torch_offered(camera.torch.is_some());
            to.set_torch(camera.torch == Some(true));
            to.set_focus_offered(camera.focus);
            to.set_for_list(camera.for_list);
            PageKind::Camera
        }
        Page::ByHand(by_hand) => {
            to.set_hand(hand_form(&by_hand.form));
            to.set_error(text(by_hand.error.as_deref()));
            PageKind::ByHand
        }
        Page::Choose(choose) => {
            to.set_sentence((&choose.sentence).into());
            refill(&lists.choices, choose.choices.iter().map(SharedString::from));
            PageKind::Choose
        }
        Page::Confirm(confirm) => {
            show_names(to, &confirm.issuer, &confirm.account);
            to.set_code(code_view(&confirm.code));
            to.set_tide(tide(&confirm.tide));
            refill(&lists.remarks, confirm.remarks.iter().map(SharedString::from));
            show_details(lists, &confirm.details);
            to.set_error(text(confirm.error.as_deref()));
            PageKind::Confirm
        }
        Page::Known(known) => {
            to.set_sentence((&known.sentence).into());
            to.set_known_id(slint::format!("{}", known.id));
            PageKind::Known
        }
        Page::Moving(moving) => {
            to.set_sentence((&moving.sentence).into());
            to.set_error(text(moving.error.as_deref()));
            to.set_by_path(moving.by_path);
            let fresh = moving.fresh.as_ref();
            to.set_entry(fresh.map(|fresh| code_row(&fresh.row)).unwrap_or_default());
            to.set_tide(fresh.map(|fresh| tide(&fresh.tide)).unwrap_or_default());
            PageKind::Moving
        }
        Page::List(list) => {
            to.set_sentence((&list.sentence).into());
            to.set_error(text(list.error.as_deref()));
            PageKind::MoveList
        }
        Page::Clock(clock) => {
            to.set_sentence((&clock.sentence).into());
            to.set_error(text(clock.error.as_deref()));
            PageKind::Clock
        }
        Page::Retire(retire) => {
            to.set_sentence((&retire.sentence).into());
            to.set_error(text(retire.error.as_deref()));
            PageKind::Retire
        }
        Page::Retired(receipt) => {
            to.set_sentence((&receipt.sentence).into());
            PageKind::Retired
        }
        Page::Clash(clash) => {
            to.set_sentence((&clash.sentence).into());
            refill(&lists.clashes, clash.entries.iter().map(clash_row));
            to.set_clash_waits(clash.waits);
            to.set_replacing((&clash.replacing).into());
            to.set_keeping((&clash.keeping).into());
            to.set_error(text(clash.error.as_deref()));
            PageKind::Clash
        }
    });
}

/// Empties what belongs to one page.
pub fn forget(to: &ui::Screen<'_>) {
    to.set_sentence(SharedString::default());
    to.set_error(SharedString::default());
    to.set_code(ui::CodeView::default());
    to.set_entry(ui::CodeRow::default());
    to.set_hand(ui::HandForm::default());
    to.set_strength(-1);
    show_names(to, "", "");
}

fn show_new_passphrase(
    to: &ui::Screen<'_>,
    statement: &str,
    strength: Option<&Strength>,
    error: Option<&str>,
) {
    to.set_sentence(statement.into());
    to.set_error(text(error));
    to.set_strength(strength.map_or(-1, |strength| strength.score.into()));
    if let Some(strength) = strength {
        to.set_strength_sentence((&strength.sentence).into());
    }
}

fn show_names(to: &ui::Screen<'_>, issuer: &str, account: &str) {
    to.set_issuer(issuer.into());
    to.set_account(account.into());
}

fn hand_form(form: &HandForm) -> ui::HandForm {
    ui::HandForm {
        issuer: (&form.issuer).into(),
        account: (&form.account).into(),
        key: form.key.as_str().into(),
        kind: match form.kind {
            HandKind::Time => ui::HandKind::Time,
            HandKind::Counter => ui::HandKind::Counter,
            HandKind::Steam => ui::HandKind::Steam,
        },
        hash: match form.algorithm {
            Algorithm::Sha1 => ui::Hash::Sha1,
            Algorithm::Sha256 => ui::Hash::Sha256,
            Algorithm::Sha512 => ui::Hash::Sha512,
        },
        digits: (&form.digits).into(),
        period: (&form.period).into(),
        counter: (&form.counter).into(),
    }
}

fn show_details(lists: &Lists, details: &[Detail]) {
    refill(
        &lists.details,
        details.iter().map(|detail| ui::Detail {
            label: (&detail.label).into(),
            value: (&detail.value).into(),
        }),
    );
}

fn clash_row(clash: &ClashEntry) -> ui::ClashRow {
    ui::ClashRow { id: slint::format!("{}", clash.id), label: (&clash.label).into() }
}
