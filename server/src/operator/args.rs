//! What can be asked for on the command line. Each option of `serve`, and each that stands before
//! the command, can also be given in the environment and in the configuration file.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use super::drill::Drill;
use crate::domain::service::Right;
use crate::notify::PostArgs;
use crate::place::Whereabouts;

const HELP_END: &str = "\
Options are taken from the command line first, then from the environment (HOLDFAST_…), then from the
configuration file, which is TOML: each long option of `serve` is a key of the same name, such as
    listen = \"127.0.0.1:8480\"
Exit codes: 0 done; 1 not done, and why stands on standard error; 2 wrong usage.";

/// Asks for a code from the phone after e-mail and password.
#[derive(Parser)]
#[command(name = "holdfast-server", version, after_help = HELP_END)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub place: Place,
    #[command(subcommand)]
    pub command: Command,
}

/// Where the data is.
#[derive(clap::Args)]
pub struct Place {
    /// Where accounts are kept; `serve` makes it if it is not there.
    #[arg(long, value_name = "DIR", env = "HOLDFAST_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// The file with the server's key, kept away from the database [default: DIR/server.key].
    #[arg(long, value_name = "FILE", env = "HOLDFAST_KEY_FILE", global = true)]
    pub key_file: Option<PathBuf>,
    /// A PostgreSQL database in the place of the file in DIR, for servers on several machines, such as
    /// postgres://holdfast@db.example.org/holdfast. The key stays in its file, the same for all servers.
    /// With a password in it, it is better given in the environment or in the configuration file.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "HOLDFAST_DATABASE",
        hide_env_values = true,
        global = true
    )]
    pub database: Option<String>,
}

impl Place {
    /// The data directory.
    pub fn directory(&self) -> anyhow::Result<&Path> {
        self.data_dir.as_deref().ok_or_else(|| {
            anyhow::anyhow!("It is not said where accounts are kept. Say it with --data-dir DIR.")
        })
    }

    /// Where accounts are kept.
    pub fn whereabouts(&self) -> anyhow::Result<Whereabouts<'_>> {
        Ok(Whereabouts {
            directory: self.directory()?,
            key_file: self.key_file.as_deref(),
            database: self.database.as_deref(),
        })
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// Serves the pages and the API until it is told to stop (SIGTERM or Ctrl-C).
    Serve(Box<Serve>),
    /// Looks at accounts and looks after them.
    User {
        #[command(subcommand)]
        command: User,
    },
    /// Looks after two-factor authentication.
    #[command(name = "2fa")]
    TwoFactor {
        #[command(subcommand)]
        command: TwoFactor,
    },
    /// Prints the audit log, an entry a line, as JSON.
    Audit(Audit),
    /// Verifies the database, what is sealed in it, and the audit log; changes nothing.
    Check,
    /// Copies the database, as it is at this moment, while the server serves.
    Backup {
        /// Where to; there must be no such file yet.
        file: PathBuf,
    },
    /// Moves all accounts from the file in the data directory into the PostgreSQL database that --database
    /// names, while no server serves.
    Migrate {
        /// What it is moved from.
        #[arg(long, default_value = "sqlite", value_parser = ["sqlite"])]
        from: String,
        /// What it is moved to.
        #[arg(long, default_value = "postgres", value_parser = ["postgres"])]
        to: String,
    },
    /// Gives other programs tokens with named rights.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Looks after the server's key.
    Key {
        #[command(subcommand)]
        command: Key,
    },
    /// Shows on this machine what the server promises, with servers of its own on loopback and a data
    /// directory that vanishes.
    Drill {
        #[command(subcommand)]
        command: Drill,
    },
}

#[derive(Subcommand)]
pub enum TokenCommand {
    /// Makes a token for a program; it is shown once.
    Add {
        /// What the program is called here.
        name: String,
        /// What it may do; may be repeated. `verify`: ask whether password and code are somebody's.
        /// `verify-code`: the same of a code alone, for a program that has checked the password.
        /// `authorized-keys`: read people's public SSH keys.
        #[arg(long = "right", value_name = "RIGHT", required = true, value_parser = right)]
        rights: Vec<Right>,
    },
    /// Lists all programs that have a token.
    List,
    /// Makes a program's token void.
    Remove {
        /// What the program is called here.
        name: String,
    },
}

