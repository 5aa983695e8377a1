//! What completes the commands in a shell.

use clap::Command;
use clap_complete::Shell;

/// Bash ends a word at a colon: without these lines it would complete none of the `2fa:…` commands.
const JOINED: &str = include_str!("completions.bash");

/// The script for that shell, to be read by it when it starts.
pub fn script(shell: Shell, command: &mut Command) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, command, "holdfastctl", &mut text);
    if shell != Shell::Bash {
        return text;
    }
    let mut text =
        String::from_utf8_lossy(&text).replace("-F _holdfastctl ", "-F _holdfastctl_joined ");
    text.push_str(JOINED);
    text.into_bytes()
}
