//! Whose a reply is that several leaves show: it is paid once, by the one that had it first.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Result};
use topside_model::{Share, Usage};

use crate::book::Books;
use crate::reply::Reply;
use crate::shown;

/// What a leaf's session says of how early it is.
const STANDING: &str = "
SELECT session.fork, session.first_at, session.parent IS NOT NULL, session.agent, session.name, leaf.rank
FROM leaf JOIN session ON session.id = leaf.session WHERE leaf.id = ?1";

/// A leaf that shows a reply.
struct Claim {
    leaf: i64,
    reply: Reply,
    seniority: Seniority,
}

/// The order in which leaves come to own what they show: quotations last, forks after what they were forked from, then by
/// the times of their sessions, a parent before its helpers.
/// The time of the last record says nothing here: it moves while a session goes on.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Seniority {
    foreign: bool,
    standing: Standing,
}

/// What all replies of a leaf have in common of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    fork: bool,
    timeless: bool,
    first_at: Option<i64>,
    child: bool,
    name: (String, String, i64),
}

impl Standing {
    fn read(connection: &Connection, leaf: i64) -> Result<Self> {
        connection.prepare_cached(STANDING)?.query_row([leaf], |row| {
            let first_at: Option<i64> = row.get(1)?;
            let name = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok(Self { fork: row.get(0)?, timeless: first_at.is_none(), first_at, child: row.get(2)?, name })
        })
    }
}

/// Settles who pays for each of `keys`, and how large it is: as large as any leaf shows it. `size` gives the billing of a
/// reply that grew.
pub(crate) fn settle(
    connection: &Connection,
    keys: &BTreeSet<i64>,
    books: &mut Books<'_>,
    mut size: impl FnMut(u32, &Usage) -> Result<u32>,
) -> Result<()> {
    let mut contest = connection.prepare_cached("UPDATE leaf SET contested = 1 WHERE id = ?1 AND NOT contested")?;
    let mut standings: BTreeMap<i64, Standing> = BTreeMap::new();
    for key in keys {
        let mut claims = Vec::new();
        for leaf in shown::leaves(connection, *key)? {
            let Some(reply) = books.of(leaf)?.reply(*key).copied() else { continue };
            let standing = match standings.entry(leaf) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(Standing::read(connection, leaf)?),
            };
            let seniority = Seniority { foreign: reply.share != Share::Own, standing: standing.clone() };
            claims.push(Claim { leaf, reply, seniority });
        }
        let Some(payer) = claims.iter().min_by(|a, b| a.seniority.cmp(&b.seniority)).map(|claim| claim.leaf) else {
            continue;
        };
        let largest = claims.iter().fold(Usage::default(), |largest, claim| largest.max(claim.reply.usage));
        for Claim { leaf, reply, .. } in &claims {
            if claims.len() > 1 {
                contest.execute([leaf])?;
            }
            let billing = size(reply.billing, &largest)?;
            let settled = Reply { elsewhere: *leaf != payer, usage: largest, billing, ..*reply };
            if settled != *reply {
                books.of(*leaf)?.put(settled);
            }
        }
        books.spare()?;
    }
    Ok(())
}
