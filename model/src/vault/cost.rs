//! What guessing one passphrase costs: the Argon2id parameters, within fixed bounds.

use std::fmt;
use std::time::Duration;

use super::error::SlotError;
use super::key::Key;
use super::passphrase::Passphrase;

/// Argon2id parameters that Holdfast is willing to run (RFC 9106 version 0x13, one lane by default).
///
/// Every value of this type lies within the bounds below, so a crafted file can neither take the
/// memory nor the afternoon, and no vault can be made weaker than [`Cost::FLOOR`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A file asks for Argon2id parameters outside the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// More of this than [`Cost::MAX_MEMORY_KIB`] and its neighbours allow.
    #[error("This would take more {0} than Holdfast allows; choose a lower cost.")]
    TooCostly(Excess),
    /// Cheaper than [`Cost::FLOOR`].
    #[error("This would make the passphrase too easy to guess; choose a higher cost.")]
    TooCheap,
}

/// What Argon2id parameters ask too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Above [`Cost::MAX_MEMORY_KIB`].
    Memory,
    /// Memory times passes above [`Cost::MAX_WORK_KIB`], or of all slots above [`Cost::MAX_TOGETHER_KIB`].
    Time,
    /// Above [`Cost::MAX_LANES`].
    Lanes,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Time => "time",
            Self::Lanes => "processor cores",
        })
    }
}

impl Cost {
    /// The cheapest ever used or accepted: 19 MiB, 2 passes (OWASP's least). For slow devices, and
    /// for tests: there is no cheaper cost anywhere, so none can reach a real vault by accident.
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// For a phone: 64 MiB, 3 passes.
    pub const PHONE: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// For a desktop: 128 MiB, 3 passes.
    pub const DESKTOP: Self = Self { memory_kib: 128 * 1024, passes: 3, lanes: 1 };

    /// The most memory one try may take, in KiB: 512 MiB.
    pub const MAX_MEMORY_KIB: u32 = 512 * 1024;
    /// The most memory times passes, in KiB: 2 GiB, some two seconds on a slow machine.
    pub const MAX_WORK_KIB: u64 = 2 * 1024 * 1024;
    /// The most memory times passes of all passphrases of a vault together, in KiB: 4 GiB. So long a
    /// wrong passphrase takes at most.
    pub const MAX_TOGETHER_KIB: u64 = 4 * 1024 * 1024;
    /// The most lanes.
    pub const MAX_LANES: u32 = 4;

    /// How long one try should take on the device that made the vault.
    pub const AIM: Duration = Duration::from_millis(700);

    /// Checks parameters against the bounds; memory in KiB.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        let excess = [
            (memory_kib > Self::MAX_MEMORY_KIB, Excess::Memory),
            (work_kib(memory_kib, passes) > Self::MAX_WORK_KIB, Excess::Time),
            (lanes > Self::MAX_LANES, Excess::Lanes),
        ];
        if let Some((_, of)) = excess.into_iter().find(|(is_beyond, _)| *is_beyond) {
            return Err(CostError::TooCostly(of));
        }
        if memory_kib < Self::FLOOR.memory_kib || passes < Self::FLOOR.passes || lanes < 1 {
            return Err(CostError::TooCheap);
        }
        Ok(Self { memory_kib, passes, lanes })
    }

    /// Memory of one try, in KiB.
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes (the degree of parallelism that the result depends on).
    pub fn lanes(&self) -> u32 {
        self.lanes
    }

    /// Memory times passes, in KiB: what the time grows with.
    pub fn work_kib(&self) -> u64 {
        work_kib(self.memory_kib, self.passes)
    }

    /// This cost, or where its memory times passes are more than so many KiB, as much of it as they
    /// allow; `None` where that is less than [`Cost::FLOOR`].
    pub(super) fn at_most(self, work_kib: u64) -> Option<Self> {
        if self.work_kib() <= work_kib {
            return Some(self);
        }
        let cost = Self { lanes: self.lanes, ..Self::of_work(work_kib, self.memory_kib) };
        (cost.work_kib() <= work_kib).then_some(cost)
    }

    /// Makes something at this cost; where the memory for it is not to be had, at one that takes as long
    /// with half of it, and so on, down to [`Cost::FLOOR`]'s.
    pub fn or_less_memory<T>(
        self,
        mut make: impl FnMut(Self) -> Result<T, SlotError>,
    ) -> Result<T, SlotError> {
        let mut cost = self;
        loop {
            match (make(cost), cost.with_half_the_memory()) {
                (Err(SlotError::OutOfMemory), Some(less)) => cost = less,
                (made, _) => return made,
            }
        }
    }

    /// As long a try, with half of the memory; `None` where that is the least already.
    fn with_half_the_memory(self) -> Option<Self> {
        let half = (self.memory_kib / 2).max(Self::FLOOR.memory_kib);
        (half < self.memory_kib).then(|| Self::of_work(self.work_kib(), half))
    }

    /// Stretches a passphrase of no account once at this cost, to see how long that takes here.
    /// Answers `false` where the memory for it is not to be had.
    pub fn is_possible(self) -> bool {
        Key::stretch(&Passphrase::new("how long does it take"), &[0; 16], self).is_ok()
    }

    /// The cost for this device, from one measured try at `self`: the memory of `wanted`, with as
    /// many passes as fill [`Cost::AIM`]; where even `wanted`'s memory is too slow, less of it,
    /// down to [`Cost::FLOOR`]. Time grows with memory times passes, which is all this relies on.
    pub fn calibrated(&self, measured: Duration, wanted: Cost) -> Cost {
        let affordable =
            u128::from(self.work_kib()) * Self::AIM.as_micros() / measured.as_micros().max(1);
        let affordable = u64::try_from(affordable).unwrap_or(u64::MAX).min(Self::MAX_WORK_KIB);
        Self::of_work(affordable, wanted.memory_kib)
    }

    /// So much memory times passes, with this memory, or with less where it is not enough for the least
    /// passes; never less than [`Cost::FLOOR`].
    fn of_work(affordable: u64, mut memory_kib: u32) -> Self {
        let passes_at =
            |memory_kib: u32| u32::try_from(affordable / u64::from(memory_kib)).unwrap_or(u32::MAX);
        while memory_kib > Self::FLOOR.memory_kib && passes_at(memory_kib) < Self::FLOOR.passes {
            memory_kib = (memory_kib / 2).max(Self::FLOOR.memory_kib);
        }
        let passes = passes_at(memory_kib).max(Self::FLOOR.passes);
        Self { memory_kib, passes, lanes: 1 }
    }
}

