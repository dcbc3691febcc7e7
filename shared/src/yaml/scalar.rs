//! What a plain scalar means (YAML 1.2.2, chapter 10.3, core schema), and which texts a reader could take for something else.
//! Only single scalars; quoting styles and blocks are `write`'s.

use serde_json::{Number, Value};

/// The meaning of a plain scalar.
pub(super) enum Plain {
    /// Null, a boolean, a number or text. Integers beyond 64 bits stay text, so that no digit is lost.
    Value(Value),
    /// An infinity, or not a number: no JSON value can hold it.
    NotFinite,
}

/// Resolves a plain scalar by the core schema.
pub(super) fn resolve(text: &str) -> Plain {
    let first = text.bytes().next().unwrap_or(b'~');
    if !matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.' | b't' | b'T' | b'f' | b'F' | b'n' | b'N' | b'~') {
        return Plain::Value(Value::from(text));
    }
    Plain::Value(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_not_finite(text) => return Plain::NotFinite,
        _ => match integer(text).or_else(|| float(text)) {
            Some(Ok(number)) => Value::Number(number),
            Some(Err(Unfit::Digits)) | None => Value::from(text),
            Some(Err(Unfit::Infinite)) => return Plain::NotFinite,
        },
    })
}

enum Unfit {
    Digits,
    Infinite,
}

fn integer(text: &str) -> Option<Result<Number, Unfit>> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x', ..] => (&text[2..], 16),
        [b'0', b'o', ..] => (&text[2..], 8),
        _ => (text.strip_prefix(['+', '-']).unwrap_or(text), 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok();
    let number = match magnitude {
        Some(magnitude) if !text.starts_with('-') => Some(Number::from(magnitude)),
        // Down to i64::MIN, whose magnitude is one more than i64::MAX.
        Some(magnitude) => 0_i64.checked_sub_unsigned(magnitude).map(Number::from),
        None => None,
    };
    Some(number.ok_or(Unfit::Digits))
}

fn float(text: &str) -> Option<Result<Number, Unfit>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_reads = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) || !exponent_reads {
        return None;
    }
    let number = text.parse::<f64>().ok()?;
    Some(Number::from_f64(number).ok_or(Unfit::Infinite))
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// A number as it is written: integers as they are, floats so that YAML 1.1 readers take them for floats too
/// (they want a point, and a sign in the exponent).
pub(super) fn push_number(out: &mut String, number: &Number) {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once('e') else {
        out.push_str(&text);
        return;
    };
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    if !exponent.starts_with(['-', '+']) {
        out.push('+');
    }
    out.push_str(exponent);
}

/// Whether some YAML reader, of version 1.1 or 1.2, would take the plain text for something else than text.
pub(super) fn is_ambiguous(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return true };
    match first {
        b'~' | b'=' => text.len() == 1,
        b'<' => text == "<<",
        b'0'..=b'9' | b'+' | b'-' | b'.' => is_number_like(text) || is_date_like(text),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => {
            text.len() <= 5
                && ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
                    .iter()
                    .any(|word| text.eq_ignore_ascii_case(word))
        }
        _ => false,
    }
}

/// Integers and floats of YAML 1.1 and 1.2: binary, octal, hexadecimal, underscored, sexagesimal, infinite.
fn is_number_like(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let [b'0', letter, rest @ ..] = unsigned.as_bytes()
        && matches!(letter.to_ascii_lowercase(), b'x' | b'o' | b'b')
    {
        return !rest.is_empty() && rest.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_');
    }
    if unsigned.eq_ignore_ascii_case(".inf") || unsigned.eq_ignore_ascii_case(".nan") {
        return true;
    }
    let mantissa = match unsigned.find(['e', 'E']) {
        Some(at) if unsigned[at + 1..].bytes().all(|byte| byte.is_ascii_digit() || b"+-_".contains(&byte)) => {
            &unsigned[..at]
        }
        _ => unsigned,
    };
    mantissa.bytes().any(|byte| byte.is_ascii_digit())
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || b"._:".contains(&byte))
}

fn is_date_like(text: &str) -> bool {
    matches!(text.as_bytes(), [a, b, c, d, b'-', e, ..] if [a, b, c, d, e].iter().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema() {
        for (text, value) in [
            ("", "null"),
            ("~", "null"),
            ("NULL", "null"),
            ("nULL", "\"nULL\""),
            ("True", "true"),
            ("yes", "\"yes\""),
            ("on", "\"on\""),
            ("n", "\"n\""),
            ("7", "7"),
            ("+7", "7"),
            ("-0", "0"),
            ("007", "7"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("0b1", "\"0b1\""),
            ("1_000", "\"1_000\""),
            ("12:30", "\"12:30\""),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "\"18446744073709551616\""),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-9223372036854775809", "\"-9223372036854775809\""),
            ("1.10", "1.1"),
            (".5", "0.5"),
            ("1.", "1.0"),
            ("1e3", "1000.0"),
            ("-1.5E-3", "-0.0015"),
            (".", "\".\""),
            ("-", "\"-\""),
            ("1e", "\"1e\""),
            ("0x", "\"0x\""),
            ("1.2.3", "\"1.2.3\""),
            ("2026-11-23", "\"2026-11-23\""),
        ] {
            let Plain::Value(read) = resolve(text) else { panic!("{text} is finite") };
            assert_eq!(read.to_string(), value, "{text}");
        }
        for text in [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1e999"] {
            assert!(matches!(resolve(text), Plain::NotFinite), "{text}");
        }
    }

    #[test]
    fn texts_that_some_reader_would_take_for_something_else() {
        for text in [
            "",
            "~",
            "=",
            "<<",
            "y",
            "N",
            "yes",
            "NO",
            "On",
            "oFF",
            "true",
            "False",
            "null",
            "7",
            "-7",
            "+1",
            "1_000",
            "0x1F",
            "0b11",
            "0o7",
            "017",
            "12:30:45",
            "1.5",
            ".5",
            "1.",
            "1e3",
            "1.0e+5",
            "-.inf",
            ".NaN",
            "2026-11-23",
            "2026-1-2 03:04:05",
        ] {
            assert!(is_ambiguous(text), "{text}");
        }
        for text in ["yesterday", "nothing", "512Mi", "30m", "1h30m", "3.11-slim", "-c", "-", "...", "e5", "0xyz", "o"]
        {
            assert!(!is_ambiguous(text), "{text}");
        }
    }
}
