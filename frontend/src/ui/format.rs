//! Words for numbers: durations, sizes, dates, counts. Pure; the current time comes in.

use dagwright_texts::t;

/// `0:48`, `21:40`, `1:02:03` from milliseconds.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `0.4 s` below a minute, else as [`duration`].
pub fn duration_exact(milliseconds: u64) -> String {
    if milliseconds < 60_000 {
        t!("{seconds} s", seconds = format!("{}.{}", milliseconds / 1000, milliseconds % 1000 / 100))
    } else {
        duration(milliseconds)
    }
}

/// `1.2 MiB`, `48 KiB`, `310 B`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = size as f64;
    let mut unit = 0;
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 9.95 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Counts in words, `1 file`, `3 files`: a whole text for one and one for more, since languages count differently.
macro_rules! counted {
    ($($name:ident: $one:literal, $many:literal;)+) => {
        $(
            #[doc = concat!("`", $one, "`, `", $many, "`.")]
            pub fn $name(count: u64) -> String {
                if count == 1 { String::from(t!($one)) } else { t!($many, count = grouped(count as i64)) }
            }
        )+
    };
}

counted! {
    errors: "1 error", "{count} errors";
    files: "1 file", "{count} files";
    parameters: "1 parameter", "{count} parameters";
    runs: "1 run", "{count} runs";
    tasks: "1 task", "{count} tasks";
    volumes: "1 volume", "{count} volumes";
    warnings: "1 warning", "{count} warnings";
}

/// `3 tasks`, `1 task`.
pub fn count(number: u64, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}

/// `just now`, `4 min ago`, `2 h ago`, `yesterday`, `3 days ago`; `None` once it is over a week ago.
pub fn relative(time: u64, now: u64) -> Option<String> {
    let seconds = now.saturating_sub(time) / 1000;
    let days = seconds / 86_400;
    Some(match seconds {
        0..45 => String::from(t!("just now")),
        45..3_570 => t!("{minutes} min ago", minutes = (seconds + 30) / 60),
        3_570..86_400 => t!("{hours} h ago", hours = (seconds + 1800) / 3600),
        _ if days == 1 => String::from(t!("yesterday")),
        _ if days < 7 => t!("{days} days ago", days),
        _ => return None,
    })
}

/// A metric's value, short: `0.969`, `1,797`, `1.2e-5`.
pub fn metric(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return grouped(value as i64);
    }
    let size = value.abs();
    if !(1e-3..1e6).contains(&size) { format!("{value:.3e}") } else { format!("{value:.3}") }
}

/// `1,797`.
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// A message as sentences: it begins with a capital, ends with a full stop, and what follows stands after it.
pub fn sentences(message: &str, more: &str) -> String {
    let mut letters = message.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if message.ends_with(['.', '?', '!', ':']) || message.is_empty() { "" } else { "." };
    let gap = if more.is_empty() { "" } else { " " };
    format!("{first}{}{stop}{gap}{more}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_numbers() {
        assert_eq!(duration(48_000), "0:48");
        assert_eq!(duration(3_723_000), "1:02:03");
        assert_eq!(bytes(1_258_291), "1.2 MiB");
        assert_eq!(bytes(1_048_576), "1.0 MiB");
        assert_eq!(bytes(310), "310 B");
        assert_eq!(metric(0.969_12), "0.969");
        assert_eq!(metric(1797.0), "1,797");
        assert_eq!(relative(0, 240_000).as_deref(), Some("4 min ago"));
        assert_eq!(relative(0, 700_000_000), None);
    }

    #[test]
    fn messages_are_sentences() {
        assert_eq!(sentences("the file is a list", "Write a map."), "The file is a list. Write a map.");
        assert_eq!(sentences("There is no volume data.", ""), "There is no volume data.");
        assert_eq!(sentences("“a” is a map", ""), "“a” is a map.");
        assert_eq!(sentences("", ""), "");
    }
}
