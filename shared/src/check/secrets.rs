//! What looks like a secret in a place where it would be stored openly. A guess: it only ever warns.

/// Starts of keys that services hand out.
const KEY_STARTS: [&str; 8] = ["AKIA", "ASIA", "ghp_", "github_pat_", "glpat-", "xoxb-", "hf_", "sk-"];

/// Whether a value under this name looks like a secret: by the name's words, or by the value's own form.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let value = value.trim();
    if value.contains("PRIVATE KEY-----") {
        return true;
    }
    let is_word = value.len() >= 16 && value.chars().all(|c| c.is_ascii_alphanumeric() || "_-+/=.".contains(c));
    if is_word && KEY_STARTS.iter().any(|start| value.starts_with(start)) {
        return true;
    }
    let means_nothing = value.is_empty() || value.parse::<f64>().is_ok() || value.starts_with(['/', '$']);
    if means_nothing || matches!(value, "true" | "false" | "none" | "null") {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let alone = ["password", "passwd", "secret", "token", "apikey", "credentials"];
    let pairs = [["api", "key"], ["access", "key"], ["private", "key"], ["secret", "key"]];
    // `secret_name` and `token_file` say where the secret is, not what it is.
    let points_elsewhere = words.last().is_some_and(|last| ["name", "path", "file", "id", "url", "ref"].contains(last));
    !points_elsewhere
        && (words.iter().any(|word| alone.contains(word))
            || words.windows(2).any(|pair| pairs.iter().any(|p| p == pair)))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_and_forms_of_secrets() {
        for (name, value, secret) in [
            ("DB_PASSWORD", "hunter2", true),
            ("AWS_SECRET_ACCESS_KEY", "abc", true),
            ("note", "AKIAIOSFODNN7EXAMPLE", true),
            ("note", "-----BEGIN RSA PRIVATE KEY-----\nx", true),
            ("max_tokens", "many", false),
            ("token", "100", false),
            ("SECRET_NAME", "aws", false),
            ("TOKEN_FILE", "x", false),
            ("DB_PASSWORD", "", false),
            ("DB_PASSWORD", "$(OTHER)", false),
            ("key", "rbf", false),
        ] {
            assert_eq!(is_secret(name, value), secret, "{name}={value}");
        }
    }
}
