//! Who in the fleet is in whose way.

use std::collections::BTreeMap;
use std::sync::Arc;

use topside_model::{Conflict, Contested, Session, SessionKey, Timestamp};

/// Sessions that changed the same file, and with it the same working tree.
pub(super) fn conflicts(sessions: &[Arc<Session>]) -> Vec<Conflict> {
    type Hands = (Vec<SessionKey>, Option<Timestamp>);
    let mut hands: BTreeMap<Contested, Hands> = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.live) {
        let git = session.project.git.as_ref();
        let tree = git.and_then(|git| Some((git.root.clone()?, git.worktree.clone())));
        let tree = tree.map(|(repository, worktree)| Contested::Tree { repository, worktree });
        for touch in &session.detail.files {
            let file = Contested::File(touch.path.clone());
            for about in [Some(file), tree.clone()].into_iter().flatten() {
                let (keys, at) = hands.entry(about).or_default();
                if keys.last() != Some(&session.key) {
                    keys.push(session.key.clone());
                }
                *at = touch.at.max(*at);
            }
        }
    }
    let met = hands.into_iter().filter(|(_, (keys, _))| keys.len() > 1);
    met.map(|(about, (sessions, at))| Conflict { about, sessions, at }).collect()
}

#[cfg(test)]
mod tests {
    use topside_catalog::conflict::about;

    use crate::demo::fleet;

    #[test]
    fn two_agents_change_one_file_of_the_webshop() {
        let conflicts = fleet("2026-11-17T12:00:00Z".parse().expect("a moment"), 0).conflicts;
        let about: Vec<String> = conflicts.iter().map(|conflict| about(&conflict.about)).collect();
        assert_eq!(about, ["/home/ada/code/webshop/src/basket/total.ts", "/home/ada/code/webshop"]);
    }
}
