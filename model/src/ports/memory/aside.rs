//! Which of the files beside a vault are copies of it.

use crate::vault::header_of;

/// Those of them that are copies of this vault, each with a name.
pub(super) fn copies(vault: Option<Vec<u8>>, beside: Vec<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let vault_in = |bytes: &[u8]| header_of(bytes).ok().map(|header| header.vault_id());
    let Some(own) = vault.as_deref().and_then(vault_in) else { return Vec::new() };
    let named = (1..).zip(beside).map(|(at, bytes)| (format!("vault.set-aside-{at}"), bytes));
    named.filter(|(_, bytes)| vault_in(bytes) == Some(own)).collect()
}
