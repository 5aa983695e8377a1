//! What the person does in the window, as messages: the only place that registers callbacks.

mod clock;
pub mod keyboard;
mod moving;

use holdfast_model::screen::{HandForm, HandKind};
use holdfast_model::vault::EntryId;
use holdfast_model::{Appearance, DeviceMsg, IdleTime, Msg, SecretText};
use holdfast_otp::Algorithm;
use slint::{CloseRequestResponse, ComponentHandle, SharedString};

use crate::host::posix::picture::path_typed;
use crate::ui::{self, Actions, AppWindow};

/// What the window tells the shell.
pub enum Happened {
    /// The person did something.
    Msg(Msg),
    /// Another thread has an answer, or a frame.
    Answered,
    /// The window came into sight, or went out of it.
    Seen(bool),
}

/// Whether the window closes when somebody asks it to.
pub fn before_closing(window: &AppWindow, may_close: impl Fn() -> bool + 'static) {
    window.window().on_close_requested(move || match may_close() {
        true => CloseRequestResponse::HideWindow,
        false => CloseRequestResponse::KeepWindowShown,
    });
}

/// Hands all that happens in the window to `tell`.
pub fn connect(window: &AppWindow, tell: impl Fn(Happened) + Clone + 'static) {
    let send = {
        let tell = tell.clone();
        move |msg| tell(Happened::Msg(msg))
    };
    connect_door(window, send.clone());
    connect_list(window, send.clone());
    connect_adding(window, send.clone());
    connect_camera(window, send.clone());
    connect_entry(window, send.clone());
    connect_settings(window, send.clone());
    clock::connect(window, send.clone());
    moving::connect(window, send);
    keyboard::connect(window);
    window.global::<Actions>().on_answered(move || tell(Happened::Answered));
}

fn connect_door(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<Actions>();
    actions.on_active(plain(&send, || Msg::Active));
    actions.on_retry(plain(&send, || Msg::Retry));
    actions.on_begin_anew(plain(&send, || Msg::BeginAnew));
    actions.on_lock(plain(&send, || Msg::Lock));
    actions.on_unlock_by_device(plain(&send, || Msg::Device(DeviceMsg::Unlock)));
    actions.on_passphrase_typed(with_text(&send, |text| Msg::PassphraseTyped(secret(&text))));
    actions.on_unlock(with_text(&send, |text| Msg::Unlock(secret(&text))));
    actions.on_keep_window(plain(&send, || Msg::KeepWindow));
    actions.on_use_file(plain(&send, || Msg::UseFile));
    actions.on_use_older(plain(&send, || Msg::UseOlder));
    actions.on_open_passphrase(plain(&send, || Msg::OpenPassphrase));
    actions.on_ask_later(plain(&send, || Msg::AskLater));
    actions.on_try_passphrase(with_text(&send, |text| Msg::TryPassphrase(secret(&text))));
    actions.on_change_passphrase({
        let send = send.clone();
        move |current, passphrase, again| {
            send(Msg::ChangePassphrase {
                current: secret(&current),
                passphrase: secret(&passphrase),
                again: secret(&again),
            });
        }
    });
    actions.on_create(move |passphrase, again| {
        send(Msg::Create { passphrase: secret(&passphrase), again: secret(&again) });
    });
}

fn connect_list(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<Actions>();
    actions.on_search(with_text(&send, |text| Msg::Search(text.into())));
    actions.on_copy(with_entry(&send, Msg::Copy));
    actions.on_next_code(with_entry(&send, Msg::NextCode));
    actions.on_open_entry(with_entry(&send, Msg::OpenEntry));
    actions.on_back(plain(&send, || Msg::Back));
    actions.on_undo(plain(&send, || Msg::Undo));
    actions.on_dismiss_notice(plain(&send, || Msg::DismissNotice));
    actions.on_elsewhere(plain(&send, || Msg::Elsewhere));
}

