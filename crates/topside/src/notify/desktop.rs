//! Notifications of the desktop.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use crossbeam_channel::{RecvTimeoutError, bounded};
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
pub(crate) struct Desktop {
    held: Mutex<VecDeque<Held>>,
    /// True while it has not answered a call: one that hangs costs one thread, not one for each alert.
    busy: Arc<AtomicBool>,
}

/// Says when a call is over, by a panic too.
struct Call(Arc<AtomicBool>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Desktop {
    /// Shows `message`. A desktop that does not answer is left to itself: a call to it cannot be taken back.
    pub(crate) fn show(&self, message: &Message) -> anyhow::Result<()> {
        let shown = self.call(message, |message| show(&notification(message)), PATIENCE)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.push_back(shown.context("show it on the desktop")?);
        if held.len() > SHOWN {
            held.pop_front();
        }
        Ok(())
    }

    /// What `show` makes of `message`, on a thread of its own, unless that takes longer than `patience`.
    fn call<T: Send + 'static>(
        &self,
        message: &Message,
        show: impl FnOnce(&Message) -> T + Send + 'static,
        patience: Duration,
    ) -> anyhow::Result<T> {
        if self.busy.swap(true, Ordering::Acquire) {
            bail!("show it on the desktop: it still has not answered an earlier one");
        }
        let (tell, told) = bounded(1);
        let (message, call) = (message.clone(), Call(Arc::clone(&self.busy)));
        std::thread::spawn(move || {
            let shown = show(&message);
            drop(call);
            tell.send(shown).ok();
        });
        match told.recv_timeout(patience) {
            Ok(shown) => Ok(shown),
            Err(RecvTimeoutError::Timeout) => {
                bail!("show it on the desktop: no answer within {} s", patience.as_secs())
            }
            Err(RecvTimeoutError::Disconnected) => bail!("show it on the desktop: a defect of topside"),
        }
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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn message() -> Message {
        let (title, document) = ("webshop is done".to_owned(), "{}".to_owned());
        Message { title, body: None, urgent: false, document, variables: Vec::new(), made: Instant::now() }
    }

    #[test]
    fn a_desktop_that_hangs_is_called_once() {
        let desktop = Desktop::default();
        let (let_go, hangs) = bounded::<()>(0);
        let refused = |why: anyhow::Result<()>| why.expect_err("it is not shown").to_string();
        let hung = desktop.call(&message(), move |_| _ = hangs.recv(), Duration::ZERO);
        assert!(refused(hung).contains("no answer"));
        let more = desktop.call(&message(), |_| panic!("it is not called"), Duration::from_mins(1));
        assert!(refused(more).contains("an earlier one"));
        drop(let_go);
        while desktop.busy.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        assert!(desktop.call(&message(), |_| (), Duration::from_mins(1)).is_ok());
    }

    #[test]
    fn a_defect_is_called_one_and_ends_the_call() {
        let desktop = Desktop::default();
        let broken: anyhow::Result<()> = desktop.call(&message(), |_| panic!("a test"), Duration::from_mins(1));
        assert!(broken.expect_err("it is not shown").to_string().contains("a defect of topside"));
        while desktop.busy.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
    }
}
