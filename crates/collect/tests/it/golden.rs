//! Every recorded transcript gives the events that stand beside it.

#[test]
fn recorded_transcripts_give_the_events_beside_them() {
    for input in crate::common::fixtures() {
        let bytes = std::fs::read(&input).expect("fixtures can be read");
        let events = crate::common::text(&crate::common::decode([bytes.as_slice()]));
        let case = input.parent().expect("a case is a folder");
        insta::with_settings!({ snapshot_path => case, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("expected", events);
        });
    }
}
