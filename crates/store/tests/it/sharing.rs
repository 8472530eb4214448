//! Replies that several transcripts show.

use topside_model::{Chapter, Share, SizeClass, Tokens};
use topside_store::Store;

use crate::world::{at, chapter, charge, sums, told};

/// In whatever order the chapters are told, by themselves or together, history is `expected`.
#[track_caller]
fn check(chapters: &[Chapter], expected: &[&str]) {
    let backwards: Vec<Chapter> = chapters.iter().rev().cloned().collect();
    let mut together = Store::in_memory().expect("there is memory");
    together.commit(chapters).expect("it is written");
    for (how, store) in [("one by one", told(chapters)), ("backwards", told(&backwards)), ("together", together)] {
        assert_eq!(sums(&store), expected, "{how}");
    }
}

#[test]
fn a_copied_reply_is_paid_once_by_whom_was_there_first() {
    let original = chapter("original", 0, vec![charge(1, 5, 10), charge(2, 20, 30)]);
    let copy = chapter("copy", 50, vec![charge(1, 5, 10), charge(3, 55, 7)]);
    check(&[original, copy], &["copy 00:45 7 in 1", "original 00:00 10 in 1", "original 00:15 30 in 1"]);
}

#[test]
fn of_sessions_that_began_alike_the_one_that_ended_first_was_there_first() {
    let ending = |name: &str, last: i64, charges| {
        let mut chapter = chapter(name, 0, charges);
        chapter.leaves[0].session.last_at = Some(at(last));
        chapter
    };
    let original = ending("z", 20, vec![charge(1, 5, 10)]);
    let copy = ending("a", 30, vec![charge(1, 5, 10), charge(2, 25, 7)]);
    check(&[original.clone(), copy.clone()], &["a 00:15 7 in 1", "z 00:00 10 in 1"]);
    // It goes on beyond the copy: nothing tells any more which of them was there first.
    check(&[original, copy, ending("z", 40, Vec::new())], &["a 00:00 10 in 1", "a 00:15 7 in 1"]);
    let mut in_folder = [ending("z", 20, vec![charge(1, 5, 10)]), ending("a", 20, vec![charge(1, 5, 10)])];
    for (chapter, folder) in in_folder.iter_mut().zip(["copy", "original"]) {
        chapter.cursor.path = folder.into();
    }
    check(&in_folder, &["z 00:00 10 in 1"]);
}

#[test]
fn a_fork_comes_after_what_it_was_forked_from() {
    let original = chapter("original", 0, vec![charge(1, 5, 10)]);
    let mut fork = chapter("fork", 0, vec![charge(1, 5, 10)]);
    fork.leaves[0].session.fork = true;
    fork.leaves[0].session.last_at = None;
    check(&[original, fork], &["original 00:00 10 in 1"]);
}

#[test]
fn a_quotation_counts_where_nothing_else_does() {
    let mut quoted = charge(1, 5, 3);
    (quoted.share, quoted.settled) = (Share::Quoted, false);
    let parent = chapter("parent", 0, vec![quoted]);
    check(std::slice::from_ref(&parent), &["parent 00:00 3 in 1"]);
    let helper = chapter("helper", 4, vec![charge(1, 5, 10)]);
    check(&[parent, helper], &["helper 00:00 10 in 1"]);
}

#[test]
fn a_quotation_says_nothing_beside_the_reply_itself() {
    let quoted = || {
        let mut quoted = charge(1, 35, 1000);
        (quoted.share, quoted.settled) = (Share::Quoted, false);
        quoted
    };
    let parent = chapter("parent", 0, vec![quoted()]);
    let helper = chapter("helper", 4, vec![charge(1, 5, 10)]);
    check(&[parent.clone(), helper], &["helper 00:00 10 in 1"]);
    let mut copy = charge(1, 5, 10);
    copy.share = Share::Copied;
    check(&[parent, chapter("copy", 4, vec![copy])], &["copy 00:00 10 in 1"]);
    for charges in [vec![quoted(), charge(1, 5, 10)], vec![charge(1, 5, 10), quoted()]] {
        check(&[chapter("same", 0, charges)], &["same 00:00 10 in 1"]);
    }
}

#[test]
fn the_first_record_in_a_transcript_tells_when_a_reply_was_made() {
    // Clocks run backwards.
    let chapters = [chapter("one", 0, vec![charge(1, 35, 1)]), chapter("one", 0, vec![charge(1, 5, 12)])];
    assert_eq!(sums(&told(&chapters)), ["one 00:30 12 in 1"]);
    let mut together = Store::in_memory().expect("there is memory");
    together.commit(&chapters).expect("it is written");
    assert_eq!(sums(&together), ["one 00:30 12 in 1"], "together");
}

#[test]
fn a_reply_is_as_large_as_anybody_shows_it() {
    let torn = chapter("first", 0, vec![charge(1, 5, 1)]);
    let whole = chapter("second", 3, vec![charge(1, 5, 100)]);
    check(&[torn, whole], &["first 00:00 100 in 1"]);
}

#[test]
fn replies_of_different_transcripts_that_travel_nowhere_may_look_alike() {
    let mut own = charge(1, 5, 10);
    own.shared = false;
    check(
        &[chapter("one", 0, vec![own.clone()]), chapter("two", 0, vec![own])],
        &["one 00:00 10 in 1", "two 00:00 10 in 1"],
    );
}

#[test]
fn a_reply_that_grows_later_moves_to_its_new_price() {
    let mut grown = charge(1, 5, 2);
    grown.usage.cache_read = Tokens(250_000);
    grown.billing.size = SizeClass::of(Tokens(250_000));
    let store = told(&[chapter("one", 0, vec![charge(1, 5, 2)]), chapter("one", 0, vec![grown])]);
    assert_eq!(sums(&store), ["one 00:00 250002 in 1"]);
    let mut sizes = Vec::new();
    let past = store.past().expect("it is read");
    past.buckets(|bucket| sizes.push(bucket.billing)).expect("they are read");
    let sizes: Vec<SizeClass> = sizes.into_iter().map(|place| past.billings[place].size).collect();
    assert_eq!(sizes, [SizeClass::of(Tokens(250_000))]);
}

#[test]
fn sessions_resumed_again_and_again_settle_however_much_they_share() {
    let charges = |count: u64| (0..count).map(|mark| charge(mark, 5, 1)).collect::<Vec<_>>();
    let names: Vec<String> = (0..8).map(|number| format!("s{number}")).collect();
    let minutes = (0..).map(|number| 10 * number);
    // More replies than are held in memory at a time.
    let chapters: Vec<Chapter> =
        names.iter().zip(minutes).map(|(name, first)| chapter(name, first, charges(9_000))).collect();
    assert_eq!(sums(&told(&chapters)), ["s0 00:00 9000 in 9000"]);
}
