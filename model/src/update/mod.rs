//! What follows from what happened: the state moves on, and effects are asked for.

mod adding;
mod astray;
mod camera;
mod choices;
mod clash;
mod clock;
mod device;
mod door;
mod entry;
mod handed;
mod moving;
mod passphrase;
mod retire;
mod save;
mod watch;

use holdfast_otp::UnixTime;

pub(crate) use moving::so_far;

use crate::screen::Beside;
use crate::state::{EntryTrouble, LockedBy, Notice, Page, Stage, State};
use crate::{DeviceMsg, Effect, Msg};

/// Moves the state on by one message, which happened at `now`, and says what is to be done.
pub fn update(state: &mut State, msg: Msg, now: UnixTime) -> Vec<Effect> {
    let place = device::Place::of(state);
    let told = state.notice.as_ref().filter(|told| told.passes() && msg.is_of_person());
    let (visit, told) = (state.visit, told.map(Notice::mark));
    let mut effects = follow(state, msg, now);
    if state.visit != visit {
        // What was told on one page is not told over the next.
        state.notice.take_if(|notice| Some(notice.mark()) == told);
    }
    effects.extend(handed::look(state, now));
    effects.extend(device::find(state, place));
    effects
}

fn follow(state: &mut State, msg: Msg, now: UnixTime) -> Vec<Effect> {
    state.notice = state.notice.take().and_then(|notice| notice.at(now));
    if msg.is_of_person() {
        // The timer may have slept with the device: the idle time is over before this message.
        if door::idle_too_long(state, now) {
            return door::lock_idle(state, now);
        }
        state.active_at = now;
    }
    match &msg {
        Msg::Tick | Msg::Active | Msg::Looked { outcome: Ok(None), .. } => {}
        // It may change the vault, and with it the codes.
        _ => state.opened_mut().into_iter().for_each(|opened| opened.dial.clear()),
    }
    match msg {
        Msg::Tick => door::tick(state, now),
        Msg::Active => Vec::new(),
        Msg::Hidden => door::hidden(state, now),
        Msg::Seen => watch::look(state, now),
        Msg::Suspended => {
            state.handed = None;
            door::shut(state, Some(LockedBy::Sleep), now)
        }
        Msg::Broken => door::broken(state, now),
        Msg::Lock => {
            state.handed = None;
            door::shut(state, None, now)
        }

        Msg::LookLike(appearance) => {
            choices::change(state, |chosen| chosen.appearance = appearance)
        }
        Msg::LockAfter(idle) => choices::change(state, |chosen| chosen.idle = idle),
        Msg::LockHidden(locks) => choices::change(state, |chosen| chosen.locks_hidden = locks),
        Msg::Remembered(outcome) => choices::remembered(state, outcome, now),

        Msg::VaultFound { ticket, outcome } => door::vault_found(state, ticket, outcome, now),
        Msg::PassphraseTyped(typed) => door::passphrase_typed(state, &typed),
        Msg::Create { passphrase, again } => door::create(state, &passphrase, &again),
        Msg::Created { ticket, outcome } => door::created(state, ticket, outcome, now),
        Msg::Unlock(passphrase) => door::unlock(state, &passphrase),
        Msg::Opened { ticket, outcome } => door::opened(state, ticket, outcome, now),
        Msg::Retry => door::retry(state),
        Msg::BeginAnew => door::begin_anew(state),

        Msg::KeepWindow => astray::keep(state, now),
        Msg::UseFile => astray::use_file(state, now),
        Msg::WrittenBack { ticket, outcome } => astray::written_back(state, ticket, outcome, now),
        Msg::UseOlder => passphrase::use_older(state),
        Msg::OpenPassphrase => go(state, Page::Passphrase { strength: None, error: None }),
        Msg::ChangePassphrase { current, passphrase, again } => {
            passphrase::change(state, &current, &passphrase, &again)
        }
        Msg::PassphraseChanged { ticket, outcome } => {
            passphrase::changed(state, ticket, outcome, now)
        }
        Msg::TryPassphrase(typed) => passphrase::attempt(state, &typed),
        Msg::PassphraseTried { ticket, outcome } => {
            passphrase::attempted(state, ticket, outcome, now)
        }
        Msg::AskLater => passphrase::ask_later(state, now),

        Msg::Search(text) => entry::search(state, text),
        Msg::Copy(id) => entry::copy(state, id, now),
        Msg::Copied { ticket, outcome } => entry::copied(state, ticket, outcome, now),
        Msg::NextCode(id) => entry::next_code(state, id, now),
        Msg::OpenEntry(id) => entry::open(state, id),
        Msg::Rename { id, issuer, account } => entry::rename(state, id, issuer, account, now),
        Msg::Delete(id) => entry::delete(state, id, now),
        Msg::Undo => save::undo(state, now),
        Msg::DismissNotice => {
            state.notice = None;
            Vec::new()
        }
        Msg::Elsewhere => {
            state.notice.take_if(|notice| notice.passes());
            Vec::new()
        }
        Msg::Back => back(state),

        Msg::Add => adding::open(state),
        Msg::PickPicture => adding::ask(state, |ticket| Effect::PickPicture { ticket }),
        Msg::PicturesAt(paths) => {
            adding::ask(state, |ticket| Effect::ReadPictures { ticket, paths })
        }
        Msg::Handed(what) => handed::receive(state, what, now),
        Msg::ReadClipboard => adding::ask(state, |ticket| Effect::ReadClipboard { ticket }),
        Msg::ReadScreen => adding::ask(state, |ticket| Effect::ReadScreen { ticket }),
        Msg::Read { ticket, outcome } => adding::read(state, ticket, outcome, now),
        Msg::Pasted { ticket, text } => adding::pasted(state, ticket, text, now),
        Msg::TextGiven(text) => adding::text_given(state, &text, now),
        Msg::OpenCamera => camera::open(state),
        Msg::UseCamera(place) => camera::choose(state, place),
        Msg::SetTorch(on) => camera::set_torch(state, on),
        Msg::FocusAt(across, down) => camera::focus_at(state, across, down),
        Msg::CameraRuns(facts) => camera::runs(state, facts),
        Msg::Scanned { texts, at } => camera::scanned(state, &texts, at, now),
        Msg::Sighted { sight, at } => camera::sighted(state, sight, at),
        Msg::CameraFailed { error, facts } => camera::failed(state, error, facts),
        Msg::OpenByHand => adding::open_by_hand(state),
        Msg::ByHandDone(form) => adding::by_hand_done(state, form),
        Msg::Choose(place) => adding::choose(state, place),
        Msg::SaveDraft { issuer, account } => adding::save_draft(state, &issuer, &account, now),
        Msg::Replace(id) => clash::replace(state, id, now),
        Msg::KeepBoth => clash::keep_both(state, now),

        Msg::Device(msg) => device::update(state, msg, now),
        Msg::Clock(msg) => clock::update(state, msg, now),
        Msg::Move(msg) => moving::update(state, msg, now),

        Msg::Saved { ticket, outcome } => save::saved(state, ticket, outcome, now),
        Msg::Reloaded { ticket, outcome } => save::reloaded(state, ticket, outcome, now),
        Msg::Looked { ticket, outcome } => watch::looked(state, ticket, outcome, now),
    }
}

