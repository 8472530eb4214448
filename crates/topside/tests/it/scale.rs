//! A home with a long history.

use std::fmt::Write as _;

use crate::bad_bytes::{numbers, whole};
use crate::fixture::Transcript;
use crate::home::{Home, write};

const FILES: usize = 10_000;

#[test]
fn ten_thousand_old_files_are_found_and_not_read() {
    let home = Home::with(&["resume"]);
    let old = "2026-08-01T00:00:00Z".parse().expect("a time");
    for number in 0..FILES {
        let (month, day) = (1 + number / 1250, 1 + number % 25);
        let mut name = format!("sessions/2026/{month:02}/{day:02}/rollout-2026-{month:02}-{day:02}T00-00-00-");
        write!(name, "00000000-0000-7000-8000-{number:012}.jsonl").expect("a string takes everything");
        let meta = format!(
            r#"{{"timestamp":"2026-08-01T00:00:00Z","type":"session_meta","payload":{{"id":"00000000-0000-7000-8000-{number:012}","cwd":"/old"}}}}"#
        );
        write(&home.codex().join(name), format!("{meta}\n").as_bytes(), old);
    }
    let doctor = home.doctor();
    let recent = Transcript::of("resume").bytes.len();
    assert_eq!(doctor["places"][0]["files"], FILES + 1);
    assert_eq!(doctor["bytes_read"], recent, "only the recent one is read");
    let current = home.json(&["ls", "--json"]);
    assert_eq!(current["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(numbers(&current["sessions"][0]), whole());
}
