//! Placeholders in texts: `{name}`, with a name of small letters, digits and underscores. Any other brace is a brace.

/// The placeholders of a text, in order: where each begins (in bytes), and its name.
pub(crate) fn of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(open) = text[from..].find('{').map(|at| at + from) {
            let name = &text[open + 1..];
            let end = name.bytes().take_while(|byte| is_part_of_name(*byte)).count();
            from = open + 1;
            if end > 0 && name.as_bytes().get(end) == Some(&b'}') {
                return Some((open, &name[..end]));
            }
        }
        None
    })
}

/// Whether a byte may stand in a placeholder's name.
pub(crate) const fn is_part_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}
