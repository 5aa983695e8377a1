//! Everything that can happen to the app: what the person does, what the machine reports.

mod camera;
mod read_error;

use std::path::PathBuf;
use std::time::Duration;

use holdfast_otp::UnixTime;

use crate::ports::{
    ClipboardError, Copies, DeviceError, LoadError, MemoError, SaveError, Stamp, Storage,
};
use crate::retire::{End, Remains};
use crate::scan::{FoundText, Sight};
use crate::screen::HandForm;
use crate::vault::{EntryId, Memo, OpenError, ReopenError, SealError, SlotError, Vault, VaultId};
use crate::{Appearance, Handed, IdleTime, SecretText, Ticket};

pub use camera::{CameraError, CameraFacts};
pub use read_error::ReadError;

/// One thing that happened. The shell hands each to [`crate::update`] with the time at which it
/// happened; nothing is read back from the window but what a message carries.
#[derive(Debug)]
pub enum Msg {
    // Time and the device.
    /// A second passed. Send it once a second while the window is visible or unlocked.
    Tick,
    /// The person moved or typed something that is no other message: the idle time starts anew.
    Active,
    /// The window is no longer seen (another app in front, minimised).
    Hidden,
    /// The device sleeps, its screen was locked or the session ends: lock at once.
    Suspended,
    /// An effect broke off by a fault of Holdfast's own, and will not be answered.
    Broken,
    /// The window came into sight, or to the front.
    Seen,

    // What the person chooses about the window.
    /// Light, dark, or as the system says.
    LookLike(Appearance),
    /// The time without use after which the vault locks.
    LockAfter(IdleTime),
    /// Whether the vault locks as soon as the window is out of sight.
    LockHidden(bool),

    // First start, unlock, lock.
    /// The new passphrase as typed so far, for the strength hint. It is not kept.
    PassphraseTyped(SecretText),
    /// Make the vault.
    Create {
        /// The new passphrase.
        passphrase: SecretText,
        /// The same, typed again.
        again: SecretText,
    },
    /// Open the vault.
    Unlock(SecretText),
    /// Keep what this window holds, whatever came in the place of its file; of a copy of the same
    /// vault, the accounts of both.
    KeepWindow,
    /// Go on with what came in the place of the vault file.
    UseFile,
    /// Go on with a vault file that is older than the newest one this device saw.
    UseOlder,
    /// Read the vault file again, after it could not be used.
    Retry,
    /// Make a vault where one was that is gone.
    BeginAnew,
    /// Close the vault.
    Lock,

    // The passphrase of an open vault.
    /// Open the page on which the passphrase is changed.
    OpenPassphrase,
    /// Change it.
    ChangePassphrase {
        /// The one that opens the vault now; not asked of whoever unlocked with the device.
        current: SecretText,
        /// The new one.
        passphrase: SecretText,
        /// The same, typed again.
        again: SecretText,
    },
    /// The passphrase, typed to see that it is still known.
    TryPassphrase(SecretText),
    /// Ask for it another day.
    AskLater,

    // The list.
    /// Show only the entries that contain this text.
    Search(String),
    /// Copy the code of an entry that is shown.
    Copy(EntryId),
    /// Advance the counter of an HOTP entry, and show its code once that is saved.
    NextCode(EntryId),
    /// Open the page of one entry.
    OpenEntry(EntryId),
    /// One page up.
    Back,
    /// Take back what the notice is about.
    Undo,
    /// Put the notice away.
    DismissNotice,
    /// The window shows a page of its own, such as the settings.
    Elsewhere,

    // Adding.
    /// Open the page with the ways to add.
    Add,
    /// Choose a picture file.
    PickPicture,
    /// Pictures were dropped on the window, or the path of one was typed.
    PicturesAt(Vec<PathBuf>),
    /// Another app handed this over.
    Handed(Handed),
    /// Read what is on the clipboard, picture or text.
    ReadClipboard,
    /// Read what the screen shows.
    ReadScreen,
    /// A text was pasted or typed: a key URI, or a bare key.
    TextGiven(SecretText),
    /// Scan with the camera.
    OpenCamera,
    /// Type the key by hand.
    OpenByHand,
    /// The form of the key typed by hand is complete.
    ByHandDone(HandForm),
    /// Of several barcodes, take the one at this place of [`crate::screen::ChoosePage::choices`].
    Choose(usize),
    /// Save what is on the confirm page under these names.
    SaveDraft {
        /// Who the account is with.
        issuer: String,
        /// The account's name there.
        account: String,
    },
    /// The new secret takes the place of this entry's.
    Replace(EntryId),
    /// Keep the entries that are here and add the new one.
    KeepBoth,

