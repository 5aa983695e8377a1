//! How moments are written: for people on the pages, in mails and in files, and for programs.

use holdfast_otp::UnixTime;

/// A moment as people write it, in UTC: `24 November 2026, 22:40 UTC`.
pub fn when(time: UnixTime) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (date, (hour, minute, _)) = (time.date(), time.of_day());
    let month = MONTHS.get(usize::from(date.month) - 1).unwrap_or(&"");
    format!("{} {month} {}, {hour:02}:{minute:02} UTC", date.day, date.year)
}

/// A moment as programs write it: `2026-11-24T22:40:00Z` (RFC 3339).
pub fn rfc3339(time: UnixTime) -> String {
    let (date, (hour, minute, second)) = (time.date(), time.of_day());
    let (year, month, day) = (date.year, date.month, date.day);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_calendar_has_them() {
        for (seconds, text) in [
            (0, "1 January 1970, 00:00 UTC"),
            (951_782_399, "28 February 2000, 23:59 UTC"),
            (951_782_400, "29 February 2000, 00:00 UTC"),
            (1_795_560_000, "24 November 2026, 22:40 UTC"),
            (4_102_444_799, "31 December 2099, 23:59 UTC"),
        ] {
            assert_eq!(when(UnixTime(seconds)), text);
        }
    }

    #[test]
    fn programs_get_moments_in_figures() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_560_000, "2026-11-24T22:40:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(UnixTime(seconds)), text);
        }
    }
}
