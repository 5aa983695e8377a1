//! The calendar day that a moment lies in.

use crate::UnixTime;

/// A day of the Gregorian calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year, as the calendar counts: 1970 and later.
    pub year: u64,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
}

impl UnixTime {
    /// The day (UTC) that this lies in.
    pub fn date(self) -> Date {
        // Howard Hinnant's civil_from_days: years of 365.2425 days that begin in March.
        let days = self.0 / 86_400 + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Date { year, month: month as u8, day: day as u8 }
    }

    /// The hour, the minute and the second (UTC) of the day that this lies in.
    pub fn of_day(self) -> (u8, u8, u8) {
        let of_day = self.0 % 86_400;
        ((of_day / 3600) as u8, (of_day / 60 % 60) as u8, (of_day % 60) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_out_as_the_calendar_has_them() {
        for (seconds, (year, month, day)) in [
            (0, (1970, 1, 1)),
            (86_399, (1970, 1, 1)),
            (951_782_399, (2000, 2, 28)),
            (951_782_400, (2000, 2, 29)),
            (1_709_164_800, (2024, 2, 29)),
            (1_709_251_200, (2024, 3, 1)),
            (1_795_560_000, (2026, 11, 24)),
            (1_798_761_599, (2026, 12, 31)),
            (4_102_444_800, (2100, 1, 1)),
            (4_107_542_400, (2100, 3, 1)),
        ] {
            assert_eq!(UnixTime(seconds).date(), Date { year, month, day });
        }
        let last = Date { year: 584_554_051_223, month: 11, day: 9 };
        assert_eq!(UnixTime(u64::MAX).date(), last, "the last that can be told");
    }

    #[test]
    fn the_time_of_the_day_is_the_rest() {
        assert_eq!(UnixTime(951_782_399).of_day(), (23, 59, 59));
        assert_eq!(UnixTime(1_795_560_000).of_day(), (22, 40, 0));
        assert_eq!(UnixTime(u64::MAX).of_day(), (7, 0, 15));
    }
}
