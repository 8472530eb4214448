//! Tells alerts on threads of their own, one for each way: none waits for another, and the screen for none.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::desktop::Desktop;
use super::message::Message;
use super::target::Target;
use super::webhook::Address;
use super::{program, terminal};

/// Alerts that may wait for one way.
const WAITING: usize = 16;
/// What had to wait longer is news no more.
const STALE: Duration = Duration::from_mins(1);

/// Writes to the terminal a user looks at.
pub(crate) type Say = Arc<dyn Fn(&[u8]) -> io::Result<()> + Send + Sync>;

/// What the ways need.
#[derive(Clone)]
pub(crate) struct Ways {
    pub(crate) webhook: Option<Address>,
    pub(crate) command: Vec<String>,
    pub(crate) say: Say,
    /// True inside tmux.
    pub(crate) tmux: bool,
    pub(crate) desktop: Arc<Desktop>,
}

impl Ways {
    /// Tells `message` in one way, and waits until that is done.
    pub(crate) fn tell(&self, target: Target, message: &Message) -> anyhow::Result<()> {
        match target {
            Target::Desktop => self.desktop.show(message),
            Target::Bell | Target::Osc9 | Target::Osc777 | Target::Osc99 => {
                let told = (self.say)(&terminal::bytes(target, message, self.tmux));
                told.map_err(|error| anyhow::Error::from(error).context("write to the terminal"))
            }
            Target::Webhook => match &self.webhook {
                Some(address) => address.send(message),
                None => anyhow::bail!("send it: no webhook is set under [notifications]"),
            },
            Target::Command => program::start(&self.command, message),
        }
    }
}

/// How telling went: where, and why it failed if it did.
pub(crate) type Outcome = (Target, Result<(), String>);

/// The threads.
pub(crate) struct Post {
    boxes: BTreeMap<Target, Sender<Arc<Message>>>,
    tell: Sender<Outcome>,
    /// How telling went, in the order in which that was known.
    pub(crate) outcomes: Receiver<Outcome>,
}

impl Post {
    /// Starts a thread for each of these ways. They end when this is dropped.
    pub(crate) fn start(ways: &Ways, targets: BTreeSet<Target>) -> Self {
        let (tell, outcomes) = unbounded();
        let mut boxes = BTreeMap::new();
        for target in targets {
            let (put, messages) = bounded::<Arc<Message>>(WAITING);
            let (ways, tell) = (ways.clone(), tell.clone());
            std::thread::spawn(move || {
                for message in messages {
                    if tell.send((target, one(&ways, target, &message))).is_err() {
                        return;
                    }
                }
            });
            boxes.insert(target, put);
        }
        Self { boxes, tell, outcomes }
    }

    /// Has `message` told in these ways, soon.
    pub(crate) fn send(&self, targets: &BTreeSet<Target>, message: &Arc<Message>) {
        for target in targets {
            let Some(put) = self.boxes.get(target) else { continue };
            if put.try_send(Arc::clone(message)).is_err() {
                let why = "tell it: earlier alerts still wait there".to_owned();
                self.tell.send((*target, Err(why))).ok();
            }
        }
    }
}

fn one(ways: &Ways, target: Target, message: &Message) -> Result<(), String> {
    if message.made.elapsed() > STALE {
        return Err("tell it in time".to_owned());
    }
    let told = catch_unwind(AssertUnwindSafe(|| ways.tell(target, message)));
    told.unwrap_or_else(|_| Err(anyhow::anyhow!("tell it: a defect of topside"))).map_err(|error| format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    fn message() -> Arc<Message> {
        let (title, document) = ("webshop is done".to_owned(), "{}".to_owned());
        let variables = Vec::new();
        Arc::new(Message { title, body: None, urgent: false, document, variables, made: Instant::now() })
    }

    fn ways(say: impl Fn(&[u8]) -> io::Result<()> + Send + Sync + 'static) -> Ways {
        Ways { webhook: None, command: Vec::new(), say: Arc::new(say), tmux: false, desktop: Arc::default() }
    }

    /// The next thing that is known of how telling went.
    #[track_caller]
    fn next(post: &Post) -> Outcome {
        post.outcomes.recv_timeout(Duration::from_mins(1)).expect("something is told")
    }

    #[test]
    fn a_way_that_hangs_keeps_no_other_from_telling() {
        let (let_go, hangs) = bounded::<()>(0);
        let hangs = Mutex::new(hangs);
        let ways = ways(move |bytes| {
            if bytes != b"\x07" {
                hangs.lock().expect("nobody panics").recv().ok();
            }
            Ok(())
        });
        let post = Post::start(&ways, BTreeSet::from([Target::Bell, Target::Osc9]));
        let both = BTreeSet::from([Target::Bell, Target::Osc9]);
        let start = Instant::now();
        post.send(&both, &message());
        assert_eq!(next(&post), (Target::Bell, Ok(())));
        // One is being told, the others wait; the last one finds no room.
        for _ in 0..WAITING + 2 {
            post.send(&BTreeSet::from([Target::Osc9]), &message());
        }
        let (target, result) = next(&post);
        assert_eq!((target, result.is_err()), (Target::Osc9, true));
        assert!(start.elapsed() < STALE, "nobody waited for it");
        drop(let_go);
        let told = std::iter::repeat_with(|| next(&post)).find(|(_, result)| result.is_ok());
        assert_eq!(told, Some((Target::Osc9, Ok(()))));
    }

    #[test]
    fn what_fails_and_what_panics_is_known() {
        let ways =
            ways(|bytes| if bytes == b"\x07" { panic!("a test") } else { Err(io::Error::other("it is closed")) });
        let post = Post::start(&ways, BTreeSet::from([Target::Bell, Target::Osc9, Target::Webhook, Target::Command]));
        let mut failures = BTreeMap::new();
        for target in [Target::Bell, Target::Osc9, Target::Webhook, Target::Command] {
            post.send(&BTreeSet::from([target]), &message());
            let (target, result) = next(&post);
            failures.insert(target.id(), result.expect_err("it fails"));
        }
        let expected = [
            ("bell", "tell it: a defect of topside"),
            ("command", "start the command: none is set under [notifications]"),
            ("osc9", "write to the terminal: it is closed"),
            ("webhook", "send it: no webhook is set under [notifications]"),
        ];
        assert_eq!(failures, expected.map(|(target, why)| (target, why.to_owned())).into());
    }
}
