//! Files one session changed.

use std::collections::BTreeMap;

use topside_model::{FileChange, FileTouch, Origin, Timestamp, Untrusted};

use crate::latest::{Latest, Tally};

/// Files kept; the ones changed longest ago go first.
const KEPT: usize = 500;

/// Files one session changed, the latest kept.
#[derive(Debug, Default)]
pub(crate) struct Touches {
    kept: BTreeMap<Untrusted, Touch>,
    /// Where the last change of the file that was let go of last stands. Nothing up to there comes back.
    horizon: Option<Origin>,
}

#[derive(Debug, Default)]
struct Touch {
    last: Latest<(FileChange, Option<Timestamp>)>,
    times: Tally,
}

impl Touches {
    pub(crate) fn touched(&mut self, origin: Origin, at: Option<Timestamp>, path: Untrusted, how: FileChange) {
        if self.horizon >= Some(origin) {
            return;
        }
        let touch = self.kept.entry(path).or_default();
        touch.times.add(origin);
        touch.last.set(origin, (how, at));
        if self.kept.len() > KEPT {
            let oldest = self.kept.iter().min_by_key(|(_, touch)| touch.last.origin());
            let oldest = oldest.map(|(path, touch)| (path.clone(), touch.last.origin()));
            if let Some((path, last)) = oldest {
                self.kept.remove(&path);
                self.horizon = self.horizon.max(last);
            }
        }
    }

    /// The files, latest last.
    pub(crate) fn list(&self) -> Vec<FileTouch> {
        let mut kept: Vec<(&Untrusted, &Touch)> = self.kept.iter().collect();
        kept.sort_by_key(|(_, touch)| touch.last.origin());
        let view = |(path, touch): (&Untrusted, &Touch)| {
            let (how, at) = *touch.last.value()?;
            Some(FileTouch { path: path.clone(), how, at, times: touch.times.count() })
        };
        kept.into_iter().filter_map(view).collect()
    }
}
