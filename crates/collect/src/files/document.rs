//! Small files, read again only when they changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use topside_probe::{FileStat, Host};

use crate::source::json::Json;

/// A document that was written this shortly before it was read may have been written again without its time telling.
const REWRITTEN: SignedDuration = SignedDuration::from_millis(50);
/// How much is read of a file of which only the end is of interest.
const ENDING: u64 = 4 * 1024;
/// Longest document read.
const DOCUMENT: u64 = 256 * 1024;

/// Small files that are written in place, as they were last found whole.
#[derive(Default)]
pub(super) struct Documents(BTreeMap<PathBuf, Document>);

struct Document {
    stat: FileStat,
    /// True when it was read so soon after it was written that it may have been written again since.
    racy: bool,
    whole: Option<Arc<[u8]>>,
}

impl Documents {
    /// The JSON document at `path`.
    pub(super) fn whole(&mut self, host: &dyn Host, path: &Path) -> Option<Arc<[u8]>> {
        self.remembered(host, path, |stat| read_document(host, path, stat.len))
    }

    /// What `distil` makes of the end of the file at `path`.
    pub(super) fn ending(
        &mut self,
        host: &dyn Host,
        path: &Path,
        distil: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Option<Arc<[u8]>> {
        self.remembered(host, path, |stat| Some(distil(&read_ending(host, path, stat.len)?).into()))
    }

    fn remembered(
        &mut self,
        host: &dyn Host,
        path: &Path,
        read: impl FnOnce(FileStat) -> Option<Arc<[u8]>>,
    ) -> Option<Arc<[u8]>> {
        let Ok(stat) = host.stat(path) else {
            self.0.remove(path);
            return None;
        };
        let known = self.0.get(path);
        if let Some(known) = known.filter(|known| known.stat == stat && !known.racy) {
            return known.whole.clone();
        }
        let before = known.and_then(|known| known.whole.clone());
        let whole = read(stat).or(before);
        let age = host.now().duration_since(stat.modified);
        let racy = !age.is_negative() && age < REWRITTEN;
        self.0.insert(path.to_owned(), Document { stat, racy, whole: whole.clone() });
        whole
    }
}

/// A whole JSON document, or nothing.
fn read_document(host: &dyn Host, path: &Path, len: u64) -> Option<Arc<[u8]>> {
    if len > DOCUMENT {
        return None;
    }
    let bytes = read_from(host, path, 0, len)?;
    Json::is_whole(bytes.trim_ascii_end()).then(|| Arc::from(bytes))
}

/// The last bytes of a file of `len` bytes.
fn read_ending(host: &dyn Host, path: &Path, len: u64) -> Option<Vec<u8>> {
    let count = len.min(ENDING);
    read_from(host, path, len - count, count)
}

fn read_from(host: &dyn Host, path: &Path, offset: u64, count: u64) -> Option<Vec<u8>> {
    let file = host.open(path).ok()?;
    let mut bytes = vec![0; count as usize];
    let filled = file.fill_at(offset, &mut bytes).ok()?;
    bytes.truncate(filled);
    Some(bytes)
}
