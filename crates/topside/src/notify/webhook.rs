//! The one thing that topside sends anywhere: alerts, to the address a user wrote down for them.

use std::time::Duration;

use anyhow::anyhow;
use topside_catalog::text::neutralise;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::message::Message;

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after a failure the second attempt follows.
const PAUSE: Duration = Duration::from_secs(1);

/// An address that alerts are sent to. Its path may be a secret, so it has no `Debug` of its own and is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address(Uri);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.host())
    }
}

impl Address {
    /// The address that `text` is; `None` where it is none of HTTP.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let address: Uri = text.parse().ok()?;
        let known = matches!(address.scheme_str(), Some("http" | "https"));
        (known && address.host().is_some_and(|host| !host.is_empty())).then_some(Self(address))
    }

    /// Whose it is.
    pub(crate) fn host(&self) -> String {
        neutralise(self.0.host().unwrap_or_default())
    }

    /// Sends `message` there, and once again if that fails for a reason that may pass.
    pub(crate) fn send(&self, message: &Message) -> anyhow::Result<()> {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .tls_config(tls)
            // Alerts go where the user said and nowhere else.
            .max_redirects(0)
            .user_agent(concat!("topside/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = config.new_agent();
        let post = || {
            let request = agent.post(&self.0).header("content-type", "application/json");
            let answer = request.send(message.document.as_str())?;
            if answer.status().is_redirection() { Err(Error::RedirectFailed) } else { Ok(()) }
        };
        let sent = match post() {
            Err(error) if may_pass(&error) => {
                std::thread::sleep(PAUSE);
                post()
            }
            other => other,
        };
        // What went wrong may name the address.
        sent.map_err(|error| anyhow!("send it to {}: {}", self.host(), reason(&error)))
    }
}

/// True for a failure after which trying again makes sense.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::StatusCode(code) => *code >= 500 || *code == 429,
        Error::Io(_) | Error::Timeout(_) | Error::ConnectionFailed | Error::HostNotFound => true,
        _ => false,
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::StatusCode(code) => format!("it answers with status {code}"),
        Error::RedirectFailed => "it sends one elsewhere; write the address it names".to_owned(),
        Error::Timeout(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        Error::HostNotFound => "no such host is known".to_owned(),
        Error::Io(error) => neutralise(&error.to_string()),
        Error::Tls(_) | Error::Rustls(_) => {
            "no safe connection can be made; its certificate may not be trusted".to_owned()
        }
        _ => "it does not speak HTTP as expected".to_owned(),
    }
}
