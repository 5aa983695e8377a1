//! Everything that is sealed under the server's key, the same for every database: which columns, and
//! how they are looked through and come under a new key (requirement 14).

use zeroize::Zeroizing;

use crate::domain::ids::AccountId;
use crate::keyring::{Keyring, Unsealable};
use crate::random::system_random;

/// A sealed column: its table, the 16-byte column that names its row, its own name, and the name it
/// is sealed under.
pub struct SealedColumn {
    pub table: &'static str,
    pub id: &'static str,
    pub column: &'static str,
    name: &'static str,
}

/// All of them. A test beside each database's tables finds one that is missing here.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn { table: "accounts", id: "id", column: "tf_secret", name: "tf_secret" },
    SealedColumn { table: "accounts", id: "id", column: "new_secret", name: "new_secret" },
    SealedColumn { table: "accounts", id: "id", column: "copy_key", name: "copy_key" },
    SealedColumn { table: "recovery", id: "account", column: "digests", name: "recovery_digests" },
    SealedColumn { table: "accounts", id: "id", column: "sms_number", name: "sms_number" },
    SealedColumn { table: "outbox", id: "id", column: "body", name: "letter" },
    SealedColumn { table: "sent_codes", id: "id", column: "body", name: "sent_code" },
];

/// Rows sealed anew in one transaction.
pub const PAGE: usize = 200;
/// The row that the root is sealed for.
const ROOT_ROW: [u8; 16] = [0; 16];
const ROOT: &str = "root";

/// What a walk over everything sealed has found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seals {
    /// Columns that open.
    pub whole: usize,
    /// Of these, under a key that seals no more.
    pub old: usize,
    /// Columns that do not open, each named.
    pub broken: Vec<String>,
}

/// The keyring's root, sealed under the key that seals now.
pub fn sealed_root(keyring: &Keyring) -> Result<Vec<u8>, Unsealable> {
    let row = AccountId::from(ROOT_ROW);
    keyring.seal(&row, ROOT, keyring.root().as_ref(), &mut system_random())
}

/// Takes over what the database says: which key seals, and on what root names hang. Whether the
/// keyring has what it takes.
pub fn adopt(keyring: &Keyring, key: &[u8], root: Option<&[u8]>) -> bool {
    if !keyring.seal_with(key) {
        return false;
    }
    let Some(sealed) = root else {
        keyring.hang_on_current();
        return true;
    };
    let root = keyring.open(&AccountId::from(ROOT_ROW), ROOT, sealed);
    root.and_then(|root| keyring.hang_on(&root)).is_ok()
}

/// A page of a sealed column, after the row of that name.
pub struct Page {
    rows: Vec<(Vec<u8>, Vec<u8>)>,
    column: usize,
}

/// Where the next page begins.
#[derive(Clone, Default)]
pub struct Place {
    column: usize,
    /// The row before it.
    pub after: Vec<u8>,
}

impl Place {
    /// The column at this place; `None` past the last.
    pub fn column(&self) -> Option<&'static SealedColumn> {
        SEALED.get(self.column)
    }

    /// The page of these rows, at most [`PAGE`] in the order of their names, and the place after it.
    pub fn page(self, rows: Vec<(Vec<u8>, Vec<u8>)>) -> (Page, Place) {
        let column = self.column;
        let next = match rows.last() {
            Some((id, _)) if rows.len() == PAGE => Place { column, after: id.clone() },
            _ => Place { column: column + 1, after: vec![] },
        };
        (Page { rows, column }, next)
    }
}

/// A sealed column as it is, and as it is to be.
pub struct Renewed {
    /// The row's name.
    pub id: Vec<u8>,
    /// What is there.
    pub old: Vec<u8>,
    /// The same, under the key that seals now.
    pub new: Vec<u8>,
}

impl Page {
    /// Counts what opens and names what does not.
    pub fn look_at(&self, keyring: &Keyring, seals: &mut Seals) {
        for (id, sealed) in &self.rows {
            match self.open(keyring, id, sealed) {
                Some(_) => {
                    seals.whole += 1;
                    seals.old += usize::from(!keyring.is_current(sealed));
                }
                None => {
                    let (table, column) = self.names();
                    let id = data_encoding::HEXLOWER.encode(id);
                    seals.broken.push(format!("{column} of {id} in {table} does not open"));
                }
            }
        }
    }

    /// What is under an older key, sealed anew. It is for the database to leave alone what has changed
    /// meanwhile: whoever changed it sealed it under the newest.
    pub fn renewed(&self, keyring: &Keyring) -> Vec<Renewed> {
        let Some(SealedColumn { name, .. }) = self.column() else { return vec![] };
        let old = self.rows.iter().filter(|(_, sealed)| !keyring.is_current(sealed));
        let renewed = old.filter_map(|(id, sealed)| {
            let (row, plain) = self.open(keyring, id, sealed)?;
            let new = keyring.seal(&row, name, &plain, &mut system_random()).ok()?;
            Some(Renewed { id: id.clone(), old: sealed.clone(), new })
        });
        renewed.collect()
    }

    /// Which column it is of.
    pub fn column(&self) -> Option<&'static SealedColumn> {
        SEALED.get(self.column)
    }

    fn open(
        &self,
        keyring: &Keyring,
        id: &[u8],
        sealed: &[u8],
    ) -> Option<(AccountId, Zeroizing<Vec<u8>>)> {
        let row = AccountId::from_bytes(id)?;
        let name = self.column()?.name;
        Some((row, keyring.open(&row, name, sealed).ok()?))
    }

    fn names(&self) -> (&'static str, &'static str) {
        self.column().map_or(("", ""), |sealed| (sealed.table, sealed.column))
    }
}
