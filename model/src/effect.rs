//! What the app asks the machine to do, and the one place where it is done through the ports.

use std::path::PathBuf;
use std::time::Duration;

use crate::ports::Stamp;
use crate::state::Over;
use crate::vault::{Cost, Passphrase, SealedMemo, Vault, VaultId};
use crate::{Preferences, SecretText, SetAside, Ticket};

/// One thing to do. The shell picks the thread: [`crate::perform`] blocks.
///
/// Effects are performed in the order in which `update` gave them, but for those with a
/// [`Effect::delay`] and those of the camera.
#[derive(Debug)]
pub enum Effect {
    /// Look whether there is a vault, and whether it looks like one. Answer:
    /// [`crate::Msg::VaultFound`].
    FindVault {
        /// Goes back in the answer.
        ticket: Ticket,
    },
    /// Derive the key (slow), make an empty vault and save it where none is. Answer:
    /// [`crate::Msg::Created`].
    Create {
        /// Goes back in the answer.
        ticket: Ticket,
        /// What will open it.
        passphrase: Passphrase,
        /// What each try at the passphrase should cost, where the machine is quick enough.
        cost: Cost,
    },
    /// Read the vault file, derive the key (slow) and open it. Answer: [`crate::Msg::Opened`].
    Open {
        /// Goes back in the answer.
        ticket: Ticket,
        /// What should open it.
        passphrase: Passphrase,
        /// Which vault was there, as far as is known.
        vault: Option<VaultId>,
    },
    /// See what this device's lock can do here. Answer: [`crate::DeviceMsg::Found`].
    FindDevice,
    /// Read the vault file and open it with the key that the device's lock guards, which asks the
    /// person. Answer: [`crate::Msg::Opened`].
    OpenByDevice {
        /// Goes back in the answer.
        ticket: Ticket,
    },
    /// Let the device's lock open the vault as it is on disk, which asks the person. Answer:
    /// [`crate::DeviceMsg::IsSet`].
    SetDevice {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The open vault.
        vault: Box<Vault>,
    },
    /// Make a new data key for the vault as it is on disk, which only this passphrase opens (slow), and
    /// save it; the generation before is deleted, and the device's key destroyed. Answer:
    /// [`crate::DeviceMsg::IsSet`].
    TakeDeviceAway {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The open vault.
        vault: Box<Vault>,
        /// What opens it, and goes on to.
        passphrase: Passphrase,
    },
    /// Make a new data key for the vault as it is on disk, which only the new passphrase opens
    /// (slow), and save it; the generation before is deleted. Answer:
    /// [`crate::Msg::PassphraseChanged`].
    ChangePassphrase {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The open vault.
        vault: Box<Vault>,
        /// What must open it now; `None` where the device opened it.
        current: Option<Passphrase>,
        /// What will open it.
        passphrase: Passphrase,
        /// As for [`Effect::Create`].
        cost: Cost,
    },
    /// See whether this passphrase opens the vault (slow). Answer:
    /// [`crate::Msg::PassphraseTried`].
    TryPassphrase {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The open vault.
        vault: Box<Vault>,
        /// What may open it.
        passphrase: Passphrase,
    },
    /// Remember this of the vault. No answer.
    KeepMemo(SealedMemo),
    /// Put the sealed vault on disk. Answer: [`crate::Msg::Saved`].
    Save {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The whole new file.
        sealed: Vec<u8>,
        /// What must be there before, and what is set aside first.
        over: Over,
        /// What to remember of it once it is on disk.
        memo: SealedMemo,
    },
    /// Put what a window held on disk after it was locked; where another file came in its place
    /// meanwhile, beside that. Answer: [`crate::Msg::WrittenBack`].
    WriteBack {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The whole new file.
        sealed: Vec<u8>,
        /// As for [`Effect::Save`].
        over: Over,
        /// What to remember of it once it is in its place.
        memo: SealedMemo,
    },
    /// Read the vault file that another instance has changed. Answer: [`crate::Msg::Reloaded`].
    Reload {
        /// Goes back in the answer.
        ticket: Ticket,
    },
    /// See whether the vault file is still the one with this stamp, and read it if not. Answer:
    /// [`crate::Msg::Looked`].
    Look {
        /// Goes back in the answer.
        ticket: Ticket,
        /// What it was.
        known: Stamp,
        /// Which vault it is.
        vault: VaultId,
    },
    /// Remember what the person chose about the window. Answer: [`crate::Msg::Remembered`].
    Remember {
        /// All of it.
        preferences: Preferences,
        /// The open vault, if one is: nothing is written for one that was destroyed.
        vault: Option<VaultId>,
    },
    /// See what the copies of the vault hold that were set aside. Answer: [`crate::MoveMsg::AsideSeen`].
    LookAside {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The open vault.
        vault: Box<Vault>,
    },
    /// See whether this passphrase opens the vault (slow), and then destroy it with all that is kept
    /// of it on this device. Answer: [`crate::MoveMsg::Destroyed`].
    Destroy {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The open vault.
        vault: Box<Vault>,
        /// What must open it.
        passphrase: Passphrase,
        /// The file that the person looked at: another is not destroyed.
        stamp: Stamp,
        /// What the person was told of the copies that go with it: others are not destroyed.
        aside: SetAside,
    },
    /// Have the system's browser open this link. Answer: [`crate::MoveMsg::LinkOpened`].
    OpenLink(String),
    /// Keep this text, which holds no secret, in a new file at the path, or where the person chooses.
    /// Answer: [`crate::MoveMsg::ListSaved`].
    SaveText {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The file's name, as a proposal.
        name: &'static str,
        /// What is to be in it.
        text: String,
        /// Where, if the person typed that.
        path: Option<PathBuf>,
    },
    /// Let the person choose a picture and read it. Answer: [`crate::Msg::Read`].
    PickPicture {
        /// Goes back in the answer.
        ticket: Ticket,
    },
    /// Read the pictures at these paths. Answer: [`crate::Msg::Read`], with what they hold together.
    ReadPictures {
        /// Goes back in the answer.
        ticket: Ticket,
        /// Where they are.
        paths: Vec<PathBuf>,
    },
    /// Read the clipboard, a picture before a text. Answer: [`crate::Msg::Read`], or for a text
    /// [`crate::Msg::Pasted`].
    ReadClipboard {
        /// Goes back in the answer.
        ticket: Ticket,
    },
    /// Read what the screen shows. Answer: [`crate::Msg::Read`].
    ReadScreen {
        /// Goes back in the answer.
        ticket: Ticket,
    },
    /// Put a code on the clipboard. Answer: [`crate::Msg::Copied`].
    Copy {
        /// Goes back in the answer.
        ticket: Ticket,
        /// The code, without the gap.
        text: SecretText,
        /// Whether to keep it out of clipboard histories.
        sensitive: bool,
    },
    /// Empty the clipboard if it still holds `text`. No answer. The shell waits [`Effect::delay`]
    /// first, and performs it at once when the app ends or [`Effect::ClearClipboardNow`] says so.
    ClearClipboard {
        /// What was copied, or what was pasted and is a secret.
        text: SecretText,
    },
    /// Perform every [`Effect::ClearClipboard`] that waits, at once. The shell does it;
    /// [`crate::perform`] does nothing.
    ClearClipboardNow,
    /// Start the camera and say what comes of it: [`crate::Msg::CameraRuns`],
    /// [`crate::Msg::Scanned`], [`crate::Msg::Sighted`], [`crate::Msg::CameraFailed`]. The shell
    /// does it, as it does all that concerns the camera; [`crate::perform`] does nothing.
    StartCamera {
        /// The camera that the person has just chosen, to be remembered; otherwise the one
        /// remembered, or the first.
        chosen: Option<String>,
    },
    /// Stop the camera and drop the frame in flight.
    StopCamera,
    /// Switch the camera's lamp on or off.
    SetTorch(bool),
    /// Focus on this place of the picture, from 0 to 1 across and down.
    FocusAt(f32, f32),
}

/// How long a copied code stays on the clipboard, and a pasted secret after it was saved.
pub const CLIPBOARD_SECONDS: u64 = 30;

impl Effect {
    /// How long the shell waits before it performs this.
    pub fn delay(&self) -> Duration {
        match self {
            Self::ClearClipboard { .. } => Duration::from_secs(CLIPBOARD_SECONDS),
            _ => Duration::ZERO,
        }
    }
}
