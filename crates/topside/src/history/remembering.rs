//! Reports that are given again while nothing they rest on has changed.

use std::hash::{DefaultHasher, Hasher as _};
use std::path::Path;

use topside_collect::Scene;
use topside_engine::Prices;
use topside_store::{Kept, Store};

use super::asking::Question;
use super::reading::Means;
use crate::collecting::Setup;

/// The answer that was given before, where history at `place` is the same since, and so are the transcripts.
pub(super) fn recalled<Q: Question>(place: &Path, means: Means<'_>, question: &Q) -> Option<Q::Answer> {
    question.mark()?;
    let kept = Kept::read(place, &setting(means)?)?;
    let scene = Scene::from_bytes(kept.scene()?)?;
    scene.holds_while(means.host, || question.recall(&kept, means.host.now()))
}

/// Keeps an answer of history, which is closed with that. Where that fails, as on a full disk, it is worked out again the next
/// time.
pub(super) fn keep<Q: Question>(
    store: Store,
    means: Means<'_>,
    scene: &Scene,
    (question, answer): (&Q, &Q::Answer),
) -> Option<()> {
    let (mark, report) = question.mark().zip(question.report(answer))?;
    let setting = setting(means)?;
    // What it is when it is closed is what it is when the same is asked again.
    store.close()?.keep(&setting, &scene.to_bytes(), mark, report).ok()
}

/// Which build looks where.
fn setting(means: Means<'_>) -> Option<Vec<u8>> {
    let (build, Setup { homes, root, .. }) = (build()?, means.setup);
    Some(format!("{build} {homes:?} {root:?} {}", means.host.home().display()).into_bytes())
}

/// What tells this program from others of the same version: where its file is, how long it is, and when it was written; and
/// the prices it knows, for not every build leaves a time.
fn build() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let file = std::fs::metadata(&program).ok()?;
    let written = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let mut prices = DefaultHasher::new();
    prices.write(Prices::VENDORED.as_bytes());
    let (version, length, prices) = (env!("CARGO_PKG_VERSION"), file.len(), prices.finish());
    Some(format!("{version} {} {length} {} {prices:x}", program.display(), written.as_nanos()))
}
