//! Contexts of turns, for history: most say the same as the one before, but for the turn's id.

use crate::source::walk::Walk;

/// The last context.
#[derive(Default)]
pub(super) struct LastContext {
    /// Its line behind the turn's id, as it was written.
    rest: Vec<u8>,
    /// The model it names.
    pub(super) model: Option<String>,
}

impl LastContext {
    /// Reads the payload that comes next in `walk`. False when it is not sure that its record is all there is on a line of
    /// so many bytes.
    pub(super) fn next(&mut self, walk: &mut Walk<'_>, length: usize) -> bool {
        if !walk.enter() {
            return false;
        }
        walk.next_if(br#""turn_id":"#);
        let rest = walk.rest();
        if !rest.is_empty() && rest == self.rest {
            return true;
        }
        self.rest.clear();
        let model = std::iter::from_fn(|| walk.member()).filter(|(key, _)| *key == b"model").last();
        let is_alone = walk.leave() == Some(length);
        if is_alone {
            self.model = model.and_then(|(_, model)| Some(model.text()?.into_owned()));
            self.rest.extend_from_slice(rest);
        }
        is_alone
    }
}
