//! What records say of the thread itself: its introduction, its settings, its costs.

use topside_model::{EventKind, ReportedTotal, Share, Terms, Tier, Tokens};

use super::count::{Info, Limits, RawUsage};
use super::decode::Scribe;
use super::prefix::History;
use super::record;
use super::sandbox::Writable;
use crate::agent::Level;
use crate::source::json::Json;
use crate::source::walk::Walk;

impl Scribe<'_> {
    /// The file's first `session_meta` is its own. A later one with the same id repeats it; one with another id opens a
    /// copy of an ancestor's history.
    pub(super) fn introduced(&mut self, payload: Json<'_>) {
        let meta = record::meta(payload);
        if self.state.opened {
            let stranger = meta.id.is_some_and(|id| *id.as_str() != *self.state.thread);
            if stranger && self.state.history == History::Own && !self.state.acted {
                let (created, version) = (self.state.created, self.state.version.as_deref());
                self.state.history = History::copy(created, self.at, version);
            }
            return;
        }
        self.state.opened = true;
        if let Some(id) = &meta.id {
            id.as_str().clone_into(&mut self.state.thread);
        }
        self.state.version = meta.identity.version.as_ref().map(|version| version.raw().to_owned());
        self.state.created = meta.identity.created;
        if let Some(first) = meta.own_from {
            self.state.history = History::UntilOrdinal(first);
        }
        self.say(EventKind::SessionOpened(Box::new(meta.identity)));
    }

    pub(super) fn inherited_total(&mut self, payload: Json<'_>) {
        if let Some(total) = self.info(payload).and_then(|info| info.total) {
            self.state.meter.inherit(total);
        }
    }

    pub(super) fn turn_context(&mut self, payload: Json<'_>) {
        if let Some(model) = record::model(payload) {
            self.state.model = Some(model);
        }
        if self.level == Level::Full {
            self.state.writable = Writable::of(payload);
            self.say(EventKind::SettingsChanged(Box::new(record::turn_context(payload))));
        }
    }

    pub(super) fn named_reply(&mut self, payload: Json<'_>) {
        if self.other_thread(payload).is_some() {
            return;
        }
        let Some(usage) = payload.field("usage") else { return };
        self.state.meter.named();
        let usage = RawUsage::of(usage);
        self.reply(payload.field("response_id").and_then(record::string).as_deref(), usage);
    }

    /// A reply of this thread.
    fn reply(&mut self, id: Option<&str>, usage: RawUsage) {
        let response = self.names.response(&self.state.thread, id, self.origin.offset);
        let model = self.state.model.as_ref().or(self.state.settings_model.as_ref());
        let model = model.map(|model| self.names.model(model));
        let usage = usage.parts();
        let terms = Terms { tier: tier(self.state.service.as_deref()), regional: false };
        self.say(EventKind::ResponseUsage { response, model, usage, terms, share: Share::Own, settled: true });
    }

    /// `token_count`: a running total, the context as it is now, and a rate limit.
    pub(super) fn token_count(&mut self, payload: Json<'_>) {
        if let Some(info) = self.info(payload) {
            self.counted(info);
        }
        let limits = payload.field("rate_limits").and_then(Limits::of);
        if let Some(limit) = limits.zip(self.at).and_then(|(limits, at)| limits.sample(at)) {
            self.say(EventKind::LimitObserved(limit));
        }
    }

    fn info(&mut self, payload: Json<'_>) -> Option<Info> {
        self.last_count.next(&mut Walk::of(payload)?)
    }

    /// A running total, and the context as it is now.
    pub(super) fn counted(&mut self, info: Info) {
        if let Some(total) = info.total {
            if let Some(added) = self.state.meter.total(total, info.last.unwrap_or_default()) {
                self.reply(None, added);
            }
            let reported = ReportedTotal { parts: total.parts(), total: Tokens(total.total) };
            self.say(EventKind::TotalReported(reported));
        }
        self.say(record::context(info.last.map(|last| last.total), info.window));
    }
}

/// The service that settings ask for, in Codex' words.
fn tier(service: Option<&str>) -> Tier {
    match service {
        // The menu calls it fast, the request priority.
        Some("fast" | "priority") => Tier::Priority,
        Some("flex") => Tier::Flex,
        _ => Tier::Standard,
    }
}