    // One entry.
    /// Give an entry new names.
    Rename {
        /// Which.
        id: EntryId,
        /// Who the account is with.
        issuer: String,
        /// The account's name there.
        account: String,
    },
    /// Delete an entry; a notice offers to undo it.
    Delete(EntryId),

    /// Anything about the device's lock.
    Device(crate::DeviceMsg),
    /// Anything about the device's clock.
    Clock(crate::ClockMsg),
    /// Anything of a move to another device.
    Move(crate::MoveMsg),
    /// Use another of the cameras, at this place of [`CameraFacts::cameras`].
    UseCamera(usize),
    /// Switch the camera's lamp on or off.
    SetTorch(bool),
    /// Focus on this place of the picture, from 0 to 1 across and down.
    FocusAt(f32, f32),

    // The camera, run by the shell between StartCamera and StopCamera. `at` is the time since the
    // camera was started, which no clock that is set can change.
    /// The camera runs, after it was started or came back.
    CameraRuns(CameraFacts),
    /// A frame was read and held these texts.
    Scanned {
        /// At least one.
        texts: Vec<FoundText>,
        /// When.
        at: Duration,
    },
    /// A frame was read and held nothing.
    Sighted {
        /// What it looks like, where there was time to look.
        sight: Option<Sight>,
        /// When.
        at: Duration,
    },
    /// The camera cannot be used, or no longer. The shell goes on trying.
    CameraFailed {
        /// Why.
        error: CameraError,
        /// The cameras that there are: another may be chosen.
        facts: CameraFacts,
    },

    // Answers to effects. Each carries the ticket of its effect; one that is no longer awaited
    // (after a lock, or when the person went elsewhere) is dropped.
    /// Answers [`crate::Effect::FindVault`].
    VaultFound {
        /// The effect's.
        ticket: Ticket,
        /// What is there.
        outcome: Result<AtStart, OpenFailure>,
    },
    /// Answers [`crate::Effect::Create`].
    Created {
        /// The effect's.
        ticket: Ticket,
        /// The new vault, already on disk.
        outcome: Result<OnDisk, CreateFailure>,
    },
    /// Answers [`crate::Effect::Open`].
    Opened {
        /// The effect's.
        ticket: Ticket,
        /// The open vault.
        outcome: Result<OnDisk, OpenFailure>,
    },
    /// Answers [`crate::Effect::ChangePassphrase`].
    PassphraseChanged {
        /// The effect's.
        ticket: Ticket,
        /// The vault under its new passphrase, already on disk.
        outcome: Result<OnDisk, PassphraseFailure>,
    },
    /// Answers [`crate::Effect::TryPassphrase`].
    PassphraseTried {
        /// The effect's.
        ticket: Ticket,
        /// Whether it opens the vault.
        outcome: Result<bool, OpenError>,
    },
    /// Answers [`crate::Effect::Save`].
    Saved {
        /// The effect's.
        ticket: Ticket,
        /// Whether it is on disk.
        outcome: Result<(), SaveError>,
    },
    /// Answers [`crate::Effect::WriteBack`].
    WrittenBack {
        /// The effect's.
        ticket: Ticket,
        /// Whether it is on disk; where another file came in between, as which one beside it.
        outcome: Result<Option<String>, SaveError>,
    },
    /// Answers [`crate::Effect::Reload`].
    Reloaded {
        /// The effect's.
        ticket: Ticket,
        /// The vault file as another instance left it.
        outcome: Result<Vec<u8>, OpenFailure>,
    },
    /// Answers [`crate::Effect::Look`].
    Looked {
        /// The effect's.
        ticket: Ticket,
        /// The vault file as another program left it; `None` where it is as it was.
        outcome: Result<Option<Vec<u8>>, OpenFailure>,
    },
    /// Answers [`crate::Effect::Remember`].
    Remembered(Result<(), SaveError>),
    /// Answers [`crate::Effect::PickPicture`], `ReadPictures`, `ReadScreen`, and `ReadClipboard` but for text.
    Read {
        /// The effect's.
        ticket: Ticket,
        /// The texts found (never empty), or `None` where the person chose nothing.
        outcome: Result<Option<Vec<FoundText>>, ReadError>,
    },
    /// Answers [`crate::Effect::ReadClipboard`] where that holds a text.
    Pasted {
        /// The effect's.
        ticket: Ticket,
        /// The whole text.
        text: SecretText,
    },
    /// Answers [`crate::Effect::Copy`].
    Copied {
        /// The effect's.
        ticket: Ticket,
        /// Whether it is on the clipboard.
        outcome: Result<(), ClipboardError>,
    },
}

/// An open vault and the stamp of the file it is on disk as.
#[derive(Debug)]
pub struct OnDisk {
    /// The vault, open.
    pub vault: Box<Vault>,
    /// What the file is.
    pub stamp: Stamp,
    /// What this device remembers of the vault.
    pub memo: Memo,
    /// What opened it.
    pub opened_by: OpenedBy,
    /// Why this device cannot remember more of it, where it cannot.
    pub forgetful: Option<MemoError>,
    /// What is to be told of the copies beside it.
    pub copies: Box<Copies>,
}

