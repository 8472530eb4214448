//! On valid JSON the scanner agrees with `serde_json`; on the rest it is lenient and survives.

use proptest::prelude::*;
use serde_json::Value;

use super::Json;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        r#"[\\"/\n\t{}\[\]:, é😀]{0,12}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// What the scanner finds, built up the way `serde_json` does it.
fn rebuilt(json: Json<'_>) -> Value {
    if json.is_object() {
        return Value::Object(json.entries().map(|(key, value)| (key.into_owned(), rebuilt(value))).collect());
    }
    if json.is_array() {
        return Value::Array(json.items().map(rebuilt).collect());
    }
    if let Some(text) = json.text() {
        return Value::from(text.into_owned());
    }
    serde_json::from_str(&json.raw()).expect("what is left is a number, a truth value or null")
}

proptest! {
    #[test]
    fn valid_json_is_read_as_serde_reads_it(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.expect("values have a form");
        let json = Json::value(text.as_bytes()).expect("there is a value");
        prop_assert_eq!(rebuilt(json), value);
    }

    #[test]
    fn an_escaped_text_is_read_as_serde_reads_it(units in proptest::collection::vec(any::<char>(), 0..8)) {
        let halves = units.iter().flat_map(|character| character.encode_utf16(&mut [0; 2]).to_vec());
        let escaped: Vec<String> = halves.map(|half| format!("\\u{half:04x}")).collect();
        let text = format!("\"{}\"", escaped.concat());
        let expected: String = serde_json::from_str(&text).expect("escapes are valid");
        let json = Json::value(text.as_bytes()).expect("there is a value");
        prop_assert_eq!(json.text().expect("it is a string").into_owned(), expected);
    }

    #[test]
    fn the_size_of_a_text_is_known_without_building_it(text in any::<String>(), escaped in any::<bool>()) {
        let halves: Vec<String> = text.encode_utf16().map(|half| format!("\\u{half:04x}")).collect();
        let written = if escaped { format!("\"{}\"", halves.concat()) } else { Value::from(text.as_str()).to_string() };
        let json = Json::value(written.as_bytes()).expect("there is a value");
        prop_assert_eq!(json.text_size(), Some(text.len() as u64));
    }

    #[test]
    fn a_text_that_is_torn_has_a_size(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
        let torn = [b"\"", bytes.as_slice()].concat();
        let json = Json::value(&torn).expect("there is a value");
        prop_assert!(json.text_size().expect("it is a string") <= torn.len() as u64 * 3);
    }

    #[test]
    fn a_shortened_text_is_the_start_of_the_whole(text in r#"[\\\\"\n\u{1}é😀a]{0,30}"#, limit in 0_usize..40) {
        let written = serde_json::to_string(&text).expect("strings have a form");
        let json = Json::value(written.as_bytes()).expect("there is a value");
        let head = json.text_head(limit).expect("it is a string");
        prop_assert!(text.starts_with(head.as_ref()), "{:?} of {:?}", head, text);
    }

    #[test]
    fn anything_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for object in Json::objects(&bytes, b"{\"a\"", |walk| walk.object()) {
            for (_, value) in object.entries() {
                let _ = (value.text(), value.count(), value.number(), value.truth(), value.items().count());
            }
        }
        Json::is_whole(&bytes);
    }
}

#[test]
fn counts_are_whole_and_not_negative() {
    let count = |text: &str| Json::value(text.as_bytes()).and_then(Json::count);
    assert_eq!(count("18446744073709551615"), Some(u64::MAX));
    assert_eq!(count("7.0"), Some(7));
    assert_eq!(count("\"7\""), Some(7));
    assert_eq!(count("-7"), None);
    assert_eq!(count("null"), None);
    assert_eq!(count("\"seven\""), None);
}
