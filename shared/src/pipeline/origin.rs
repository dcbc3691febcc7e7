//! Where a component came from, as its `origin` says, and how it stands to what the palette has there now.
//! `<place>[@<version>][#sha256=<digits>]`: the digits are the start of the digest that it had there. Fetches nothing.

use super::digest::{digest, same_component};
use crate::component::Component;
use std::fmt;

/// What the places of a person's own components begin with.
pub const OWN: &str = "own/";

/// Hexadecimal digits of a digest that an origin keeps: enough to tell versions apart, no seal.
const DIGITS: usize = 16;

/// An origin, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// `builtin/print_text`, `own/train`, an address, a file's name.
    pub place: &'a str,
    /// The version there; only own components have one.
    pub version: Option<u32>,
    /// The first hexadecimal digits of the digest that the component had when it was taken. Files of before have none.
    pub digits: Option<&'a str>,
}

impl<'a> Origin<'a> {
    /// Takes an origin apart. Whatever is no version and no digest belongs to the place, so nothing is refused.
    pub fn read(text: &'a str) -> Self {
        let (rest, digits) = match text.rsplit_once("#sha256=") {
            Some((rest, digits)) if digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                (rest, Some(digits))
            }
            _ => (text, None),
        };
        let versioned = rest.starts_with(OWN).then(|| rest.rsplit_once('@')).flatten();
        match versioned.and_then(|(place, version)| Some((place, version.parse().ok()?))) {
            Some((place, version)) => Self { place, version: Some(version), digits },
            None => Self { place: rest, version: None, digits },
        }
    }

    /// The origin of what is taken from `place` right now, where the component has this `digest`.
    pub fn of(place: &'a str, version: Option<u32>, digest: &'a str) -> Self {
        let digits = digest.trim_start_matches("sha256:");
        Self { place, version, digits: Some(digits.get(..DIGITS).unwrap_or(digits)) }
    }

    /// Whether a component with this `digest` is the one that was taken; `None`: the origin does not say.
    fn is(&self, digest: &str) -> Option<bool> {
        let digits = self.digits?;
        Some(digest.trim_start_matches("sha256:").starts_with(&digits.to_ascii_lowercase()))
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.place)?;
        if let Some(version) = self.version {
            write!(formatter, "@{version}")?;
        }
        if let Some(digits) = self.digits {
            write!(formatter, "#sha256={digits}")?;
        }
        Ok(())
    }
}

/// A version of an own component that the palette remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub version: u32,
    /// `sha256:` of the component.
    pub digest: String,
}

/// How a component stands to what the palette has under its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The same.
    Current,
    /// The palette has another one than this came from; this is as it came.
    Outdated,
    /// Changed since it came; the palette still has what it came from.
    Changed,
    /// Both.
    OutdatedAndChanged,
    /// Another, and nobody can say why: the origin has no digest, or names something that this palette never had.
    Differs,
}

impl Standing {
    /// Whether the palette has something newer.
    pub fn is_outdated(self) -> bool {
        matches!(self, Self::Outdated | Self::OutdatedAndChanged)
    }
}

/// How `component` stands to `there`, which the palette has under the same place. `known` are the versions of it that the
/// palette remembers; components that came with Dagwright or with a library have none.
pub fn standing(component: &Component, there: &Component, known: &[Known]) -> Standing {
    if same_component(component, there) {
        return Standing::Current;
    }
    let origin = Origin::read(component.origin.as_deref().unwrap_or_default());
    let newest = digest(there);
    let (Some(is_own), Some(is_newest)) = (origin.is(&digest(component)), origin.is(&newest)) else {
        return Standing::Differs;
    };
    let offered = Origin::read(there.origin.as_deref().unwrap_or_default()).version;
    let is_older = match (origin.version, offered) {
        (Some(version), Some(offered)) if version >= offered => false,
        (Some(version), _) => match known.iter().find(|known| known.version == version) {
            Some(known) => origin.is(&known.digest) == Some(true),
            // Too long ago to be remembered; or of another server, if there is a gap.
            None => known.iter().all(|known| version < known.version),
        },
        (None, _) => true,
    };
    match (is_newest, is_own) {
        (true, _) => Standing::Changed,
        (false, _) if !is_older => Standing::Differs,
        (false, true) => Standing::Outdated,
        (false, false) => Standing::OutdatedAndChanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(description: &str) -> Component {
        Component { description: Some(String::from(description)), ..Component::default() }
    }

    fn taken(description: &str, place: &str, version: Option<u32>) -> Component {
        let component = component(description);
        let origin = Origin::of(place, version, &digest(&component)).to_string();
        Component { origin: Some(origin), ..component }
    }

    fn changed(component: Component) -> Component {
        Component { name: String::from("changed"), ..component }
    }

    #[test]
    fn origins_come_apart_and_together_and_old_ones_stay_places() {
        for (text, place, version, digits) in [
            ("builtin/print_text", "builtin/print_text", None, None),
            ("own/a@b@12#sha256=0123456789abcdef", "own/a@b", Some(12), Some("0123456789abcdef")),
            ("own/학습@1", "own/학습", Some(1), None),
            ("own/mail@home", "own/mail@home", None, None),
            ("https://x.org/c.yaml@2#sha256=01234567", "https://x.org/c.yaml@2", None, Some("01234567")),
            ("https://x.org/#sha256=no", "https://x.org/#sha256=no", None, None),
            ("", "", None, None),
        ] {
            let origin = Origin::read(text);
            assert_eq!(origin, Origin { place, version, digits });
            assert_eq!(origin.to_string(), text);
        }
    }

    #[test]
    fn what_came_without_a_version_is_outdated_or_changed_by_its_digest() {
        let there = taken("new", "builtin/x", None);
        assert_eq!(standing(&taken("new", "builtin/x", None), &there, &[]), Standing::Current);
        assert_eq!(standing(&taken("old", "builtin/x", None), &there, &[]), Standing::Outdated);
        assert_eq!(standing(&changed(taken("new", "builtin/x", None)), &there, &[]), Standing::Changed);
        assert_eq!(standing(&changed(taken("old", "builtin/x", None)), &there, &[]), Standing::OutdatedAndChanged);
        let of_before = Component { origin: Some(String::from("builtin/x")), ..component("old") };
        assert_eq!(standing(&of_before, &there, &[]), Standing::Differs);
    }

    #[test]
    fn own_components_are_outdated_only_against_a_history_that_has_theirs() {
        let there = taken("three", "own/x", Some(3));
        let known = |version, text: &str| Known { version, digest: digest(&component(text)) };
        let history = [known(3, "three"), known(2, "two")];
        assert_eq!(standing(&taken("two", "own/x", Some(2)), &there, &history), Standing::Outdated);
        assert_eq!(standing(&changed(taken("two", "own/x", Some(2))), &there, &history), Standing::OutdatedAndChanged);
        assert_eq!(standing(&changed(taken("three", "own/x", Some(3))), &there, &history), Standing::Changed);
        assert_eq!(standing(&taken("one", "own/x", Some(1)), &there, &history), Standing::Outdated, "forgotten");
        assert_eq!(
            standing(&taken("other", "own/x", Some(2)), &there, &history),
            Standing::Differs,
            "another server's"
        );
        assert_eq!(standing(&taken("nine", "own/x", Some(9)), &there, &history), Standing::Differs, "newer than here");
    }
}
