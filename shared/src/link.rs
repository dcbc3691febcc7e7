//! A pipeline in a link: its file's text, packed into the part of an address that no server ever sees (the fragment).
//! Also knows a link again wherever it is pasted. Must not read the document, nor know which pages there are.
//!
//! ```text
//! link      = base "/#pipeline=" packed | base "/#shared=" id         whatever the base; other keys may follow by "&"
//! packed    = base64url without padding of: version (1 byte), length (3 bytes, big-endian),
//!             checksum (8 bytes: the start of SHA-256 over version, length and content), content
//! content   = the text (UTF-8), compressed (RFC 1951); `length` is its number of bytes
//! id        = base64url without padding of 16 random bytes
//! ```
//! Version, length and checksum stand at the same place in every version, so that a damaged link is told from a newer one.

use crate::yaml::LARGEST_TEXT;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dagwright_texts::t;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use sha2::{Digest, Sha256};

/// The most characters that a link has; longer ones are cut by mail and chat programs. Longer pipelines are shared by a
/// short link or as a file.
pub const LINK_LIMIT: usize = 32 << 10;
/// The most bytes that a link's text has: what a file may have (8 MiB).
pub const TEXT_LIMIT: usize = LARGEST_TEXT;

/// The version of packing that is written here.
const VERSION: u8 = 1;
/// Bytes before the content: version, length, checksum.
const HEAD: usize = 12;
const CHECKSUM: std::ops::Range<usize> = 4..HEAD;
const PIPELINE: &str = "pipeline";
const SHARED: &str = "shared";
/// miniz's best that is still quick: 8 MiB in well under a second.
const LEVEL: u8 = 9;
/// Characters of a short link's id.
const ID_LENGTH: usize = 22;

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A pipeline inside the link, packed; [`unpack`] gives its text.
    Pipeline(String),
    /// A pipeline that a server keeps.
    Shared {
        /// The server's base, without a slash at its end; empty where the link came without one.
        base: String,
        /// 128 random bits, 22 characters.
        id: String,
    },
}

/// What is wrong with a link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Its end is missing.
    #[error("{}", cut(*.there, *.all))]
    Cut {
        /// Characters that are there.
        there: usize,
        /// Characters that there should be, where that much is known.
        all: Option<usize>,
    },
    /// It goes on after its end.
    #[error("{}", t!("the link has {count} characters after its end", count = .there - .all))]
    Longer {
        /// Characters that are there.
        there: usize,
        /// Characters that there should be.
        all: usize,
    },
    /// A character is another one than when it was made.
    #[error("{}", t!("the link is damaged: its checksum does not fit"))]
    Damaged,
    /// A newer Dagwright made it.
    #[error("{}", t!("the link is of version {version}, which a newer Dagwright made; this one reads version {ours}", version = .version, ours = VERSION))]
    Newer {
        /// The version of its packing.
        version: u8,
    },
    /// Too long to be a link.
    #[error("{}", t!("the link has {characters} characters; at most {most} go into one", characters = .characters, most = LINK_LIMIT))]
    TooLong {
        /// Characters of the whole link, or of the packed part where that alone is too long.
        characters: usize,
    },
    /// What is in it is too large.
    #[error("{}", t!("the pipeline has more than {size} MiB; that much goes into no link", size = TEXT_LIMIT >> 20))]
    TooLarge,
    /// The checksum fits, but what it covers is no text of this version.
    #[error("{}", t!("what the link holds is not the text of a pipeline"))]
    NoText,
}

fn cut(there: usize, all: Option<usize>) -> String {
    match all {
        Some(all) => t!("the link is cut: {there} of its characters are there, it should have {all}", there, all),
        None => t!("the link is cut: {there} of its characters are there", there),
    }
}

impl LinkError {
    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Cut { .. } => {
                t!("Copy the whole link again. Where a program cuts it, ask for a short link or the file.")
            }
            Self::Longer { .. } | Self::Damaged | Self::NoText => {
                t!("Copy the link again from where it was made, or ask for the pipeline's file.")
            }
            Self::Newer { .. } => t!("Open it with a newer Dagwright, or ask for the pipeline's file."),
            Self::TooLong { .. } => t!("Share it by a short link, which the server keeps, or as a file."),
            Self::TooLarge => t!("Share it as a file."),
        }
    }
}

impl Link {
    /// Finds a link in what somebody pasted: a whole address of any host, or the part from `#` on. Line breaks that a
    /// mail program put in, and brackets and full stops around it, are no part of it. `None`: this is something else.
    pub fn find(pasted: &str) -> Option<Self> {
        let pasted = pasted.trim().trim_start_matches(['<', '(', '[', '"', '\'']);
        let (address, fragment) = pasted.split_once('#')?;
        let is_address = address.starts_with("https://") || address.starts_with("http://");
        if !(is_address || address.is_empty()) || address.contains(char::is_whitespace) {
            return None;
        }
        let fragment: String = fragment.split_whitespace().collect();
        match Self::in_fragment(&fragment)? {
            Self::Shared { id, .. } => {
                let end = address.find('?').unwrap_or(address.len());
                Some(Self::Shared { base: String::from(address[..end].trim_end_matches('/')), id })
            }
            packed => Some(packed),
        }
    }