/// What opened a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedBy {
    /// The passphrase, typed.
    Passphrase,
    /// The device's key: the person may have forgotten the passphrase, and is asked for it now and
    /// then.
    Device,
}

/// Why there is no open vault, as the person reads it. The file is untouched.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// The file could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The file is gone.
    #[error("The vault file is no longer there; put a copy of it in its place, then try again.")]
    Missing,
    /// The file is gone, and this device knows that there was one.
    #[error(
        "The vault that was here is gone; it was last saved on {}. Put the file or a copy of it back in \
         its place, or connect the disk that it is on; or begin anew, without its accounts.",
        crate::dates::minute(*.last_saved)
    )]
    Vanished {
        /// When it was last saved.
        last_saved: UnixTime,
    },
    /// The file is gone, and the generation before the last change is here.
    #[error(
        "The vault file is gone, but a copy of it from before the last change is at {}. Give that copy \
         the vault's name, or remove it to begin anew; then try again.",
        .copy.display()
    )]
    OnlyCopy {
        /// Where the copy is.
        copy: PathBuf,
    },
    /// It was destroyed on this device by its owner.
    #[error("This vault was destroyed on this device{}, so there is nothing to open.", .0.when())]
    Retired(End),
    /// It was being destroyed, and the rest of it cannot be.
    #[error(
        "This vault was being destroyed, and what is left of it could not be ({0}); try again."
    )]
    HalfRetired(SaveError),
    /// It could not be opened.
    #[error(transparent)]
    Open(OpenError),
    /// It could not be opened, since something is wrong with the file itself.
    #[error("{sentence}")]
    File {
        /// What, with the file's place.
        sentence: String,
    },
    /// The device gave no key for it.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// It is damaged, and the generation before the last change is here.
    #[error(
        "{} is damaged; put the copy from before the last change, {}, in its place.",
        .vault.as_ref().map_or("This vault file".to_owned(), |path| format!("The file {}", path.display())),
        .copy.display()
    )]
    CopyBeside {
        /// Where the file is, if it has a place that a person knows.
        vault: Option<PathBuf>,
        /// Where the copy is.
        copy: PathBuf,
    },
}

/// What is found where the vault should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtStart {
    /// This vault.
    Vault(VaultId),
    /// None.
    Nothing,
    /// One that was being destroyed when the device stopped, and what it leaves.
    Retired(Remains),
}

impl OpenFailure {
    /// What to tell where this storage has no vault, or had one whose copy is left; `None` where there
    /// never was one, as far as can be seen.
    pub fn of_missing(storage: &(impl Storage + ?Sized)) -> Option<Self> {
        storage.copy_beside().map(|copy| Self::OnlyCopy { copy })
    }

    /// What to tell of a file in this storage that did not open: where a copy of it is, if it is
    /// damaged and there is one.
    pub fn of(error: OpenError, storage: &(impl Storage + ?Sized)) -> Self {
        let copy = match error {
            OpenError::NotAVault
            | OpenError::CutShort
            | OpenError::TooLong
            | OpenError::Damaged => storage.copy_beside(),
            _ => None,
        };
        let vault = storage.place();
        if let Some(copy) = copy {
            return Self::CopyBeside { vault, copy };
        }
        let sentence = vault.and_then(|path| error.of_file(&path));
        sentence.map_or(Self::Open(error), |sentence| Self::File { sentence })
    }
}

/// Why no vault was made, as the person reads it.
#[derive(Debug, thiserror::Error)]
pub enum CreateFailure {
    /// The key could not be derived.
    #[error(transparent)]
    Create(#[from] SlotError),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It could not be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// Why the passphrase is as it was, as the person reads it.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseFailure {
    /// What was typed as the present passphrase is not it.
    #[error("The present passphrase is another; nothing was changed, so check it and try again.")]
    WrongPassphrase,
    /// Another instance added a way to open the vault, of which the person was not told that it goes.
    #[error(
        "Another way to open this vault was added meanwhile; nothing was changed. Read what goes with the \
         change, then try again."
    )]
    WaysChanged,
    /// The file could not be read.
    #[error(transparent)]
    Load(#[from] OpenFailure),
    /// The file is another vault by now.
    #[error(transparent)]
    Reopen(#[from] ReopenError),
    /// It is a copy that is not built on what is open.
    #[error(
        "Another copy was put in the place of the vault file, so the passphrase was not changed; go back, \
         and answer what is asked there."
    )]
    Parted,
    /// The present passphrase could not be checked.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new key could not be derived.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It could not be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
}
