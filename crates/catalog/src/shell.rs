//! Words of a POSIX shell.

/// `text` as one word, as it stands where it means nothing else to a shell.
pub fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:=@%,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What one word says, as far as it was written by [`quoted`].
pub fn unquoted(word: &str) -> Option<String> {
    match word.strip_prefix('\'') {
        Some(rest) => Some(rest.strip_suffix('\'')?.replace(r"'\''", "'")),
        None => (!word.contains([' ', '\'', '"'])).then(|| word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_what_it_said_before() {
        for (text, word) in [
            ("/usr/bin/a-1.2", "/usr/bin/a-1.2"),
            ("", "''"),
            ("it's $(x)", r"'it'\''s $(x)'"),
            ("a\nb", "'a\nb'"),
            ("日本", "'日本'"),
            ("~", "'~'"),
        ] {
            assert_eq!(quoted(text), word);
            assert_eq!(unquoted(word).as_deref(), Some(text));
        }
        assert_eq!(unquoted("'a"), None);
        assert_eq!(unquoted("a b"), None);
    }
}
