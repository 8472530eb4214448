//! The names under which one model is listed, and which of them speaks for it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::name::is_release;

/// What a model costs, as an entry of our table.
pub(super) type Entry = Map<String, Value>;

/// The names of one model, each with its prices; `None` where a table of ours has no words for them.
#[derive(Debug, Default)]
pub(super) struct Listed(BTreeMap<String, Option<Entry>>);

impl Listed {
    pub(super) fn insert(&mut self, name: String, entry: Option<Entry>) {
        self.0.insert(name, entry);
    }

    /// What the names that speak for the model say of it: its `plain` one, else those that only say who sells it, else
    /// those of its releases. Their names where they have no words for it, or disagree.
    pub(super) fn agreed(self, plain: &str) -> Result<Entry, Vec<String>> {
        let rank = |name: &String| (name != plain, is_release(name));
        let first = self.0.keys().map(rank).min();
        let (names, mut said): (Vec<String>, Vec<Option<Entry>>) =
            self.0.into_iter().filter(|(name, _)| Some(rank(name)) == first).unzip();
        said.dedup();
        match <[_; 1]>::try_from(said) {
            Ok([Some(entry)]) => Ok(entry),
            _ => Err(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Checks what is agreed on of `gpt-y`, whose input costs so much under each name: the price, or the names left out.
    #[track_caller]
    fn check(listed: &[(&str, Option<&str>)], expected: Result<&str, &[&str]>) {
        let mut names = Listed::default();
        for (name, input) in listed {
            names.insert((*name).to_owned(), input.map(|input| Map::from_iter([("input".to_owned(), json!(input))])));
        }
        let found = names.agreed("gpt-y").map(|entry| entry["input"].clone());
        let expected = expected.map(|input| json!(input));
        assert_eq!(found, expected.map_err(|names| names.iter().map(|name| (*name).to_owned()).collect()));
    }

    #[test]
    fn the_plain_name_speaks_for_all_releases() {
        check(&[("gpt-y", Some("1")), ("gpt-y-2026-01-01", Some("2"))], Ok("1"));
        check(&[("openai/gpt-y", Some("2")), ("gpt-y", Some("1"))], Ok("1"));
        check(&[("openai/gpt-y", Some("1")), ("gpt-y-2026-01-01", Some("2"))], Ok("1"));
        check(&[("gpt-y", Some("1")), ("gpt-y-2026-01-01", None)], Ok("1"));
    }

    #[test]
    fn a_plain_name_without_words_for_it_is_not_spoken_for_by_a_release() {
        check(&[("gpt-y", None), ("gpt-y-2026-01-01", Some("2"))], Err(&["gpt-y"]));
        check(&[("openai/gpt-y", None), ("gpt-y-2026-01-01", Some("2"))], Err(&["openai/gpt-y"]));
    }

    #[test]
    fn releases_speak_where_they_agree() {
        check(&[("gpt-y-2026-01-01", Some("1"))], Ok("1"));
        check(&[("gpt-y-2026-01-01", Some("1")), ("gpt-y-2026-02-02", Some("1"))], Ok("1"));
        let both = ["gpt-y-2026-01-01", "gpt-y-2026-02-02"];
        check(&both.map(|name| (name, (name == both[0]).then_some("1"))), Err(&both));
        check(&[(both[0], Some("1")), (both[1], Some("2"))], Err(&both));
        check(&[(both[0], None), (both[1], None)], Err(&both));
    }
}
