//! Notifications of the desktop.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use crossbeam_channel::bounded;
use notify_rust::Notification;

use super::message::Message;

/// How long the desktop may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Notifications that stay on the desktop.
const SHOWN: usize = 16;

/// What a notification is held by.
#[cfg(all(unix, not(target_os = "macos")))]
type Held = notify_rust::NotificationHandle;
#[cfg(not(all(unix, not(target_os = "macos"))))]
type Held = ();

/// The desktop. GNOME takes a notification back when its sender is gone, so the latest ones are held.
#[derive(Debug, Default)]
pub(crate) struct Desktop(Mutex<VecDeque<Held>>);

impl Desktop {
    /// Shows `message`. A desktop that does not answer is left to itself: a call to it cannot be taken back.
    pub(crate) fn show(&self, message: &Message) -> anyhow::Result<()> {
        let (tell, told) = bounded(1);
        let message = message.clone();
        std::thread::spawn(move || {
            tell.send(show(&notification(&message))).ok();
        });
        let Ok(shown) = told.recv_timeout(PATIENCE) else {
            bail!("show it on the desktop: no answer within {} s", PATIENCE.as_secs());
        };
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.push_back(shown.context("show it on the desktop")?);
        if held.len() > SHOWN {
            held.pop_front();
        }
        Ok(())
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn show(notification: &Notification) -> notify_rust::error::Result<Held> {
    notification.show()
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn show(notification: &Notification) -> notify_rust::error::Result<Held> {
    notification.show().map(drop)
}

fn notification(message: &Message) -> Notification {
    let mut notification = Notification::new();
    notification.appname("topside").summary(&message.title);
    if let Some(body) = &message.body {
        notification.body(&plain(body));
    }
    urgent(&mut notification, message.urgent);
    notification
}

#[cfg(not(target_os = "macos"))]
fn urgent(notification: &mut Notification, urgent: bool) {
    use notify_rust::Urgency;
    notification.urgency(if urgent { Urgency::Critical } else { Urgency::Normal });
}

#[cfg(target_os = "macos")]
fn urgent(_: &mut Notification, _: bool) {}

/// `text` as this desktop shows it: some take a body for markup, and say so.
#[cfg(all(unix, not(target_os = "macos")))]
fn plain(text: &str) -> String {
    let marks = notify_rust::get_capabilities().is_ok_and(|all| all.iter().any(|one| one == "body-markup"));
    if marks { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { text.to_owned() }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn plain(text: &str) -> String {
    text.to_owned()
}
