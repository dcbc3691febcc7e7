//! The server's token: 256 bits that let a person in. Compared in constant time, shown by no `Debug`.

use crate::data_folder::write_private;
use base64::Engine;
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;

/// Fewest characters of a token that a person chose.
const SHORTEST: usize = 32;

/// The token and the cookie's value made from it.
#[derive(Clone)]
pub struct Token {
    text: String,
    cookie: String,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A chosen token that is easy to guess or cannot stand in a header.
    #[error("DAGWRIGHT_TOKEN must have at least {SHORTEST} letters, digits, '-' or '_': unset it to have one made")]
    Weak,
    /// The file cannot be read or written.
    #[error("cannot read or write the token file {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(…)")
    }
}

impl Token {
    /// The chosen token, or the one in the data folder's `token` file (0600), made at the first start.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn load(data_dir: &Path, chosen: Option<String>) -> Result<Self, TokenError> {
        if let Some(chosen) = chosen.filter(|text| !text.is_empty()) {
            return if is_token(&chosen) { Ok(Self::new(chosen)) } else { Err(TokenError::Weak) };
        }
        let path = data_dir.join("token");
        let failed = |source| TokenError::File { path: path.clone(), source };
        match std::fs::read_to_string(&path) {
            Ok(text) if is_token(text.trim()) => return Ok(Self::new(String::from(text.trim()))),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let token = Self::random();
        write_private(&path, format!("{}\n", token.text).as_bytes()).map_err(failed)?;
        Ok(token)
    }

    /// A fresh one.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
    }

    fn new(text: String) -> Self {
        // The cookie holds a hash, so that what a browser keeps on disk is not the token itself.
        let hash = Sha256::new().chain_update(b"dagwright cookie\n").chain_update(text.as_bytes()).finalize();
        let cookie = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash);
        Self { text, cookie }
    }

    /// The token, for the address that is printed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value of the cookie that stands for it.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Whether a text is this token.
    pub fn is(&self, text: &str) -> bool {
        equal(&self.text, text)
    }

    /// Whether a text is this token's cookie.
    pub fn is_cookie(&self, text: &str) -> bool {
        equal(&self.cookie, text)
    }
}

fn is_token(text: &str) -> bool {
    text.len() >= SHORTEST && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn equal(ours: &str, theirs: &str) -> bool {
    // Hashes first: comparing texts of different lengths would tell the length.
    Sha256::digest(ours).as_slice().ct_eq(Sha256::digest(theirs).as_slice()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn made_once_kept_private_and_read_again() {
        let home = tempfile::tempdir().unwrap();
        let first = Token::load(home.path(), None).unwrap();
        let second = Token::load(home.path(), None).unwrap();
        assert_eq!(first.text(), second.text());
        assert_eq!(first.text().len(), 43);
        let mode = std::fs::metadata(home.path().join("token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(first.is(second.text()) && !first.is(second.cookie()) && !first.is(""));
        assert!(first.is_cookie(second.cookie()) && !first.is_cookie(second.text()));
        assert!(!format!("{first:?}").contains(first.text()));
    }

    #[test]
    fn a_weak_choice_is_refused() {
        let home = tempfile::tempdir().unwrap();
        assert!(Token::load(home.path(), Some(String::from("secret"))).is_err());
        let chosen = "a".repeat(32);
        assert_eq!(Token::load(home.path(), Some(chosen.clone())).unwrap().text(), chosen);
    }
}