fn right(word: &str) -> Result<Right, String> {
    Right::of(word).ok_or_else(|| "use verify, verify-code or authorized-keys".to_owned())
}

#[derive(Subcommand)]
pub enum Key {
    /// Puts a new key beside the one in use into the key's file, and does nothing else: where servers have
    /// files of their own, copy it to each of them before `rotate` takes the new key into use.
    Prepare,
    /// Makes a new key and seals everything anew under it, while the server serves or not. Broken
    /// off, it goes on where it was when it is run again.
    Rotate,
}

#[derive(clap::Args)]
pub struct Serve {
    /// The address to listen on; port 0 takes a free one.
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "HOLDFAST_LISTEN",
        default_value = "127.0.0.1:8480"
    )]
    pub listen: SocketAddr,
    /// The service's name, as people will see it in their app, on the pages and in mails.
    #[arg(long, value_name = "NAME", env = "HOLDFAST_ISSUER", default_value = "Holdfast")]
    pub issuer: String,
    /// A proxy that is believed when it names in X-Forwarded-For for whom it asks; may be repeated.
    #[arg(long, value_name = "ADDRESS", env = "HOLDFAST_PROXY", value_delimiter = ',')]
    pub proxy: Vec<IpAddr>,
    /// Most people who register in one day, from wherever.
    #[arg(
        long,
        value_name = "COUNT",
        env = "HOLDFAST_REGISTRATIONS_A_DAY",
        default_value_t = 10_000
    )]
    pub registrations_a_day: u32,
    /// A name under which people reach it, such as id.example.org; any is answered to if none is
    /// given. May be repeated.
    #[arg(long, value_name = "NAME", env = "HOLDFAST_HOST", value_delimiter = ',')]
    pub host: Vec<String>,
    /// The certificate (PEM, with those that lead to an authority); TLS is spoken if it is given.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, value_name = "FILE", env = "HOLDFAST_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// TLS with a certificate for this name that is made at the first start and kept in the data
    /// directory; who connects must check its fingerprint. May be repeated.
    #[arg(long, value_name = "NAME", env = "HOLDFAST_TLS_SELF_SIGNED", value_delimiter = ',')]
    pub tls_self_signed: Vec<String>,
    /// Where Prometheus finds /metrics; nowhere if not given.
    #[arg(long, value_name = "ADDRESS:PORT", env = "HOLDFAST_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// How what happens while it runs is written to standard error.
    #[arg(long, value_name = "FORM", env = "HOLDFAST_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// The least that is written.
    #[arg(long, value_name = "LEVEL", env = "HOLDFAST_LOG_LEVEL", default_value = "info")]
    pub log_level: LogLevel,
    #[command(flatten)]
    pub post: PostArgs,
    /// For trying it out on this machine; only on a loopback address.
    #[arg(long, env = "HOLDFAST_DEV")]
    pub dev: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Subcommand)]
pub enum User {
    /// Lists all accounts, one a line.
    List,
    /// Shows one account, its sessions, and what happened to it last.
    Show {
        /// The person's e-mail address.
        email: String,
    },
    /// Makes an account; the password is asked for, or read from standard input.
    Add {
        /// The person's e-mail address.
        email: String,
    },
    /// Ends every session of one account, on the command line too, and voids its API key.
    EndSessions {
        /// The person's e-mail address.
        email: String,
    },
}

#[derive(Subcommand)]
pub enum TwoFactor {
    /// Switches two-factor authentication off for somebody who has lost every way in. Make sure
    /// first that the account is hers: how you did is asked for, and kept in the audit log.
    Reset {
        /// The person's e-mail address.
        email: String,
        /// How you made sure whose account it is; asked for if not given.
        #[arg(long, value_name = "TEXT")]
        verified: Option<String>,
    },
}

#[derive(clap::Args)]
pub struct Audit {
    /// Only what happened to this person's account.
    #[arg(long, value_name = "EMAIL")]
    pub user: Option<String>,
    /// Only entries after this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub after: u64,
}
