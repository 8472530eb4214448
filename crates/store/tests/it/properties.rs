//! The state depends on what was told, not on how.

use proptest::prelude::*;
use topside_model::{Chapter, Charge, Share};
use topside_store::Store;

use crate::world::{chapter, charge, sums};

fn a_charge() -> impl Strategy<Value = Charge> {
    let share = prop_oneof![4 => Just(Share::Own), 1 => Just(Share::Copied), 1 => Just(Share::Quoted)];
    (0..8_u64, 0..60_i64, 1..50_u64, share, any::<bool>()).prop_map(|(mark, minute, output, share, settled)| Charge {
        share,
        settled,
        ..charge(mark, minute, output)
    })
}

/// What a few transcripts tell, each in a few portions.
fn telling() -> impl Strategy<Value = Vec<Chapter>> {
    let portion = (0..4_usize, proptest::collection::vec(a_charge(), 0..5));
    proptest::collection::vec(portion, 0..10).prop_map(|portions| {
        let sessions = [("a", 0), ("b", 10), ("c", 10), ("d", 40)];
        portions.into_iter().map(|(place, charges)| chapter(sessions[place].0, sessions[place].1, charges)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn portions_order_and_repeats_change_nothing(chapters in telling(), seed in any::<u64>(), size in 1..5_usize) {
        let mut plain = Store::in_memory().expect("there is memory");
        plain.commit(&chapters).expect("it is written");
        let mut other = Store::in_memory().expect("there is memory");
        let mut shuffled = chapters.clone();
        shuffled.extend(chapters.iter().take(3).cloned());
        // A shuffle that the seed decides.
        for place in (1..shuffled.len()).rev() {
            shuffled.swap(place, (seed.rotate_left(place as u32) % (place as u64 + 1)) as usize);
        }
        for batch in shuffled.chunks(size) {
            other.commit(batch).expect("it is written");
        }
        prop_assert_eq!(sums(&plain), sums(&other));
    }
}
