//! What can be asked for on the command line. Passwords and codes cannot be given here: others on
//! the machine could read them.

use clap::{Parser, Subcommand};

const HELP_END: &str = "\
The password and the code are asked for without echo. A recovery code serves in place of the app's code. Where standard input is no terminal, they are
read from it, a line each: e-mail address, password, code (only where the account has 2FA).

Exit codes:
    0  done
    1  refused by the server: wrong password or code, too many tries, nothing to switch off
    2  wrong usage, or the input ended too early
    3  the server cannot be reached, or its certificate is not valid
    4  not logged in, or the log-in is no longer valid
    5  the server cannot answer now, or its answer is not that of a Holdfast server
    6  the file with the log-in cannot be read or written
    7  done, but standard output did not take the result
  130  interrupted with Ctrl-C

With --json standard output is one JSON object: the result, or
{\"error\":{\"code\":\"…\",\"message\":\"…\"}}, with \"retry_after\" in seconds where waiting helps.";

/// Signs in to a Holdfast server from the command line, and looks after two-factor authentication.
#[derive(Parser)]
#[command(name = "holdfastctl", version, after_help = HELP_END)]
pub struct Arguments {
    /// The server's address, such as https://id.example.org [default: that of the last log-in].
    #[arg(long, value_name = "URL", env = "HOLDFAST_SERVER", global = true)]
    pub server: Option<String>,
    /// The fingerprint of the server's certificate, sha256: and 64 hexadecimal digits, for one that
    /// no authority vouches for; kept after a log-in.
    #[arg(long, value_name = "FINGERPRINT", env = "HOLDFAST_PIN", global = true)]
    pub pin: Option<String>,
    /// Prints one JSON object instead of sentences.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Logs in, and stays logged in on this machine.
    Login,
    /// Shows who is logged in.
    Whoami,
    /// Logs out, here and on the server.
    Logout,
    /// Shows whether two-factor authentication is on.
    #[command(name = "2fa")]
    TwoFactor,
    /// Shows the recovery codes that are left, after asking for the password.
    #[command(name = "2fa:recovery-codes")]
    RecoveryCodes {
        /// Makes 10 new ones instead; the old ones stop working at once.
        #[arg(long)]
        new: bool,
    },
    /// Switches two-factor authentication off, after asking for the password.
    #[command(name = "2fa:disable")]
    DisableTwoFactor,
    /// Prints what completes its commands in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page.
    Man,
}
