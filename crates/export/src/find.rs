//! The session a person means.

use std::sync::Arc;

use topside_catalog::text::{neutralise, shown};
use topside_model::{Session, Snapshot};

/// Candidates an error names before it only counts the rest.
const CANDIDATES: usize = 5;

/// Why no single session is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// None fits.
    #[error(
        "no session has the id or the name \"{wanted}\" ({known} known here); \
         `topside ls --all` lists them, `topside doctor` says where topside looked"
    )]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// Sessions looked through.
        known: usize,
    },
    /// Several fit.
    #[error("\"{wanted}\" fits {count} sessions; give more of the id: {candidates}")]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// How many fit.
        count: usize,
        /// The first of them, by id and name.
        candidates: String,
    },
}

/// The session whose id is `wanted`, or the only one whose id starts with it or whose name it is.
pub fn find<'a>(snapshot: &'a Snapshot, wanted: &str) -> Result<&'a Arc<Session>, FindError> {
    let matching = |fits: fn(&Session, &str) -> bool| -> Vec<&'a Arc<Session>> {
        snapshot.sessions.iter().filter(|session| fits(session, wanted)).collect()
    };
    let exact = matching(|session, wanted| session.key.id.as_str() == wanted);
    let found = if exact.is_empty() { matching(resembles) } else { exact };
    match found.as_slice() {
        [session] => Ok(session),
        [] => Err(FindError::NotFound { wanted: neutralise(wanted), known: snapshot.sessions.len() }),
        several => Err(FindError::Ambiguous {
            wanted: neutralise(wanted),
            count: several.len(),
            candidates: candidates(several),
        }),
    }
}

/// True when the id starts with `wanted` or the name is `wanted`, whatever its case.
fn resembles(session: &Session, wanted: &str) -> bool {
    let named = session.name.as_ref().is_some_and(|name| name.raw().to_lowercase() == wanted.to_lowercase());
    !wanted.is_empty() && (named || session.key.id.as_str().starts_with(wanted))
}

/// The first few of `sessions`, by id and name.
fn candidates(sessions: &[&Arc<Session>]) -> String {
    let mut named: Vec<String> = sessions.iter().take(CANDIDATES).map(|session| label(session)).collect();
    if let Some(more) = sessions.len().checked_sub(CANDIDATES).filter(|more| *more > 0) {
        named.push(format!("and {more} more"));
    }
    named.join(", ")
}

/// An id, with the name beside it where there is one.
fn label(session: &Session) -> String {
    let id = neutralise(session.key.id.as_str());
    match &session.name {
        Some(name) => format!("{id} ({})", shown(name)),
        None => id,
    }
}