    /// Reads an address's fragment, with or without its `#`. `None`: it holds no link.
    pub fn in_fragment(fragment: &str) -> Option<Self> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let mut pairs = fragment.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| {
            let value = value.trim_end_matches(|end: char| !is_character(end));
            match key {
                PIPELINE => Some(Self::Pipeline(String::from(value))),
                SHARED => Some(Self::Shared { base: String::new(), id: String::from(value) }),
                _ => None,
            }
        })
    }
}

/// The link that holds a pipeline's file, under a server's base such as `https://pipelines.example.org`.
///
/// # Errors
/// [`LinkError::TooLarge`] and [`LinkError::TooLong`].
pub fn pipeline_link(base: &str, text: &str) -> Result<String, LinkError> {
    let link = format!("{}/#{PIPELINE}={}", base.trim_end_matches('/'), pack(text)?);
    if link.len() > LINK_LIMIT {
        return Err(LinkError::TooLong { characters: link.len() });
    }
    Ok(link)
}

/// The link to a pipeline that a server keeps under `id`.
pub fn shared_link(base: &str, id: &str) -> String {
    format!("{}/#{SHARED}={id}", base.trim_end_matches('/'))
}

/// The id of a short link from 16 random bytes.
pub fn shared_id(random: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// Whether a text can be the id of a short link: whole, and of the right characters.
pub fn is_shared_id(id: &str) -> bool {
    id.len() == ID_LENGTH && URL_SAFE_NO_PAD.decode(id).is_ok()
}

/// Packs a text as a link holds it. Not yet held against [`LINK_LIMIT`], which counts the base too.
///
/// # Errors
/// [`LinkError::TooLarge`].
pub fn pack(text: &str) -> Result<String, LinkError> {
    if text.len() > TEXT_LIMIT {
        return Err(LinkError::TooLarge);
    }
    let content = compress_to_vec(text.as_bytes(), LEVEL);
    // Deflate grows what it cannot shrink by thousandths: the length has room for 16 MiB.
    let length = u32::try_from(content.len()).ok().filter(|length| *length < 1 << 24).ok_or(LinkError::TooLarge)?;
    let mut bytes = Vec::with_capacity(HEAD + content.len());
    bytes.push(VERSION);
    bytes.extend(&length.to_be_bytes()[1..]);
    bytes.extend([0; CHECKSUM.end - CHECKSUM.start]);
    bytes.extend(content);
    let checksum = checksum(&bytes);
    bytes[CHECKSUM].copy_from_slice(&checksum);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The text that a link holds. Never more than [`TEXT_LIMIT`] bytes are made of it, whatever it claims.
///
/// # Errors
/// Every [`LinkError`].
pub fn unpack(packed: &str) -> Result<String, LinkError> {
    let there = packed.len();
    if there > LINK_LIMIT {
        return Err(LinkError::TooLong { characters: there });
    }
    if !packed.chars().all(is_character) {
        return Err(LinkError::Damaged);
    }
    let head = characters(HEAD);
    let start = packed.get(..head).ok_or(LinkError::Cut { there, all: None })?;
    let start = URL_SAFE_NO_PAD.decode(start).map_err(|_| LinkError::Damaged)?;
    let [version, length @ ..] = [start[0], start[1], start[2], start[3]];
    let [high, middle, low] = length.map(usize::from);
    let all = characters(HEAD + (high << 16 | middle << 8 | low));
    if there < all {
        return Err(LinkError::Cut { there, all: Some(all) });
    }
    if there > all {
        return Err(LinkError::Longer { there, all });
    }
    let bytes = URL_SAFE_NO_PAD.decode(packed).map_err(|_| LinkError::Damaged)?;
    if checksum(&bytes) != bytes[CHECKSUM] {
        return Err(LinkError::Damaged);
    }
    if version != VERSION {
        return Err(LinkError::Newer { version });
    }
    let text = decompress_to_vec_with_limit(&bytes[HEAD..], TEXT_LIMIT).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => LinkError::TooLarge,
        _ => LinkError::NoText,
    })?;
    String::from_utf8(text).map_err(|_| LinkError::NoText)
}

/// Of everything but the checksum itself.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM.end - CHECKSUM.start] {
    let mut hash = Sha256::new();
    hash.update(&bytes[..CHECKSUM.start]);
    hash.update(&bytes[CHECKSUM.end..]);
    let hash = hash.finalize();
    std::array::from_fn(|at| hash[at])
}

/// Characters of so many bytes in base64 without padding.
fn characters(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

fn is_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

#[cfg(test)]
mod tests;
