//! A day in figures, from the seconds since 1970.

use holdfast_otp::UnixTime;

/// The day (UTC) as year-month-day, ISO 8601.
pub fn day(time: UnixTime) -> String {
    // Howard Hinnant's civil_from_days: years of 365.2425 days that begin in March.
    let days = time.0 / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day as [`day`] and the minute, of the same clock, which is named.
pub fn minute(time: UnixTime) -> String {
    let minutes = time.0 / 60;
    format!("{} {:02}:{:02} UTC", day(time), minutes / 60 % 24, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_out_as_the_calendar_has_them() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
            (1_798_761_599, "2026-12-31"),
            (4_102_444_800, "2100-01-01"),
        ] {
            assert_eq!(day(UnixTime(seconds)), expected);
        }
    }

    #[test]
    fn minutes_are_those_of_the_day() {
        assert_eq!(minute(UnixTime(951_782_400 + 86_399)), "2000-02-29 23:59 UTC");
        assert_eq!(minute(UnixTime(60)), "1970-01-01 00:01 UTC");
    }
}
