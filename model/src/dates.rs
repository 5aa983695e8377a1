//! Moments in figures, as the app shows them.

use holdfast_otp::UnixTime;

/// The day (UTC) as year-month-day, ISO 8601.
pub fn day(time: UnixTime) -> String {
    let date = time.date();
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// The day as [`day`] and the minute, of the same clock, which is named.
pub fn minute(time: UnixTime) -> String {
    let (hour, minute, _) = time.of_day();
    format!("{} {hour:02}:{minute:02} UTC", day(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_those_of_the_day() {
        assert_eq!(minute(UnixTime(951_782_400 + 86_399)), "2000-02-29 23:59 UTC");
        assert_eq!(minute(UnixTime(60)), "1970-01-01 00:01 UTC");
    }
}
