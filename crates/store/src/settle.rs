//! Whose a reply is that several leaves show: it is paid once, by the one that had it first.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _};
use rusqlite::{Connection, Result};
use topside_model::{Share, Usage};

use crate::book::Books;
use crate::reply::Reply;
use crate::shown;

/// What a leaf's session says of how early it is.
const STANDING: &str = "
SELECT session.fork, session.first_at, session.parent IS NOT NULL, session.last_at,
    (SELECT min(path) FROM told JOIN file ON file.id = told.file WHERE told.leaf = leaf.id),
    session.agent, session.name, leaf.rank
FROM leaf JOIN session ON session.id = leaf.session WHERE leaf.id = ?1";

/// The order in which leaves come to own what they show: forks after what they were forked from, then by the times at
/// which their sessions began, a parent before its helpers, then by those at which they ended, and the paths of their files.
/// Copies and quotations come after all of these.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    fork: bool,
    timeless: bool,
    first_at: Option<i64>,
    child: bool,
    /// It moves while a session goes on, and with it who pays for what both sessions began with.
    last_at: Option<i64>,
    path: Option<Vec<u8>>,
    name: (String, String, i64),
}

impl Standing {
    fn read(connection: &Connection, leaf: i64) -> Result<Self> {
        connection.prepare_cached(STANDING)?.query_row([leaf], |row| {
            let first_at: Option<i64> = row.get(1)?;
            let (timeless, name) = (first_at.is_none(), (row.get(5)?, row.get(6)?, row.get(7)?));
            let (last_at, path) = (row.get(3)?, row.get(4)?);
            Ok(Self { fork: row.get(0)?, timeless, first_at, child: row.get(2)?, last_at, path, name })
        })
    }
}

/// What the leaves that were asked so far say of a reply.
struct Verdict {
    /// The leaf that pays for it.
    payer: i64,
    /// How that one came by it.
    share: Share,
    /// As large as any shows it, and as any quotes it.
    shown: Usage,
    quoted: Usage,
    /// True once several show it.
    contested: bool,
}

impl Verdict {
    /// What a leaf says by itself.
    fn of(leaf: i64, reply: &Reply) -> Self {
        let none = Usage::default();
        let (shown, quoted) = if reply.is_quoted() { (none, reply.usage) } else { (reply.usage, none) };
        Self { payer: leaf, share: reply.share, shown, quoted, contested: false }
    }

    /// How large it is where it is known as it is in `reply`.
    fn usage(&self, reply: &Reply) -> Usage {
        if reply.is_quoted() { self.quoted } else { self.shown }
    }
}

/// Settles who pays for each of `keys`, and how large it is: as large as any leaf shows it; where none does, as any quotes
/// it. `size` gives the billing of a reply that grew.
pub(crate) fn settle(
    connection: &Connection,
    keys: &BTreeSet<i64>,
    books: &mut Books<'_>,
    mut size: impl FnMut(u32, &Usage) -> Result<u32>,
) -> Result<()> {
    let mut shown_by: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    shown::leaves(connection, keys, |key, leaf| shown_by.entry(leaf).or_default().push(key))?;
    // Leaf by leaf, so that each book is opened twice, however many replies it shares.
    let verdicts = verdicts(connection, &shown_by, books)?;
    let mut contest = connection.prepare_cached("UPDATE leaf SET contested = 1 WHERE id = ?1 AND NOT contested")?;
    for (leaf, keys) in &shown_by {
        let book = books.of(*leaf)?;
        let mut contested = false;
        for (key, verdict) in keys.iter().filter_map(|key| Some((key, verdicts.get(key)?))) {
            let Some(reply) = book.reply(*key).copied() else { continue };
            contested |= verdict.contested;
            let usage = verdict.usage(&reply);
            let billing = size(reply.billing, &usage)?;
            let settled = Reply { elsewhere: *leaf != verdict.payer, usage, billing, ..reply };
            if settled != reply {
                book.put(settled);
            }
        }
        if contested {
            contest.execute([leaf])?;
        }
        books.spare()?;
    }
    Ok(())
}

/// Who pays for each reply, by its key.
fn verdicts(
    connection: &Connection,
    shown_by: &BTreeMap<i64, Vec<i64>>,
    books: &mut Books<'_>,
) -> Result<HashMap<i64, Verdict>> {
    let standing = |leaf: &i64| Ok((*leaf, Standing::read(connection, *leaf)?));
    let standings: BTreeMap<i64, Standing> = shown_by.keys().map(standing).collect::<Result<_>>()?;
    let mut verdicts: HashMap<i64, Verdict> = HashMap::new();
    for (leaf, keys) in shown_by {
        let book = books.of(*leaf)?;
        for reply in keys.iter().filter_map(|key| book.reply(*key)) {
            let own = Verdict::of(*leaf, reply);
            match verdicts.entry(reply.key) {
                Entry::Vacant(place) => _ = place.insert(own),
                Entry::Occupied(known) => {
                    let known = known.into_mut();
                    let is_first = (own.share, &standings[leaf]) < (known.share, &standings[&known.payer]);
                    let (payer, share) = if is_first { (*leaf, own.share) } else { (known.payer, known.share) };
                    let (shown, quoted) = (known.shown.max(own.shown), known.quoted.max(own.quoted));
                    *known = Verdict { payer, share, shown, quoted, contested: true };
                }
            }
        }
        books.spare()?;
    }
    Ok(verdicts)
}
