//! What the person chose about the window. It is no secret: it has to be known before the unlock.

use std::str::FromStr;

/// What is remembered from one start to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Light, dark, or as the system says.
    pub appearance: Appearance,
    /// How long without use the vault stays open.
    pub idle: IdleTime,
    /// Whether the vault locks as soon as the window is out of sight.
    pub locks_hidden: bool,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Appearance {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// How long without use the vault stays open: 1, 2, 5 or 15 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleTime(u8);

impl IdleTime {
    /// One of the times that can be chosen; `None` for any other.
    pub fn minutes(minutes: i32) -> Option<Self> {
        match minutes {
            1 => Some(Self(1)),
            2 => Some(Self(2)),
            5 => Some(Self(5)),
            15 => Some(Self(15)),
            _ => None,
        }
    }

    /// In minutes.
    pub fn as_minutes(self) -> u8 {
        self.0
    }

    /// In seconds.
    pub fn as_seconds(self) -> u64 {
        60 * u64::from(self.0)
    }
}

impl Default for IdleTime {
    fn default() -> Self {
        Self(2)
    }
}

impl Default for Preferences {
    fn default() -> Self {
        Self { appearance: Appearance::default(), idle: IdleTime::default(), locks_hidden: true }
    }
}

impl Preferences {
    /// Reads a settings file: lines of `name = value`. Whatever is damaged, unknown or missing is as
    /// if it had never been chosen, so no file keeps the app from starting.
    pub fn read(file: &[u8]) -> Self {
        let mut chosen = Self::default();
        for line in String::from_utf8_lossy(file).lines() {
            let Some((name, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            match name.trim() {
                "appearance" => set(&mut chosen.appearance, value.parse()),
                "lock-after-minutes" => set(&mut chosen.idle, value.parse()),
                "lock-when-hidden" => set(&mut chosen.locks_hidden, value.parse()),
                _ => {}
            }
        }
        chosen
    }

    /// The settings file, as [`Preferences::read`] reads it.
    pub fn write(self) -> String {
        let appearance = match self.appearance {
            Appearance::System => "system",
            Appearance::Light => "light",
            Appearance::Dark => "dark",
        };
        format!(
            "appearance = {appearance}\nlock-after-minutes = {}\nlock-when-hidden = {}\n",
            self.idle.0, self.locks_hidden
        )
    }
}

impl FromStr for Appearance {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "system" => Ok(Self::System),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err(()),
        }
    }
}

impl FromStr for IdleTime {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().ok().and_then(Self::minutes).ok_or(())
    }
}

fn set<T, E>(place: &mut T, value: Result<T, E>) {
    if let Ok(value) = value {
        *place = value;
    }
}
