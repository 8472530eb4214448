//! Whose a reply is that several leaves show: it is paid once, by the one that had it first.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, Row};
use topside_model::{Share, Usage};

use crate::row::{REPLACE, Reply, write};

/// Leaves that show a reply with this key.
const CLAIMS: &str = "
SELECT session.fork, session.first_at, session.parent IS NOT NULL, session.agent, session.name,
    leaf.rank, reply.*
FROM reply JOIN leaf ON leaf.id = reply.leaf JOIN session ON session.id = leaf.session
WHERE reply.key = ?1 AND reply.flags & 1";

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
    fork: bool,
    timeless: bool,
    first_at: Option<i64>,
    child: bool,
    name: (String, String, i64),
}

impl Claim {
    fn read(row: &Row<'_>) -> Result<Self> {
        let reply = Reply::read(row, 7)?;
        let first_at: Option<i64> = row.get(1)?;
        let seniority = Seniority {
            foreign: reply.share != Share::Own,
            fork: row.get(0)?,
            timeless: first_at.is_none(),
            first_at,
            child: row.get(2)?,
            name: (row.get(3)?, row.get(4)?, row.get(5)?),
        };
        Ok(Self { leaf: row.get(6)?, reply, seniority })
    }
}

/// Settles who pays for each of `keys`, and how large it is: as large as any leaf shows it. `size` gives the billing of a
/// reply that grew. Leaves whose sums are no longer right are added to `stale`.
pub(crate) fn settle(
    connection: &Connection,
    keys: &BTreeSet<i64>,
    mut size: impl FnMut(i64, &Usage) -> Result<i64>,
    stale: &mut BTreeSet<i64>,
) -> Result<()> {
    let mut claims = connection.prepare_cached(CLAIMS)?;
    let mut contest = connection.prepare_cached("UPDATE leaf SET contested = 1 WHERE id = ?1 AND NOT contested")?;
    for key in keys {
        let claims: Vec<Claim> = claims.query_map([key], Claim::read)?.collect::<Result<_>>()?;
        let Some(payer) = claims.iter().min_by(|a, b| a.seniority.cmp(&b.seniority)).map(|claim| claim.leaf) else {
            continue;
        };
        let largest = claims.iter().fold(Usage::default(), |largest, claim| largest.max(claim.reply.usage));
        for Claim { leaf, reply, .. } in &claims {
            if claims.len() > 1 {
                contest.execute([leaf])?;
            }
            let mut settled = Reply { elsewhere: *leaf != payer, usage: largest, ..*reply };
            settled.billing = size(reply.billing, &largest)?;
            if settled != *reply {
                write(connection, REPLACE, *leaf, &settled)?;
                stale.insert(*leaf);
            }
        }
    }
    Ok(())
}

/// Replies of a leaf that other leaves may show.
pub(crate) fn shared_keys(connection: &Connection, leaf: i64) -> Result<Vec<i64>> {
    let mut keys = connection.prepare_cached("SELECT key FROM reply WHERE leaf = ?1 AND flags & 1")?;
    keys.query_map([leaf], |row| row.get(0))?.collect()
}
