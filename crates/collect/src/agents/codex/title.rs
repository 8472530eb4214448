//! What Codex says in the title of its terminal.
//!
//! As it is set up, `tui.terminal_title` has a spinner and the project: `proj` at rest, `⠴ proj` at work, and while a
//! person is asked `[ ! ] Action Required | proj`, which blinks. A title set up without the spinner tells nothing.

use topside_model::TitleWord;

/// Two beats of one sign.
const ASKING: [&str; 2] = ["[ ! ] Action Required", "[ . ] Action Required"];
/// The steps of the spinner.
const SPINNER: &str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/// What `title` says.
pub(super) fn word(title: &str) -> Option<TitleWord> {
    if ASKING.iter().any(|sign| title.starts_with(sign)) {
        return Some(TitleWord::Asks);
    }
    let is_spinner = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|letter| SPINNER.contains(letter)) && letters.next().is_none()
    };
    title.split_whitespace().any(is_spinner).then_some(TitleWord::Works)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, expected: Option<TitleWord>) {
        assert_eq!(word(title), expected, "{title}");
    }

    #[test]
    fn it_asks_works_or_tells_nothing() {
        check("[ ! ] Action Required | proj", Some(TitleWord::Asks));
        check("[ . ] Action Required", Some(TitleWord::Asks));
        for step in SPINNER.chars() {
            check(&format!("{step} proj"), Some(TitleWord::Works));
            check(&format!("codex | {step} | proj"), Some(TitleWord::Works));
        }
        for rest in ["", "proj", "~/proj: bash", "Action Required", "proj | [ ! ] Action Required", "⠋⠋ proj"] {
            check(rest, None);
        }
    }
}
