//! What a session runs with.

use topside_model::{ModelId, Origin, Setting, Settings, Untrusted};

use crate::latest::Latest;

/// What a session runs with, each setting by itself.
#[derive(Debug, Default)]
pub(crate) struct LiveSettings {
    pub(crate) model: Latest<ModelId>,
    effort: Latest<Setting<Untrusted>>,
    approval: Latest<Untrusted>,
    reviewer: Latest<Setting<Untrusted>>,
    sandbox: Latest<Untrusted>,
    cwd: Latest<Untrusted>,
    mode: Latest<Untrusted>,
}

impl LiveSettings {
    pub(crate) fn change(&mut self, origin: Origin, settings: Settings) {
        let said = |setting: Setting<Untrusted>| (setting != Setting::Kept).then_some(setting);
        self.model.fill(origin, settings.model);
        self.effort.fill(origin, said(settings.effort));
        self.approval.fill(origin, settings.approval);
        self.reviewer.fill(origin, said(settings.reviewer));
        self.sandbox.fill(origin, settings.sandbox);
        self.cwd.fill(origin, settings.cwd);
        self.mode.fill(origin, settings.mode);
    }

    /// When it asks for leave, as the agent wrote it.
    pub(crate) fn approval(&self) -> Option<&str> {
        self.approval.value().map(Untrusted::raw)
    }

    /// Who answers in a person's place.
    pub(crate) fn reviewer(&self) -> Option<&Untrusted> {
        self.reviewer.value()?.value()
    }

    /// The working directory.
    pub(crate) fn cwd(&self) -> Option<Untrusted> {
        self.cwd.value().cloned()
    }

    /// All of them.
    pub(crate) fn now(&self) -> Settings {
        Settings {
            model: self.model.value().cloned(),
            effort: self.effort.value().cloned().unwrap_or_default(),
            approval: self.approval.value().cloned(),
            reviewer: self.reviewer.value().cloned().unwrap_or_default(),
            sandbox: self.sandbox.value().cloned(),
            cwd: self.cwd.value().cloned(),
            mode: self.mode.value().cloned(),
        }
    }
}
