//! Every recorded transcript gives the events that stand beside it.

#[test]
fn recorded_transcripts_give_the_events_beside_them() {
    for fixture in crate::common::fixtures() {
        let events = crate::common::text(&fixture.decode([fixture.bytes().as_slice()]));
        insta::with_settings!({
            snapshot_path => &fixture.case, prepend_module_to_snapshot => false, omit_expression => true
        }, {
            insta::assert_snapshot!("expected", events);
        });
    }
}
