//! Notifications of the desktop.

use std::time::Duration;

use anyhow::{Context, bail};
use crossbeam_channel::bounded;
use notify_rust::Notification;

use super::message::Message;

/// How long the desktop may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows `message` on the desktop. One that does not answer is left to itself: a call to it cannot be taken back.
pub(crate) fn show(message: &Message) -> anyhow::Result<()> {
    let (tell, told) = bounded(1);
    let message = message.clone();
    std::thread::spawn(move || tell.send(notification(&message).show().map(drop)));
    let Ok(shown) = told.recv_timeout(PATIENCE) else {
        bail!("show it on the desktop: no answer within {} s", PATIENCE.as_secs());
    };
    shown.context("show it on the desktop")
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
