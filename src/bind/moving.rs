//! What the person does about a move, as messages.

use holdfast_model::move_list::{ListId, Step};
use holdfast_model::vault::EntryId;
use holdfast_model::{HelpPage, MoveMsg, Msg, SecretText, Way};
use slint::ComponentHandle;

use crate::host::posix::picture::path_typed;
use crate::ui::{self, AppWindow, MoveActions};

/// Hands all that happens about a move to `send`.
pub(super) fn connect(window: &AppWindow, send: impl Fn(Msg) + Clone + 'static) {
    let actions = window.global::<MoveActions>();
    let send = move |msg| send(Msg::Move(msg));
    let plain = |msg: fn() -> MoveMsg| {
        let send = send.clone();
        move || send(msg())
    };
    actions.on_open(plain(|| MoveMsg::Open));
    actions.on_begin(plain(|| MoveMsg::Begin));
    actions.on_end(plain(|| MoveMsg::End));
    actions.on_take(plain(|| MoveMsg::Take));
    actions.on_ask_ready_later(plain(|| MoveMsg::AskReadyLater));
    actions.on_open_retire(plain(|| MoveMsg::OpenRetire));

    let with_entry = |msg: fn(EntryId) -> MoveMsg| {
        let send = send.clone();
        move |id: slint::SharedString| {
            if let Some(id) = EntryId::parse(&id) {
                send(msg(id));
            }
        }
    };
    actions.on_help_two_factor(with_entry(|id| MoveMsg::OpenHelp { id, way: HelpPage::TwoFactor }));
    actions.on_help_recovery(with_entry(|id| MoveMsg::OpenHelp { id, way: HelpPage::Recovery }));
    actions.on_recover(with_entry(MoveMsg::Recover));
    actions.on_scan_for(with_entry(MoveMsg::ScanFor));

    let ready = |way: Way| {
        let send = send.clone();
        move |id: slint::SharedString, there: bool| {
            if let Some(id) = EntryId::parse(&id) {
                send(MoveMsg::SetReady { id, way, there });
            }
        }
    };
    actions.on_recovery_codes_seen(ready(Way::RecoveryCodes));
    actions.on_second_way_seen(ready(Way::Second));
    actions.on_show_part({
        let send = send.clone();
        move |number| send(MoveMsg::ShowPart(u16::try_from(number).unwrap_or(1)))
    });
    actions.on_remove_waiting({
        let send = send.clone();
        move |list| send(MoveMsg::RemoveWaiting(ListId::parse(&list)))
    });
    actions.on_save_list({
        let send = send.clone();
        move |page| send(MoveMsg::SaveList { page })
    });
    actions.on_save_list_at({
        let send = send.clone();
        move |path| send(MoveMsg::SaveListAt(path_typed(&path, std::env::home_dir())))
    });
    actions.on_set_step({
        let send = send.clone();
        move |id, step| {
            let step = match step {
                ui::MoveStep::ToDo => Step::ToDo,
                ui::MoveStep::ReEnrolled => Step::ReEnrolled,
                ui::MoveStep::Confirmed => Step::Confirmed,
                ui::MoveStep::Retired => Step::Retired,
            };
            if let Some(id) = EntryId::parse(&id) {
                send(MoveMsg::SetStep { id, step });
            }
        }
    });
    actions.on_set_note({
        let send = send.clone();
        move |id, note| {
            if let Some(id) = EntryId::parse(&id) {
                send(MoveMsg::SetNote { id, note: note.into() });
            }
        }
    });
    actions.on_retire(move |typed| send(MoveMsg::Retire(SecretText::from(typed.as_str()))));
}
