//! What came into a session's context, and what it has cost since.
//!
//! Between two replies the context grows by what was put into it. How much of that each thing is follows from its size:
//! an estimate, as tokens differ in length. Every reply reads the whole context, partly from the cache; what a token costs
//! by being read is summed once for all (`Inventory::rate`), so that what anything has cost since it came in is a
//! difference of two sums, and a reply costs the same however much it reads.
//!
//! Who pays for a reply, and how large it was, may become known only when another session comes into sight or leaves it.
//! What was taken is kept in short, and gone through again then.
//!
//! **Invariant.** What is held is the input of the latest reply, and what everything has cost is what the input of all
//! replies has. Neither depends on when what is known was told, nor on when somebody looked.

use std::collections::BTreeMap;

use topside_model::{Addition, Bytes, CallId, Growth, Origin, Untrusted};

use crate::cost::Cost;
use crate::mark::mark;
use crate::price::Prices;

mod contents;
mod rates;

use contents::Contents;

/// Steps that wait to be taken in order; when there are so many, they are taken with the next record.
const PENDING: usize = 1024;
/// Calls without a result that are remembered.
const OPEN: usize = 64;

/// What a session's context holds and held, and how that came.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    pending: Vec<(Place, Step)>,
    /// Where the latest step stands that was told.
    newest: Option<Origin>,
    /// Where the latest step stands that was taken: a record that is read again adds nothing.
    taken: Option<Origin>,
    /// What calls without a result will put in.
    open: BTreeMap<CallId, Addition>,
    prompts: u64,
    things: Things,
    /// All that was taken: a few for each reply, and those are kept, too.
    deeds: Vec<Deed>,
    contents: Contents,
}

/// What a step did, in 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    /// The thing of that number came in, and its size in bytes, four thousand million at most.
    Came(u32, Option<u32>),
    /// The reply of that mark read it all.
    Read(u64),
    /// It was made anew.
    Emptied,
}

const _: () = assert!(size_of::<Deed>() == 16);

/// Names of what came in, by number. Things that were put together keep their numbers.
#[derive(Debug, Default)]
struct Things {
    names: Vec<Addition>,
    numbers: BTreeMap<Addition, u32>,
}

impl Things {
    fn number(&mut self, what: Addition) -> u32 {
        *self.numbers.entry(what).or_insert_with_key(|what| {
            self.names.push(what.clone());
            self.names.len() as u32 - 1
        })
    }

    fn name(&self, number: u32) -> &Addition {
        &self.names[number as usize]
    }

    /// Lets go of a name: what came in by it so far is part of the rest, also when that is gone through again.
    fn put_to_rest(&mut self, what: &Addition) {
        if let Some(number) = self.numbers.remove(what) {
            self.names[number as usize] = Addition::Rest;
        }
    }
}

/// Something that happened to the context.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A call was made whose result will be this.
    Called(CallId, Addition),
    /// It has its result.
    Answered(CallId, Option<Bytes>),
    /// A person asked.
    Prompted(Option<Bytes>),
    /// The agent put something in.
    Noted(Option<Untrusted>, Option<Bytes>),
    /// The model read it all and replied.
    Read(u64),
    /// It was made anew.
    Compacted,
}

/// Where a step stands, and what tells it from others of its record.
type Place = (Origin, (u8, u64));

impl Step {
    /// Orders the steps of one record.
    fn key(&self) -> (u8, u64) {
        match self {
            Self::Called(call, _) => (0, mark(call)),
            Self::Answered(call, _) => (1, mark(call)),
            Self::Prompted(_) => (2, 0),
            Self::Noted(file, size) => (3, mark(&(file, size))),
            Self::Read(reply) => (4, *reply),
            Self::Compacted => (5, 0),
        }
    }
}

impl Inventory {
    /// Remembers a step until [`Inventory::take_in`].
    pub(crate) fn note(&mut self, origin: Origin, step: Step) {
        if self.taken.is_none_or(|taken| taken < origin) {
            self.newest = self.newest.max(Some(origin));
            self.pending.push(((origin, step.key()), step));
        }
    }

    /// True when so many steps wait that they are to be taken before the record at `origin`: not in the middle of one.
    pub(crate) fn is_laden(&self, origin: Origin) -> bool {
        self.pending.len() >= PENDING && self.newest < Some(origin)
    }

    /// Takes the steps that wait, in the order of their records. True when something else is to be shown.
    pub(crate) fn take_in(&mut self, cost: &mut Cost, prices: &Prices) -> bool {
        let mut changed = cost.starts_over();
        if changed {
            self.contents = Contents::default();
            for deed in &self.deeds {
                self.contents.take(*deed, &mut self.things, cost, prices);
            }
        }
        let mut steps = std::mem::take(&mut self.pending);
        steps.sort_by_key(|(place, _)| *place);
        steps.dedup_by_key(|(place, _)| *place);
        self.taken = self.newest;
        for (_, step) in steps {
            if let Some(deed) = self.deed(step) {
                self.contents.take(deed, &mut self.things, cost, prices);
                self.deeds.push(deed);
                changed |= !matches!(deed, Deed::Came(..));
            }
        }
        changed
    }

    /// What a step does; `None` for a call, and for another record of the reply before.
    fn deed(&mut self, step: Step) -> Option<Deed> {
        let (what, size) = match step {
            Step::Called(call, what) => {
                self.open.insert(call, what);
                if self.open.len() > OPEN {
                    self.open.pop_first();
                }
                return None;
            }
            Step::Answered(call, size) => (self.open.remove(&call).unwrap_or(Addition::Unknown), size),
            Step::Prompted(size) => {
                self.prompts += 1;
                (Addition::Prompt(self.prompts), size)
            }
            Step::Noted(file, size) => (file.map_or(Addition::Notes, Addition::File), size),
            Step::Read(reply) => return Some(Deed::Read(reply)).filter(|deed| self.deeds.last() != Some(deed)),
            Step::Compacted => return Some(Deed::Emptied),
        };
        let size = size.map(|Bytes(size)| u32::try_from(size).unwrap_or(u32::MAX));
        Some(Deed::Came(self.things.number(what), size))
    }

    /// What is known, dearest first.
    pub(crate) fn growth(&self) -> Growth {
        self.contents.growth()
    }
}
