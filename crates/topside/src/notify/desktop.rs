//! Notifications of the desktop.

use anyhow::Context;
use notify_rust::Notification;

use super::message::Message;

/// Shows `message` on the desktop.
pub(crate) fn show(message: &Message) -> anyhow::Result<()> {
    let mut notification = Notification::new();
    notification.appname("topside").summary(&message.title);
    if let Some(body) = &message.body {
        notification.body(&plain(body));
    }
    urgent(&mut notification, message.urgent);
    notification.show().context("show it on the desktop")?;
    Ok(())
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
