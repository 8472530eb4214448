//! Reads many transcripts at once.

use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

use topside_probe::Host;

use crate::agent::Output;
use crate::tail::{Polled, Tail};

/// Less than this is read sooner than threads are started.
const WORTHWHILE: u64 = 1024 * 1024;
/// More threads would wait for the disk and for memory.
const THREADS: usize = 4;

/// Cores this process may use. To ask reads several files.
static CORES: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));

/// A transcript to be looked at.
pub(crate) struct Job<'a> {
    pub(crate) tail: &'a mut Tail,
    /// True when a process may still write to it.
    pub(crate) is_live: bool,
}

/// A transcript that was looked at, and what came of it.
pub(crate) struct Done<'a> {
    pub(crate) job: Job<'a>,
    pub(crate) polled: io::Result<Polled>,
    pub(crate) out: Output,
}

/// Polls the transcripts, all cores at work where much is to be read, and at most about `budget` bytes of them all.
/// What was looked at comes back in the order given, and with it true when some were left for the next time.
pub(crate) fn poll<'a>(
    host: &dyn Host,
    jobs: impl Iterator<Item = Job<'a>>,
    check_paths: bool,
    budget: u64,
) -> (Vec<Done<'a>>, bool) {
    let jobs: Vec<Job<'a>> = jobs.collect();
    let unread: u64 = jobs.iter().map(|job| job.tail.unread()).sum();
    let threads = if unread < WORTHWHILE { 1 } else { CORES.min(THREADS) };
    let queue = Mutex::new(jobs.into_iter().enumerate());
    let work = || work(host, &queue, check_paths, budget / threads as u64);
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    let left = queue.into_inner().unwrap_or_else(PoisonError::into_inner).next().is_some();
    (done.into_iter().map(|(_, done)| done).collect(), left)
}

/// Takes one job after the other until none is left or the budget is used up.
fn work<'a>(
    host: &dyn Host,
    queue: &Mutex<impl Iterator<Item = (usize, Job<'a>)>>,
    check_paths: bool,
    mut budget: u64,
) -> Vec<(usize, Done<'a>)> {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let mut done = Vec::new();
    while budget > 0
        && let Some((place, job)) = next()
    {
        let mut out = Output::default();
        let polled = job.tail.poll(host, check_paths, !job.is_live, &mut budget, &mut out);
        done.push((place, Done { job, polled, out }));
    }
    done
}