/// Goes to a page of the open vault, unless a save is under way. The camera does not outlive its
/// page, and a picture that is still being read is no longer waited for.
fn go(state: &mut State, page: Page) -> Vec<Effect> {
    let Stage::Open(opened) = &mut state.stage else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    opened.reading = None;
    let effects = match opened.page {
        Page::Camera(_) => vec![Effect::StopCamera],
        _ => Vec::new(),
    };
    state.turn_to(page);
    effects
}

fn back(state: &mut State) -> Vec<Effect> {
    let Some(opened) = state.opened_mut() else { return Vec::new() };
    if opened.is_busy() {
        return Vec::new();
    }
    let home = opened.home();
    let up = match std::mem::replace(&mut opened.page, Page::Codes) {
        // Not accepted and not put off: both are told again at the next unlocking.
        Page::Astray { before, .. } => *before,
        Page::Older | Page::Remind { .. } | Page::Passphrase { .. } => Page::Codes,
        Page::DeviceAway { .. } => Page::Codes,
        Page::Codes | Page::Entry { .. } | Page::Moving { .. } | Page::Clock { .. } => Page::Codes,
        Page::Add { .. } | Page::Known { .. } | Page::List { .. } => home.unwrap_or(Page::Codes),
        Page::Retire { .. } => Page::Moving { part: 1, error: None },
        Page::Confirm { typed: Some(form), .. } => Page::ByHand { form, error: None },
        Page::Clash { here: Some(_), .. } => home.unwrap_or(Page::Codes),
        Page::Clash { draft, typed, .. } => Page::Confirm { draft, typed, error: None },
        Page::Camera(viewfinder) => {
            opened.page = Page::Camera(viewfinder);
            home.unwrap_or(Page::Add { error: None })
        }
        Page::ByHand { .. } | Page::Choose { .. } | Page::Confirm { .. } => {
            Page::Add { error: None }
        }
    };
    go(state, up)
}

/// Says why an order was not carried out, where the person is looking: on the page of an entry
/// beside the button that was pressed.
fn refuse(state: &mut State, sentence: String, beside: Beside, now: UnixTime) {
    match state.opened_mut().map(|opened| &mut opened.page) {
        Some(Page::Entry { error, .. }) => *error = Some(EntryTrouble { beside, sentence }),
        Some(
            Page::Add { error }
            | Page::ByHand { error, .. }
            | Page::Confirm { error, .. }
            | Page::Moving { error, .. }
            | Page::List { error, .. }
            | Page::Clock { error, .. }
            | Page::Clash { error, .. }
            | Page::Astray { error, .. },
        ) => *error = Some(sentence),
        _ => state.say_trouble(sentence, now),
    }
}

impl Msg {
    /// Whether it shows that the person is there.
    fn is_of_person(&self) -> bool {
        if let Self::Move(msg) = self {
            return msg.is_of_person();
        }
        if let Self::Device(msg) = self {
            return !matches!(msg, DeviceMsg::Found { .. } | DeviceMsg::IsSet { .. });
        }
        !matches!(
            self,
            Self::Tick
                | Self::Hidden
                | Self::Handed(_)
                | Self::Suspended
                | Self::Broken
                | Self::CameraRuns(_)
                | Self::Scanned { .. }
                | Self::Sighted { .. }
                | Self::CameraFailed { .. }
                | Self::VaultFound { .. }
                | Self::Created { .. }
                | Self::Opened { .. }
                | Self::PassphraseChanged { .. }
                | Self::PassphraseTried { .. }
                | Self::Saved { .. }
                | Self::WrittenBack { .. }
                | Self::Reloaded { .. }
                | Self::Looked { .. }
                | Self::Remembered(_)
                | Self::Seen
                | Self::Read { .. }
                | Self::Pasted { .. }
                | Self::Copied { .. }
        )
    }
}
