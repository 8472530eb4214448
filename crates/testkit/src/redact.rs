//! Makes a recorded transcript fit to be kept: vendor texts and the recorder's own paths go, structure stays.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Longer, in bytes, than any text of the model server. Agents' prompts and tool descriptions are longer.
const LONGEST: usize = 200;

/// Keys whose text a scenario wrote, at any length.
const OWN: [&str; 2] = ["arguments", "input"];

/// Keys that hold only what a vendor wrote: lists, and whole objects.
const VENDORS_LISTS: [&str; 5] = ["tools", "systemPrompt", "rendered", "tail", "addedLines"];
const VENDORS_OBJECTS: [&str; 2] = ["state", "shape"];

/// Keys of texts that a vendor wrote wherever it speaks to the model.
const VENDORS_TEXTS: [&str; 5] = ["content", "text", "commit", "pr", "cliPrefix"];

/// Tags that agents put around what happened, not around prompts; and how long such a text may be, in bytes.
const FACTS: [&str; 5] = ["<synthetic>", "<task-notification>", "<command-", "<local-command-std", "<bash-"];
const LONGEST_FACT: usize = 1_200;

/// Makes the lines of a transcript fit to be kept. Each of `places` is a path of the recording machine and what
/// stands for it. The order of keys stays: readers may rely on it.
pub fn transcript(text: &str, places: &[(String, &str)]) -> serde_json::Result<String> {
    let lines = text.lines().map(|line| Ok(elide(serde_json::from_str(line)?, false)? + "\n"));
    let kept: String = lines.collect::<serde_json::Result<_>>()?;
    Ok(places.iter().fold(kept, |kept, (path, stand_in)| kept.replace(path, stand_in)))
}

/// `value` without descriptions of tools and without texts that are long, that begin like a tag (agents put those into a
/// person's mouth), or that the vendor says to the model (`vendors`).
fn elide(value: &RawValue, vendors: bool) -> serde_json::Result<String> {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'{') => elide_fields(&serde_json::from_str::<Fields<'_>>(json)?, vendors),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            let kept = items.into_iter().map(|item| elide(item, vendors)).collect::<serde_json::Result<Vec<_>>>()?;
            Ok(format!("[{}]", kept.join(",")))
        }
        Some(b'"') => {
            let text: Cow<'_, str> = serde_json::from_str(json)?;
            let kept = !vendors && is_own(&text);
            Ok(if kept { json.to_owned() } else { format!("\"<elided {} bytes>\"", text.len()) })
        }
        _ => Ok(json.to_owned()),
    }
}

fn is_own(text: &str) -> bool {
    let is_fact = FACTS.iter().any(|tag| text.starts_with(tag));
    text.len() <= if is_fact { LONGEST_FACT } else { LONGEST } && (is_fact || !text.starts_with('<'))
}

fn elide_fields(fields: &Fields<'_>, vendors: bool) -> serde_json::Result<String> {
    let vendors = vendors || fields.0.iter().any(|(key, field)| key == "role" && field.get() == "\"developer\"");
    let kept = fields.0.iter().map(|(key, field)| {
        let kept = match key.as_str() {
            key if VENDORS_OBJECTS.contains(&key) && field.get().starts_with('{') => r#"{"elided":true}"#.to_owned(),
            key if VENDORS_LISTS.contains(&key) && field.get().starts_with('[') => "[]".to_owned(),
            key if OWN.contains(&key) => field.get().to_owned(),
            "osVersion" => r#""Linux""#.to_owned(),
            // What Claude Code tells the model beside the prompt.
            "attachment" => elide(field, true)?,
            key => elide(field, vendors && VENDORS_TEXTS.contains(&key))?,
        };
        Ok(format!("{}:{kept}", serde_json::to_string(key)?))
    });
    Ok(format!("{{{}}}", kept.collect::<serde_json::Result<Vec<_>>>()?.join(",")))
}

/// The fields of an object, in order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(line: &str) -> String {
        let kept = transcript(line, &[("/code/x".to_owned(), "/home/dev")]).expect("a line of JSON");
        kept.trim_end().to_owned()
    }

    #[test]
    fn what_a_scenario_wrote_stays_in_its_order_without_the_recorders_paths() {
        let call = format!(r#"{{"type":"x","payload":{{"b":1,"a":[true,null],"arguments":"{}"}}}}"#, "z".repeat(300));
        assert_eq!(kept(&call), call);
        assert_eq!(kept(r#"{"role":"user","text":"in /code/x"}"#), r#"{"role":"user","text":"in /home/dev"}"#);
    }

    #[test]
    fn what_an_agent_tells_of_what_happened_stays() {
        for fact in [r#"{"model":"<synthetic>"}"#, r#"{"content":"<task-notification>done</task-notification>"}"#] {
            assert_eq!(kept(fact), fact);
        }
    }

    #[test]
    fn what_a_vendor_wrote_goes() {
        assert_eq!(
            kept(r#"{"role":"developer","id":"m","content":[{"type":"input_text","text":"Be kind."}]}"#),
            r#"{"role":"developer","id":"m","content":[{"type":"input_text","text":"<elided 8 bytes>"}]}"#
        );
        assert_eq!(kept(r#"{"role":"user","text":"<context>"}"#), r#"{"role":"user","text":"<elided 9 bytes>"}"#);
        assert_eq!(
            kept(r#"{"type":"world_state","payload":{"state":{"a":"b"}}}"#),
            r#"{"type":"world_state","payload":{"state":{"elided":true}}}"#
        );
        assert_eq!(
            kept(r#"{"attachment":{"systemPrompt":["Be kind."],"cliPrefix":"You are."}}"#),
            r#"{"attachment":{"systemPrompt":[],"cliPrefix":"<elided 8 bytes>"}}"#
        );
        assert_eq!(
            kept(r#"{"attachment":{"type":"model","text":"You."}}"#),
            r#"{"attachment":{"type":"model","text":"<elided 4 bytes>"}}"#
        );
        assert_eq!(kept(&format!(r#"{{"output":"{}"}}"#, "y".repeat(300))), r#"{"output":"<elided 300 bytes>"}"#);
    }
}
