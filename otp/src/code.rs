//! A code as it is shown, copied and compared.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A one-time code: digits, or for Steam letters and digits. Erased when dropped, and not printed
/// by `Debug`, since it opens an account for half a minute.
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

impl Code {
    pub(crate) fn from_text(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The code as it is entered, without spaces: `123456`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code as it is read: `123 456`, `123 4567`, `1234 5678`, `123 456 789`, `12345 67890`.
    /// A Steam code stays whole.
    pub fn grouped(&self) -> Zeroizing<String> {
        let groups: &[usize] = match self.0.len() {
            6 => &[3, 3],
            7 => &[3, 4],
            8 => &[4, 4],
            9 => &[3, 3, 3],
            10 => &[5, 5],
            whole => &[whole],
        };
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() + groups.len()));
        let mut rest = self.as_str();
        for &size in groups {
            let (group, after) = rest.split_at(size);
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(group);
            rest = after;
        }
        text
    }

    /// Whether an entered code is this one, in constant time (requirement row 15). The text is
    /// compared as it is: without spaces, and for Steam in upper case.
    pub fn ct_eq(&self, entered: &str) -> bool {
        self.0.as_bytes().ct_eq(entered.as_bytes()).into()
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other.as_str())
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}
