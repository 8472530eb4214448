//! How the bytes were cut does not matter, nor where reading stopped and went on.

use crate::common::{Fixture, agent, decode, decode_by, fixtures, source};
use proptest::prelude::*;
use topside_collect::{Layout, Level};

/// A fixture and places to cut it.
fn cut_fixture() -> impl Strategy<Value = (Fixture, Vec<u8>, Vec<usize>)> {
    proptest::sample::select(fixtures()).prop_flat_map(|fixture| {
        let bytes = fixture.bytes();
        let cuts = proptest::collection::vec(0..=bytes.len(), 0..40);
        (Just(fixture), Just(bytes), cuts)
    })
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts = cuts.to_vec();
    cuts.sort_unstable();
    let ends = cuts.iter().copied().chain([bytes.len()]);
    let starts = [0].into_iter().chain(cuts.iter().copied());
    starts.zip(ends).map(|(start, end)| &bytes[start..end]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn chunking_changes_nothing((fixture, bytes, cuts) in cut_fixture()) {
        for level in [Level::Full, Level::Usage] {
            let whole = fixture.decode_at(level, [bytes.as_slice()]);
            prop_assert_eq!(fixture.decode_at(level, pieces(&bytes, &cuts)), whole);
        }
    }

    #[test]
    fn a_restart_anywhere_changes_nothing((fixture, bytes, cuts) in cut_fixture()) {
        let cut = cuts.first().copied().unwrap_or(0);
        for level in [Level::Full, Level::Usage] {
            let whole = fixture.decode_at(level, [bytes.as_slice()]);
            prop_assert_eq!(fixture.decode_with_restart(level, &bytes, cut).events, whole.events);
        }
    }

    #[test]
    fn arbitrary_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        decode([bytes.as_slice()]);
        decode_by(agent("claude_code"), &source(Layout::Lines), [bytes.as_slice()]);
    }

    #[test]
    fn torn_and_spoilt_transcripts_are_survived((fixture, mut bytes, cuts) in cut_fixture(), spoil in any::<u8>()) {
        for cut in cuts {
            if let Some(byte) = bytes.get_mut(cut) {
                *byte = spoil;
            }
        }
        fixture.decode([bytes.as_slice()]);
        fixture.decode_at(Level::Usage, [bytes.as_slice()]);
    }
}

/// A file fed byte by byte is the hardest cut of all.
#[test]
fn byte_by_byte_changes_nothing() {
    for agent in ["codex", "claude_code"] {
        let recorded = fixtures().into_iter().filter(|fixture| fixture.is_of(agent));
        let fixture = recorded.min_by_key(|fixture| fixture.bytes().len()).expect("there are fixtures");
        let bytes = fixture.bytes();
        for level in [Level::Full, Level::Usage] {
            let whole = fixture.decode_at(level, [bytes.as_slice()]);
            assert_eq!(fixture.decode_at(level, bytes.chunks(1)), whole);
        }
    }
}
