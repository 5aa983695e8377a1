//! What can be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use super::clock;
use super::moving::Move;

/// Two-factor codes in a sealed vault. Without a command, the window opens.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub common: Common,
    /// Play this picture, folder of pictures, or film (Y4M or motion JPEG) as the window's camera
    #[arg(long, value_name = "PATH")]
    pub camera_file: Option<PathBuf>,
}

/// What goes with every command.
#[derive(Debug, ClapArgs)]
pub(super) struct Common {
    /// The vault file [default: $HOLDFAST_VAULT, else $XDG_DATA_HOME/holdfast/vault]
    #[arg(long, global = true, value_name = "FILE")]
    pub vault: Option<PathBuf>,
    /// Read the passphrase, one line, from this open file descriptor instead of the terminal
    #[arg(long, global = true, value_name = "N")]
    pub passphrase_fd: Option<u16>,
    /// Answer in JSON, errors included (those on standard error), and ask nothing but the passphrase
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new, empty vault
    New,
    /// Add the account in a picture of its barcode, in a link or in standard input
    ///
    /// The vault must be there; `holdfast new` makes one.
    Add(What),
    /// Change the passphrase; the one before then opens nothing
    Passphrase(NewPassphrase),
    /// List the ways to open the vault, passphrases and devices, or take one away
    ///
    /// `holdfast passphrase --beside` adds a passphrase.
    Ways {
        #[command(subcommand)]
        what: Option<Ways>,
    },
    /// List the accounts, without codes
    List,
    /// Move the accounts to another device, each with a new barcode of its service
    Move {
        #[command(subcommand)]
        what: Move,
    },
    /// Bring back the key that `add --replace` replaced, or an account that went with a copy of the vault;
    /// both are kept for 30 days at least
    Recover {
        /// The account, named as for `holdfast code`
        name: String,
    },
    /// Say how far this device's clock is off, and have the codes corrected by it
    Clock {
        #[command(subcommand)]
        what: clock::What,
    },
    /// Print the current code of one account, alone on standard output
    ///
    /// For an account with a counter, the counter is moved on and saved before the code is printed.
    Code {
        /// The account: part of its issuer or name, "issuer:name" or its id; case does not matter
        name: String,
    },
}

/// What passphrase there is to be.
#[derive(Debug, ClapArgs)]
pub(super) struct NewPassphrase {
    /// Read the new passphrase, one line, from this open file descriptor instead of the terminal
    #[arg(long, value_name = "N")]
    pub new_passphrase_fd: Option<u16>,
    /// Add the new one beside the present one: either opens the vault from then on
    #[arg(long)]
    pub beside: bool,
    /// Take away every other way to open the vault without asking
    #[arg(long, conflicts_with = "beside")]
    pub yes: bool,
}

/// What to do about the ways to open the vault.
#[derive(Debug, Subcommand)]
pub(super) enum Ways {
    /// Take one away: the vault gets a new key, so that what opened it before opens nothing more
    ///
    /// Only whoever has a passphrase or a device at hand can carry it over to the new key. The passphrases
    /// that are given stay; every other way goes too, and is named before.
    Remove(RemoveWay),
}

/// Which way goes, and what stays.
#[derive(Debug, ClapArgs)]
pub(super) struct RemoveWay {
    /// Its number in the list of `holdfast ways`
    pub number: usize,
    /// Another passphrase that is to stay, one line, from this open file descriptor; may be said again
    #[arg(long, value_name = "N")]
    pub keep_passphrase_fd: Vec<u16>,
    /// Take the other ways away too, without asking
    #[arg(long)]
    pub yes: bool,
}

/// What to add, and what to do where something like it is here already.
#[derive(Debug, ClapArgs)]
pub(super) struct What {
    /// A picture file, an otpauth:// link, or - for either of them (or a bare key) on standard input
    ///
    /// While a command runs, every user of this machine can see its arguments, and the shell keeps
    /// them in its history: give a link on standard input (-) rather than here.
    #[arg(value_name = "PICTURE|URI|-")]
    pub what: OsString,
    /// Name the issuer so, whatever the barcode says
    #[arg(long)]
    pub issuer: Option<String>,
    /// Name the account so, whatever the barcode says
    #[arg(long)]
    pub account: Option<String>,
    /// Of several barcodes in the picture, or links on standard input, take this one, counted from 1
    #[arg(long, value_name = "N")]
    pub barcode: Option<usize>,
    /// Where these names have another secret, or this secret other parameters: replace it; with --waiting,
    /// where this secret is here under another name: make the two one
    #[arg(long, conflicts_with = "keep_both")]
    pub replace: bool,
    /// It is the new barcode of this account, which waits for re-enrolment
    #[arg(long, value_name = "NAME", conflicts_with = "keep_both")]
    pub waiting: Option<String>,
    /// Take a key of fewer than 80 bits, which may be a part of one, without asking
    #[arg(long)]
    pub short_key: bool,
    /// Whatever is here already: add it beside
    #[arg(long)]
    pub keep_both: bool,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  done (also: the account is already here)
  1  failed for a reason without a number of its own
  2  the command line was not understood, or an answer is needed and nobody can be asked
  3  what was to be added or read is no picture, holds no barcode, is no account or no time, or has
     a key of fewer than 80 bits: say --short-key
  4  the passphrase is wrong
  5  no account has that name
  6  more than one account has that name, or is like the one to add
  7  the names are here with another secret, or the secret with other parameters: say --replace
     or --keep-both; or it may be the barcode of an account that waits: say --waiting or --keep-both;
     or it is here beside the one that waits: say --replace too; or move retire would take accounts
     along that only a copy holds: say --and-copies
  8  there is no vault at that path, or it cannot be read or opened
  9  not saved: the disk is full or read-only, or another program is in the way
  10  there is no display to open the window on
  130  stopped with Ctrl-C";
