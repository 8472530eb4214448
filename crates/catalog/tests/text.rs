//! Hostile text becomes harmless, secrets go, plain words stay.

use proptest::prelude::*;
use topside_catalog::text::{block, neutralise, redact, shown, shown_path};
use topside_model::Untrusted;

#[test]
fn hostile_characters_are_shown_or_dropped() {
    let cases = [
        ("plain text, ümlaut, 日本語, עברית", "plain text, ümlaut, 日本語, עברית"),
        ("one\ntwo\r\nthree\tfour", "one two three four"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\u{9b}2J", "\u{fffd}2J"),
        ("del\x7f nul\0", "del␡ nul␀"),
        ("abc\u{202e}fed\u{202c}", "abcfed"),
        ("\u{2066}iso\u{2069}\u{200f}", "iso"),
        ("zero\u{200b}width\u{feff}\u{2060}", "zerowidth"),
        ("line\u{2028}para\u{2029}nel\u{85}end", "line para nel end"),
        ("tag\u{e0041}s \u{fe0f}", "tags "),
        ("private \u{e0b0}", "private \u{fffd}"),
        ("non\u{a0}breaking", "non breaking"),
        ("hangul\u{3164}filler", "hangulfiller"),
        ("\u{301}leading mark", "leading mark"),
        ("z\u{301}\u{302}\u{303}\u{304}\u{305}algo", "z\u{301}\u{302}\u{303}algo"),
    ];
    for (text, expected) in cases {
        assert_eq!(neutralise(text), expected, "{text:?}");
    }
}

#[test]
fn secrets_are_taken_out() {
    let key = "4eC39HqLyjWDarjtT1zdp7dcAbCd";
    for text in [
        format!("export OPENAI_API_KEY=sk-proj-{key}"),
        format!("curl -H 'Authorization: Bearer {key}'"),
        format!("GITHUB_TOKEN=ghp_{key}01234567 gh pr list"),
        format!("echo 'github_pat_{key}'"),
        format!("psql postgres://app:{key}@db/x"),
        format!("mysql --password {key}"),
        format!("mysql --password={key}"),
        format!(r#"{{"password": "{key}"}}"#),
        format!("stripe listen --live sk_live_{key}"),
        format!("npm_{key}"),
        format!("'hf_{key}'"),
        format!("{key}{key}"),
    ] {
        let clean = redact(&text);
        assert!(!clean.contains(key) && clean.contains("[redacted]"), "{text} became {clean}");
    }
    assert_eq!(redact("use AKIAIOSFODNN7ABCDEFG"), "use [redacted]");
}

#[test]
fn words_paths_and_names_are_no_secrets() {
    for text in [
        "cd /home/user/projects/webshop/frontend/components/cart",
        "cargo nextest run a_long_test_name_that_has_more_than_forty_characters",
        "the token limit was reached, basic usage only",
        "npm publish --dry-run",
        "rg 'fn main' src",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn each_kind_of_text_has_its_way() {
    let text = Untrusted::new("a\nBearer 4eC39HqLyjWDarjtT1zdp7dc");
    assert_eq!(shown(&text), "a Bearer [redacted]");
    assert_eq!(shown_path(&text), "a Bearer 4eC39HqLyjWDarjtT1zdp7dc");
    assert_eq!(block(&text), ["a", "Bearer [redacted]"]);
}

proptest! {
    #[test]
    fn any_text_becomes_one_harmless_line(text in any::<String>()) {
        let line = neutralise(&text);
        prop_assert!(!line.chars().any(char::is_control));
        prop_assert_eq!(neutralise(&line), line.clone());
    }

    #[test]
    fn text_without_secrets_is_not_changed(words in proptest::collection::vec("[a-z]{1,12}", 0..12)) {
        let text = words.join(" ");
        prop_assert_eq!(redact(&text), text.clone());
    }
}