fn work_kib(memory_kib: u32, passes: u32) -> u64 {
    u64::from(memory_kib) * u64::from(passes)
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cost(m={} KiB, t={}, p={})", self.memory_kib, self.passes, self.lanes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_within_the_bounds() {
        for preset in [Cost::FLOOR, Cost::PHONE, Cost::DESKTOP] {
            assert_eq!(
                Cost::new(preset.memory_kib, preset.passes, preset.lanes),
                Ok(preset),
                "{preset:?}"
            );
        }
    }

    #[test]
    fn what_a_crafted_file_may_ask_is_bounded() {
        for (memory, passes, lanes, of) in [
            (u32::MAX, u32::MAX, u32::MAX, Excess::Memory),
            (512 * 1024 + 1, 2, 1, Excess::Memory),
            (512 * 1024, 5, 1, Excess::Time),
            (19 * 1024, u32::MAX, 1, Excess::Time),
            (64 * 1024, 3, 5, Excess::Lanes),
        ] {
            assert_eq!(Cost::new(memory, passes, lanes), Err(CostError::TooCostly(of)));
        }
        for (memory, passes, lanes) in
            [(0, 0, 0), (19 * 1024 - 1, 2, 1), (19 * 1024, 1, 1), (64 * 1024, 3, 0)]
        {
            assert_eq!(Cost::new(memory, passes, lanes), Err(CostError::TooCheap));
        }
    }

    #[test]
    fn what_is_cut_down_to_the_room_there_is_keeps_the_bounds() {
        let mib = |mib: u64| mib * 1024;
        let dear = Cost::new(131_072, 16, 1).unwrap();
        assert_eq!(dear.at_most(mib(2048)), Some(dear));
        assert_eq!(dear.at_most(mib(900)), Some(Cost::new(131_072, 7, 1).unwrap()));
        assert_eq!(dear.at_most(mib(192)), Some(Cost::PHONE));
        assert_eq!(dear.at_most(mib(38)), Some(Cost::FLOOR));
        assert_eq!(dear.at_most(mib(37)), None);
    }

    #[test]
    fn where_memory_is_short_it_is_halved_down_to_the_least_before_nothing_is_made() {
        let within = |mib: u32, error| {
            let mut asked = Vec::new();
            let made = Cost::DESKTOP.or_less_memory(|cost| {
                asked.push(cost.memory_kib / 1024);
                if cost.memory_kib <= mib * 1024 { Ok(cost) } else { Err(error) }
            });
            (made, asked)
        };
        let short = SlotError::OutOfMemory;
        assert_eq!(within(128, short), (Ok(Cost::DESKTOP), vec![128]));
        let (made, asked) = within(20, short);
        assert_eq!(asked, [128, 64, 32, 19]);
        let made = made.unwrap();
        assert_eq!((made.memory_kib, made.passes), (19 * 1024, 20), "as long a try");
        assert_eq!(within(18, short), (Err(short), vec![128, 64, 32, 19]));
        let other = SlotError::EmptyPassphrase;
        assert_eq!(within(18, other), (Err(other), vec![128]), "less memory helps nothing");
    }

    #[test]
    fn calibration_fills_the_aim_and_keeps_the_bounds() {
        let ms = Duration::from_millis;
        // 64 MiB x 3 in 150 ms: 128 MiB x 7 comes to 700 ms.
        assert_eq!(
            Cost::PHONE.calibrated(ms(150), Cost::DESKTOP),
            Cost::new(131_072, 7, 1).unwrap()
        );
        // Ten times slower: less memory, rather than less than two passes.
        assert_eq!(
            Cost::PHONE.calibrated(ms(1500), Cost::DESKTOP),
            Cost::new(32_768, 2, 1).unwrap()
        );
        assert_eq!(Cost::PHONE.calibrated(ms(60_000), Cost::PHONE), Cost::FLOOR);
        for measured in [Duration::ZERO, ms(1), ms(70), ms(700), Duration::MAX] {
            let cost = Cost::FLOOR.calibrated(measured, Cost::DESKTOP);
            assert_eq!(Cost::new(cost.memory_kib, cost.passes, cost.lanes), Ok(cost));
        }
    }
}
