//! Looks at every snapshot for what the user wants to know, and has it told.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, select};
use topside_engine::Alerts;
use topside_model::{Alert, Delivery, Snapshot, TimeZone, Timestamp};

use super::kept::{Kept, Memory};
use super::message::Message;
use super::post::{Outcome, Post, Say, Ways};
use super::target::Target;
use super::{Plan, complete};
use crate::command::own_zone;
use crate::live::Live;

/// How often it looks again while time alone may make something worth telling.
const TICK: Duration = Duration::from_secs(1);
/// How often it does so otherwise: only to see whether there is still something to look at.
const PULSE: Duration = Duration::from_secs(10);

/// Looks after the rules of a plan.
pub(crate) struct Watch {
    plan: Plan,
    zone: TimeZone,
    /// A clock that stands still.
    now: Option<Timestamp>,
    began: Timestamp,
    kept: Kept,
    /// `None` while another topside tells.
    alerts: Option<Alerts>,
    post: Post,
    deliveries: Vec<Delivery>,
    /// True when `deliveries` are news.
    changed: bool,
}

/// Looks after the rules of `plan` on a thread of its own for as long as `live` lives. Where they go by a terminal, `say`
/// writes to it.
pub(crate) fn start(live: &Live, plan: Plan, kept: Kept, say: Say, now: Option<Timestamp>) {
    if plan.policy.rules.is_empty() {
        return;
    }
    let bell = live.subscribe();
    let live = live.clone();
    std::thread::spawn(move || {
        let targets = plan.targets();
        let watching = AssertUnwindSafe(|| {
            let mut watch = Watch::new(plan, kept, say, now);
            while !live.is_dead() {
                watch.look(&live.latest());
                watch.wait(&bell);
                if let Some(deliveries) = watch.news() {
                    live.told(&deliveries);
                }
            }
        });
        if catch_unwind(watching).is_err() {
            // Silence would look like a calm machine.
            live.told(&broken(&targets, now.unwrap_or_else(Timestamp::now)));
        }
    });
}

/// How every way fares once nothing is told any more.
fn broken(targets: &BTreeSet<Target>, now: Timestamp) -> Vec<Delivery> {
    let why = || "look after the rules: a defect of topside; nothing is told until it starts again".to_owned();
    let failed = |target: &Target| Delivery { target: target.id(), sent_at: None, failed: Some((now, why())) };
    targets.iter().map(failed).collect()
}

impl Watch {
    pub(crate) fn new(plan: Plan, kept: Kept, say: Say, now: Option<Timestamp>) -> Self {
        let tmux = std::env::var_os("TMUX").is_some();
        let (webhook, command) = (plan.webhook.clone(), plan.command.clone());
        let ways = Ways { webhook, command, say, tmux, desktop: Arc::default() };
        let post = Post::start(&ways, plan.targets());
        let (zone, began, deliveries) = (own_zone(), now.unwrap_or_else(Timestamp::now), Vec::new());
        Self { plan, zone, now, began, kept, alerts: None, post, deliveries, changed: false }
    }

    /// True when this topside tells, not another one. Where that cannot be found out, it tells and forgets.
    pub(crate) fn tells(&mut self) -> bool {
        if self.alerts.is_none() {
            if !self.kept.take().unwrap_or(true) {
                return false;
            }
            let Memory { told, deliveries } = self.kept.read();
            self.alerts = Some(Alerts::new(self.plan.policy.clone(), self.zone.clone(), &told));
            self.deliveries = complete(&self.plan.targets(), &deliveries);
            self.changed = true;
        }
        true
    }

    /// Has told what in `snapshot` is worth it, and gives it in words.
    pub(crate) fn look(&mut self, snapshot: &Snapshot) -> Vec<Arc<Message>> {
        let now = self.now.unwrap_or_else(Timestamp::now).max(snapshot.taken_at);
        let due = if self.tells() { self.alerts.as_mut().map(|alerts| alerts.look(snapshot, now)) } else { None };
        let due = due.unwrap_or_default();
        let messages = due.iter().map(|alert| self.tell(alert)).collect();
        if !due.is_empty() {
            self.remember(now);
        }
        messages
    }

    /// Waits until it is worth looking again.
    pub(crate) fn wait(&mut self, bell: &Receiver<()>) {
        let rest = if self.alerts.as_ref().is_some_and(Alerts::is_waiting) { TICK } else { PULSE };
        select! {
            recv(bell) -> _ => {}
            recv(self.post.outcomes) -> outcome => {
                if let Ok(outcome) = outcome {
                    self.take(outcome);
                }
            }
            default(rest) => {}
        }
        let more: Vec<Outcome> = self.post.outcomes.try_iter().collect();
        for outcome in more {
            self.take(outcome);
        }
    }

    /// How every way fares in this run, if that changed. What failed before is in `topside doctor`.
    pub(crate) fn news(&mut self) -> Option<Vec<Delivery>> {
        let lately = |one: &Delivery| {
            let failed = one.failed.clone().filter(|(at, _)| *at >= self.began);
            Delivery { failed, ..one.clone() }
        };
        std::mem::take(&mut self.changed).then(|| self.deliveries.iter().map(lately).collect())
    }

    fn tell(&self, alert: &Alert) -> Arc<Message> {
        let message = Arc::new(Message::of(alert, &self.zone));
        let targets: BTreeSet<Target> = alert.rules.iter().flat_map(|rule| &self.plan.to[*rule]).copied().collect();
        self.post.send(&targets, &message);
        message
    }

    fn take(&mut self, (target, result): Outcome) {
        let now = self.now.unwrap_or_else(Timestamp::now);
        if let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.target == target.id()) {
            match result {
                Ok(()) => delivery.sent_at = Some(now),
                Err(why) => delivery.failed = Some((now, why)),
            }
            self.changed = true;
            self.remember(now);
        }
    }

    /// Writes down what was told and how that went. Without it, a restart tells some of it again: no reason to stop.
    fn remember(&self, now: Timestamp) {
        let told = self.alerts.as_ref().map(|alerts| alerts.told(now)).unwrap_or_default();
        self.kept.write(&Memory { told, deliveries: self.deliveries.clone() }).ok();
    }
}
