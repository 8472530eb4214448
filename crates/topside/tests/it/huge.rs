//! Lines and files of any length, in little memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::Stdio;

use serde_json::Value;
use wait4::Wait4;

use crate::bad_bytes::{numbers, whole};
use crate::fixture::Transcript;
use crate::home::Home;

const HUGE: usize = 200 * 1024 * 1024;
/// Most memory a run may ever have used, in bytes.
const MEMORY: u64 = 64 * 1024 * 1024;

/// A home whose one transcript has `filling` put in at byte `at` of line `line`.
fn swollen(line: usize, at: usize, mut filling: impl FnMut(&mut dyn Write)) -> Home {
    let transcript = Transcript::of("resume");
    let home = Home::new();
    let path = home.place(&transcript);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    let mut file = BufWriter::new(File::create(&path).expect("a file"));
    for (number, bytes) in transcript.lines().into_iter().enumerate() {
        if number == line {
            file.write_all(&bytes[..at]).expect("written");
            filling(&mut file);
            file.write_all(&bytes[at..]).expect("written");
        } else {
            file.write_all(bytes).expect("written");
        }
    }
    file.flush().expect("written");
    home
}

/// Two hundred megabytes of one letter.
fn letters(out: &mut dyn Write) {
    let chunk = vec![b'A'; 1024 * 1024];
    (0..HUGE / chunk.len()).for_each(|_| out.write_all(&chunk).expect("written"));
}

/// The only session, read by a run whose memory stayed small.
#[track_caller]
fn read_small(home: &Home) -> Value {
    let mut command = home.command(["ls", "--all", "--json"]);
    let answer = File::create(home.path().join("answer")).expect("a file");
    let mut child = command.stdout(answer).stderr(Stdio::inherit()).spawn().expect("it starts");
    let ended = child.wait4().expect("it ends");
    assert!(ended.status.success(), "{:?}", ended.status);
    let peak = ended.rusage.maxrss;
    assert!(peak < MEMORY, "{} MiB were used", peak >> 20);
    let answer: Value =
        serde_json::from_slice(&fs::read(home.path().join("answer")).expect("an answer")).expect("JSON");
    answer["sessions"][0].clone()
}

/// The line of the record that tells the tokens of the last reply, and where its head ends.
const TOKENS: usize = 28;

#[test]
fn an_output_of_200_mb_costs_no_memory_and_hides_no_record() {
    let line = Transcript::of("resume").lines()[24].to_vec();
    let output = b"\"output\":\"";
    let at = line.windows(output.len()).position(|word| word == output).expect("an output") + output.len();
    let home = swollen(24, at, letters);
    assert_eq!(numbers(&read_small(&home)), whole());
}

#[test]
fn tokens_behind_200_mb_on_their_own_line_are_counted() {
    let home = swollen(TOKENS, 1, |file| {
        file.write_all(b"\"note\":\"").expect("written");
        letters(file);
        file.write_all(b"\",").expect("written");
    });
    assert_eq!(numbers(&read_small(&home)), whole());
}

#[test]
fn tokens_behind_200_mb_in_their_own_payload_are_counted() {
    let line = Transcript::of("resume").lines()[TOKENS].to_vec();
    let usage = b"\"usage\":";
    let at = line.windows(usage.len()).position(|word| word == usage).expect("a usage");
    let home = swollen(TOKENS, at, |file| {
        file.write_all(b"\"note\":\"").expect("written");
        letters(file);
        file.write_all(b"\",").expect("written");
    });
    assert_eq!(numbers(&read_small(&home)), whole());
}

#[test]
fn a_hole_of_200_mb_at_the_end_costs_no_memory() {
    let home = Home::with(&["resume"]);
    let path = home.place(&Transcript::of("resume"));
    let len = fs::metadata(&path).expect("facts").len();
    File::options().write(true).open(&path).and_then(|file| file.set_len(len + HUGE as u64)).expect("longer");
    assert_eq!(numbers(&read_small(&home)), whole());
}

#[test]
fn tokens_behind_20_mb_of_escapes_and_small_values_are_counted() {
    // Nothing in here is one long run: every few bytes something ends. It is far more than is kept of a line.
    let piece = b"\"a\\n\\\"\\u00e9\\\\\",{\"k\":[1,2,{\"usage\":{\"output_tokens\":9}}]},";
    let home = swollen(TOKENS, 1, |file| {
        file.write_all(b"\"notes\":[").expect("written");
        (0..HUGE / 10 / piece.len()).for_each(|_| file.write_all(piece).expect("written"));
        file.write_all(b"0],").expect("written");
    });
    assert_eq!(numbers(&read_small(&home)), whole());
}
