//! Where the person's choices about the window are kept.

use super::SaveError;
use crate::Preferences;

/// The place of the settings.
pub trait Settings {
    /// What was chosen; the defaults where nothing was, or where it cannot be read.
    fn load(&self) -> Preferences;

    /// Keeps what is chosen, whole or not at all.
    fn save(&self, preferences: Preferences) -> Result<(), SaveError>;

    /// Removes what is kept, also of devices, such as which camera was chosen. Gives what is gone, as the person
    /// knows it.
    fn forget(&self) -> Vec<String>;
}
