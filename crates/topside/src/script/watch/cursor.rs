//! How far a stream of events was told.

use std::fmt;
use std::str::FromStr;

use topside_model::Timestamp;

/// Everything that happened until this moment was told, but for what came to be known late. Opaque to those who keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor(pub(super) Timestamp);

/// How a cursor of this form begins.
const FORM: &str = "1-";

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FORM}{:x}", self.0.as_millisecond())
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let moment = text.strip_prefix(FORM).and_then(|hex| i64::from_str_radix(hex, 16).ok());
        let moment = moment.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        moment.map(Self).ok_or_else(|| "give the cursor of a line of `topside watch --jsonl`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_that_was_printed_is_read_back(millis in 0_i64..253_402_207_200_000) {
            let cursor = Cursor(Timestamp::from_millisecond(millis).expect("a moment"));
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn any_other_text_is_refused_or_a_moment(text in ".*") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert!(text.starts_with(FORM), "{cursor}");
            }
        }
    }
}
