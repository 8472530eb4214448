//! The state depends on what was told, not on how.

use std::collections::BTreeMap;
use std::path::PathBuf;

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

/// The same in another order, which the seed decides, and some of it twice; but of each transcript, the portions come in
/// their order.
fn shuffled(chapters: &[Chapter], seed: u64) -> Vec<Chapter> {
    let mut shuffled: Vec<Chapter> = chapters.iter().chain(chapters.iter().take(3)).cloned().collect();
    for place in (1..shuffled.len()).rev() {
        shuffled.swap(place, (seed.rotate_left(place as u32) % (place as u64 + 1)) as usize);
    }
    let path = |chapter: &Chapter| chapter.cursor.path.clone();
    let mut told: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for chapter in &mut shuffled {
        let of = path(chapter);
        let portions: Vec<&Chapter> = chapters.iter().filter(|chapter| path(chapter) == of).collect();
        let next = told.entry(of).or_default();
        *chapter = portions[*next % portions.len()].clone();
        *next += 1;
    }
    shuffled
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn portions_order_and_repeats_change_nothing(chapters in telling(), seed in any::<u64>(), size in 1..5_usize) {
        let mut plain = Store::in_memory().expect("there is memory");
        plain.commit(&chapters).expect("it is written");
        let mut other = Store::in_memory().expect("there is memory");
        let shuffled = shuffled(&chapters, seed);
        for batch in shuffled.chunks(size) {
            other.commit(batch).expect("it is written");
        }
        prop_assert_eq!(sums(&plain), sums(&other));
    }
}
