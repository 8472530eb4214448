//! Notifications of the desktop, over a real D-Bus with a desktop that listens.

#![expect(clippy::unused_self, clippy::used_underscore_binding, reason = "the interface says what is passed")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use zbus::OwnedVariant;

use crate::home::{Home, skip};

/// A bus of our own.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    /// `None` where no bus can be started.
    fn start() -> Option<Self> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        let mut daemon = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut address = String::new();
        BufReader::new(daemon.stdout.take()?).read_line(&mut address).ok()?;
        Some(Self { daemon, address: address.trim().to_owned() })
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().expect("it runs");
        self.daemon.wait().expect("it ends");
    }
}

/// A desktop that tells what it is told to show: who says it, the headline, the body.
struct Desktop(Mutex<Sender<[String; 3]>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Desktop {
    #[expect(clippy::too_many_arguments, reason = "the interface has these")]
    fn notify(
        &self,
        app: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        _timeout: i32,
    ) -> u32 {
        self.0.lock().expect("nobody panics").send([app, summary, body]).ok();
        1
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "body-markup".to_owned()]
    }
}

/// What the program says, and how it ends, where its bus is there.
fn told(address: &str) -> (Option<i32>, String) {
    let home = Home::new();
    let mut command = home.command(["notify", "test", "desktop"]);
    command.env("DBUS_SESSION_BUS_ADDRESS", address);
    let run = home.finish(command);
    (run.code, run.out)
}

#[test]
fn the_desktop_shows_what_it_is_told() {
    let Some(bus) = Bus::start() else { return skip("dbus-daemon is not there") };
    let (tell, shown) = mpsc::channel();
    let desktop = Desktop(Mutex::new(tell));
    let connection = zbus::connection::Builder::address(bus.address.as_str())
        .name("org.freedesktop.Notifications")
        .serve_at("/org/freedesktop/Notifications", desktop)
        .build();
    let _connection = zbus::block_on(connection).expect("a desktop");
    assert_eq!(told(&bus.address), (Some(0), "desktop: sent\n".to_owned()));
    let shown = shown.recv_timeout(Duration::from_mins(1)).expect("something is shown");
    assert_eq!(shown, ["topside", "topside can tell you here", "nothing happened; this is a test"]);
}

#[test]
fn without_a_desktop_it_says_so() {
    let (code, out) = told("unix:path=/nonexistent/bus");
    assert_eq!(code, Some(1));
    assert!(out.starts_with("desktop: failed to show it on the desktop: ") && out.lines().count() == 1, "{out}");
}
