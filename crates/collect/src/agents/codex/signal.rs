//! What hooks of Codex mean.

use topside_model::{CallId, SessionId, Signal, SignalWord};

use crate::signals::Said;

/// A hook that ran in a thread, or in a helper, which is a thread too. It runs when somebody is to decide: a person, or
/// the reviewer that the thread's settings name in a person's place.
pub(super) fn signal(said: &Said<'_>) -> Option<(SessionId, Signal)> {
    if said.word("event")?.raw() != "PermissionRequest" {
        return None;
    }
    let session = said.word("helper").map(|thread| SessionId::new(thread.raw())).or_else(|| said.session())?;
    let call = said.word("call").map(|call| CallId::new(call.raw()));
    let tool = said.word("tool");
    Some((session, Signal { word: SignalWord::Approval, tool, call, at: said.at, place: said.place.clone() }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Option<(&str, Option<&str>)>) {
        let said = Said::read(json.as_bytes(), Path::new("/state"), 0).expect("a time");
        let found = signal(&said);
        let found = found.as_ref().map(|(thread, signal)| (thread.as_str(), signal.call.as_ref().map(CallId::as_str)));
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn a_hook_names_its_thread_and_its_call() {
        check(r#"{"at":1,"event":"PermissionRequest","session":"t","call":"c"}"#, Some(("t", Some("c"))));
        check(r#"{"at":1,"event":"PermissionRequest","session":"t","helper":"h"}"#, Some(("h", None)));
        check(r#"{"at":1,"event":"Stop","session":"t"}"#, None);
    }
}
