//! The one way to show text that came from outside.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use topside_model::Untrusted;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthChar;

/// Stands for a secret that was taken out.
pub const REDACTED: &str = "[redacted]";

/// Combining marks that may follow one letter; more than that draws over neighbouring lines.
const MARKS: usize = 3;

/// A command, prompt, message or name on one line: secrets taken out, then made harmless.
pub fn shown(text: &Untrusted) -> String {
    neutralise(&redact(text.raw()))
}

/// An id, path, model or branch on one line: made harmless, otherwise exact.
pub fn shown_path(text: &Untrusted) -> String {
    neutralise(text.raw())
}

/// A prompt or message with its lines kept: secrets taken out, then each line made harmless.
pub fn block(text: &Untrusted) -> Vec<String> {
    redact(text.raw()).lines().map(neutralise).collect()
}

/// `text` as one harmless line.
///
/// Line breaks and tabs become one space. Control characters turn into visible pictures (`␛`), characters no font has
/// into `�`. Invisible ones (bidirectional controls, zero-width and other format characters, variation selectors)
/// are dropped, and so are combining marks beyond the third on one letter.
pub fn neutralise(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let Some(safe) = harmless(c) else { continue };
        marks = if safe.width() == Some(0) { marks + 1 } else { 0 };
        let leads = line.is_empty() && marks > 0;
        let repeats = safe == ' ' && c != ' ' && line.ends_with(' ');
        if marks <= MARKS && !leads && !repeats {
            line.push(safe);
        }
    }
    line
}

/// What stands for `c`; `None` where it is dropped.
fn harmless(c: char) -> Option<char> {
    use GeneralCategory as G;
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' => return Some(' '),
        '\0'..='\u{1f}' => return char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => return Some('␡'),
        ' '..='~' => return Some(c),
        _ if is_invisible(c) => return None,
        _ => {}
    }
    match c.general_category() {
        G::LineSeparator | G::ParagraphSeparator | G::SpaceSeparator => Some(' '),
        G::Format => None,
        G::Control | G::Surrogate | G::PrivateUse | G::Unassigned => Some('\u{fffd}'),
        _ => Some(c),
    }
}

/// Characters that draw nothing although they are not of the category Format.
/// Source: `Default_Ignorable_Code_Point` in the Unicode Character Database, and the empty Braille pattern.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` without secrets.
///
/// The rules are those of the crate `rtb-redact`, which errs on the side of hiding: any opaque run of forty
/// characters goes. Two additions, both here: words that are plainly words or paths are kept, and a few forms it
/// does not know (quoted JSON members, `--password x`, newer key prefixes) are taken out.
pub fn redact(text: &str) -> Cow<'_, str> {
    if is_name(text) {
        return Cow::Borrowed(text);
    }
    let guarded = guard_words(text);
    let ruled = rtb_redact::string(&guarded);
    let keyed = KEYED.replace_all(&ruled, |found: &Captures<'_>| format!("{}{REDACTED}", &found[1]));
    let clean = PREFIXED.replace_all(&keyed, REDACTED);
    if clean == guarded { Cow::Borrowed(text) } else { Cow::Owned(clean.replace(GUARD, "")) }
}

/// Put before a word to keep the rules off it. A noncharacter: text cannot hold it by accident, and one that does
/// only loses it.
const GUARD: char = '\u{fdd0}';

/// True for one short plain word, such as the name of a tool: nothing in it can be a secret, and no rule need look.
fn is_name(text: &str) -> bool {
    text.len() < 24 && is_plain(text)
}

/// True for what is plainly a word, a name or a path: letters, with an upper-case one only at the start of a part. Keys
/// and tokens have digits or mixed case.
fn is_plain(word: &str) -> bool {
    word.split(['/', '-', '_'])
        .all(|part| part.bytes().enumerate().all(|(n, b)| b.is_ascii_lowercase() || n == 0 && b.is_ascii_uppercase()))
}

/// Marks the words that are plain.
fn guard_words(text: &str) -> Cow<'_, str> {
    let mut guarded = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        if is_plain(word.trim_end()) && !word.trim_end().is_empty() {
            guarded.push(GUARD);
        }
        guarded.push_str(word);
    }
    Cow::Owned(guarded)
}

/// A secret behind its name: a JSON member or a flag with the value as the next word.
static KEYED: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"[\w-]*(?:password|passwd|secret|token|api[_-]?key)";
    Regex::new(&format!(r#"(?i)("{name}"\s*:\s*"|'{name}'\s*:\s*'|[\s{GUARD}]--{name}\s+)[^\s"']+"#))
        .expect("it is a constant")
});

/// Keys known by how they start, wherever they stand.
static PREFIXED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:github_pat_|npm_|hf_|gsk_|xai-|pypi-|(?:sk|rk)_(?:live|test)_|AKIA|ASIA)[A-Za-z0-9_-]{16,}")
        .expect("it is a constant")
});