fn connect_adding(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<Actions>();
    actions.on_add(plain(&send, || Msg::Add));
    actions.on_pick_picture(plain(&send, || Msg::PickPicture));
    actions.on_picture_at(with_text(&send, |text| {
        Msg::PicturesAt(vec![path_typed(&text, std::env::home_dir())])
    }));
    actions.on_read_clipboard(plain(&send, || Msg::ReadClipboard));
    actions.on_read_screen(plain(&send, || Msg::ReadScreen));
    actions.on_open_camera(plain(&send, || Msg::OpenCamera));
    actions.on_open_by_hand(plain(&send, || Msg::OpenByHand));
    actions.on_replace(with_entry(&send, Msg::Replace));
    actions.on_keep_both(plain(&send, || Msg::KeepBoth));
    actions.on_by_hand_done({
        let send = send.clone();
        move |form| send(Msg::ByHandDone(hand_form(form)))
    });
    actions.on_choose({
        let send = send.clone();
        move |place| {
            if let Ok(place) = usize::try_from(place) {
                send(Msg::Choose(place));
            }
        }
    });
    actions.on_save_draft(move |issuer, account| {
        send(Msg::SaveDraft { issuer: issuer.into(), account: account.into() });
    });
}

fn connect_camera(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<Actions>();
    actions.on_use_camera({
        let send = send.clone();
        move |place| {
            if let Ok(place) = usize::try_from(place) {
                send(Msg::UseCamera(place));
            }
        }
    });
    actions.on_set_torch({
        let send = send.clone();
        move |on| send(Msg::SetTorch(on))
    });
    actions.on_focus_at(move |across, down| send(Msg::FocusAt(across, down)));
}

fn connect_entry(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<Actions>();
    actions.on_delete(with_entry(&send, Msg::Delete));
    actions.on_rename(move |id, issuer, account| {
        if let Some(id) = EntryId::parse(&id) {
            send(Msg::Rename { id, issuer: issuer.into(), account: account.into() });
        }
    });
}

fn connect_settings(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<Actions>();
    actions.on_look_like({
        let send = send.clone();
        move |scheme| {
            send(Msg::LookLike(match scheme {
                ui::Scheme::System => Appearance::System,
                ui::Scheme::Light => Appearance::Light,
                ui::Scheme::Dark => Appearance::Dark,
            }));
        }
    });
    actions.on_lock_after({
        let send = send.clone();
        move |minutes| {
            if let Some(idle) = IdleTime::minutes(minutes) {
                send(Msg::LockAfter(idle));
            }
        }
    });
    actions.on_set_device({
        let send = send.clone();
        move |on| send(Msg::Device(DeviceMsg::Set(on)))
    });
    actions.on_take_device_away(with_text(&send, |text| {
        Msg::Device(DeviceMsg::TakeAway(secret(&text)))
    }));
    actions.on_lock_hidden(move |locks| send(Msg::LockHidden(locks)));
}

fn plain<S: Fn(Msg) + Clone + 'static>(send: &S, msg: fn() -> Msg) -> impl Fn() + use<S> {
    let send = send.clone();
    move || send(msg())
}

fn with_text<S: Fn(Msg) + Clone + 'static>(
    send: &S,
    msg: fn(SharedString) -> Msg,
) -> impl Fn(SharedString) + use<S> {
    let send = send.clone();
    move |text| send(msg(text))
}

fn with_entry<S: Fn(Msg) + Clone + 'static>(
    send: &S,
    msg: fn(EntryId) -> Msg,
) -> impl Fn(SharedString) + use<S> {
    let send = send.clone();
    move |id| {
        if let Some(id) = EntryId::parse(&id) {
            send(msg(id));
        }
    }
}

fn secret(text: &str) -> SecretText {
    SecretText::from(text)
}

fn hand_form(form: ui::HandForm) -> HandForm {
    HandForm {
        issuer: form.issuer.into(),
        account: form.account.into(),
        key: secret(&form.key),
        kind: match form.kind {
            ui::HandKind::Time => HandKind::Time,
            ui::HandKind::Counter => HandKind::Counter,
            ui::HandKind::Steam => HandKind::Steam,
        },
        algorithm: match form.hash {
            ui::Hash::Sha1 => Algorithm::Sha1,
            ui::Hash::Sha256 => Algorithm::Sha256,
            ui::Hash::Sha512 => Algorithm::Sha512,
        },
        digits: form.digits.into(),
        period: form.period.into(),
        counter: form.counter.into(),
    }
}
