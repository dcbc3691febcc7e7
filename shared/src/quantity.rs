//! Kubernetes quantities and durations as people write them, as numbers.
//! Reading only; what is written stays in the document as it was typed.

/// Reads a Kubernetes quantity (`500m`, `2`, `1.5Gi`, `1e3`) as a number: cores for `cpu`, bytes for `memory` and sizes.
/// `None` where Kubernetes would refuse it, and for negative ones, which no resource takes.
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub fn quantity(text: &str) -> Option<f64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    if !number.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        exponent => {
            let exponent = exponent.strip_prefix(['e', 'E'])?;
            let exponent: i32 = exponent.parse().ok().filter(|exponent| (-18..=18).contains(exponent))?;
            10.0_f64.powi(exponent)
        }
    };
    Some(number * factor)
}

/// Reads a quantity of bytes, rounded up. `None` as for [`quantity`], and beyond what 64 bits hold.
pub fn bytes(text: &str) -> Option<u64> {
    let bytes = quantity(text)?.ceil();
    (bytes <= 9.2e18).then_some(bytes as u64)
}

/// Reads a duration such as `90s`, `30m`, `1h30m`, `2d`, `1.5h` or `500ms` as whole seconds, rounded up.
/// `None` without a unit, with an unknown one, or beyond a hundred years.
pub fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(rest.len());
        let factor = match &rest[..unit] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += number * factor;
        rest = &rest[unit..];
    }
    (total <= 3_155_760_000.0).then(|| total.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_kubernetes() {
        for (text, value) in [("500m", 0.5), ("2", 2.0), ("0.5", 0.5), (".5", 0.5), ("1e3", 1000.0), ("12E", 12e18)] {
            assert_eq!(quantity(text), Some(value), "{text}");
        }
        assert_eq!(bytes("1Gi"), Some(1 << 30));
        assert_eq!(bytes("1.5Ki"), Some(1536));
        for text in ["", "Gi", "1GB", "1 Gi", "-1", "1gi", "one", "1e", "1.2.3", "."] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }

    #[test]
    fn durations_need_units() {
        for (text, value) in [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2d", 172_800), ("1.5h", 5400), ("10ms", 1)]
        {
            assert_eq!(seconds(text), Some(value), "{text}");
        }
        for text in ["", "90", "1x", "m", "1h 30", "-5s", "1e9s", "100000d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
