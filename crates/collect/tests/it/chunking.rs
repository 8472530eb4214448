//! How the bytes were cut does not matter, nor where reading stopped and went on.

use crate::common::{decode, decode_with_restart, fixtures};
use proptest::prelude::*;

/// A fixture and places to cut it.
fn cut_fixture() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    proptest::sample::select(fixtures()).prop_flat_map(|input| {
        let bytes = std::fs::read(input).expect("fixtures can be read");
        let cuts = proptest::collection::vec(0..=bytes.len(), 0..40);
        (Just(bytes), cuts)
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
    fn chunking_changes_nothing((bytes, cuts) in cut_fixture()) {
        prop_assert_eq!(decode(pieces(&bytes, &cuts)), decode([bytes.as_slice()]));
    }

    #[test]
    fn a_restart_anywhere_changes_nothing((bytes, cuts) in cut_fixture()) {
        let cut = cuts.first().copied().unwrap_or(0);
        prop_assert_eq!(decode_with_restart(&bytes, cut).events, decode([bytes.as_slice()]).events);
    }

    #[test]
    fn arbitrary_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        decode([bytes.as_slice()]);
    }

    #[test]
    fn torn_and_spoilt_transcripts_are_survived((mut bytes, cuts) in cut_fixture(), spoil in any::<u8>()) {
        for cut in cuts {
            if let Some(byte) = bytes.get_mut(cut) {
                *byte = spoil;
            }
        }
        decode([bytes.as_slice()]);
    }
}

/// A file fed byte by byte is the hardest cut of all.
#[test]
fn byte_by_byte_changes_nothing() {
    let input = fixtures().into_iter().min_by_key(|input| std::fs::metadata(input).expect("it is there").len());
    let bytes = std::fs::read(input.expect("there are fixtures")).expect("fixtures can be read");
    assert_eq!(decode(bytes.chunks(1)), decode([bytes.as_slice()]));
}
