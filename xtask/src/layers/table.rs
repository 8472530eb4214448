//! Who may depend on whom. The table of rooms, as data.

/// One crate and what it may use.
#[derive(Debug)]
pub(super) struct Room {
    /// Its package.
    pub(super) package: &'static str,
    /// Packages of this workspace it may depend on.
    pub(super) may_use: &'static [&'static str],
    /// What its `clippy.toml` must ban.
    pub(super) never: &'static [Ban],
}

/// A group of calls that a room forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ban {
    Files,
    Environment,
    Clock,
    Programs,
    Sleep,
    Network,
}

/// Everything that touches the machine.
const MACHINE: &[Ban] = &[Ban::Files, Ban::Environment, Ban::Clock, Ban::Programs, Ban::Sleep, Ban::Network];

/// Every crate of the workspace but `xtask`, in the direction the data flows.
pub(super) const ROOMS: &[Room] = &[
    Room { package: "topside-model", may_use: &[], never: MACHINE },
    Room { package: "topside-probe", may_use: &["topside-model"], never: &[] },
    Room { package: "topside-collect", may_use: &["topside-model", "topside-probe"], never: MACHINE },
    Room { package: "topside-engine", may_use: &["topside-model"], never: MACHINE },
    Room {
        package: "topside-store",
        may_use: &["topside-model"],
        never: &[Ban::Environment, Ban::Clock, Ban::Programs, Ban::Sleep, Ban::Network],
    },
    Room { package: "topside-catalog", may_use: &["topside-model"], never: MACHINE },
    Room { package: "topside-tui", may_use: &["topside-model", "topside-catalog"], never: MACHINE },
    Room { package: "topside-export", may_use: &["topside-model", "topside-catalog"], never: MACHINE },
    Room { package: "topside", may_use: SHIPPED, never: &[] },
    Room { package: "topside-testkit", may_use: SHIPPED, never: &[] },
];

/// The libraries the binary is made of.
const SHIPPED: &[&str] = &[
    "topside-model",
    "topside-probe",
    "topside-collect",
    "topside-engine",
    "topside-store",
    "topside-catalog",
    "topside-tui",
    "topside-export",
];

/// Touches the machine, alone.
const PROBE: &str = "topside-probe";
/// Ships nothing and may use everything.
pub(super) const TASKS: &str = "xtask";
/// Helps tests; nothing that ships may depend on it.
pub(super) const TESTKIT: &str = "topside-testkit";

/// A library from outside and the only packages that may name it.
#[derive(Debug)]
pub(super) struct Reserved {
    pub(super) package: &'static str,
    pub(super) only: &'static [&'static str],
}

/// Libraries that belong to one room: screens, what touches the machine, what runs tasks.
pub(super) const RESERVED: &[Reserved] = &[
    Reserved { package: "ratatui", only: &["topside-tui"] },
    Reserved { package: "crossterm", only: &["topside-tui"] },
    Reserved { package: "git2", only: &[PROBE] },
    Reserved { package: "libproc", only: &[PROBE, "topside"] },
    Reserved { package: "listeners", only: &[PROBE] },
    Reserved { package: "netlink-sys", only: &[PROBE] },
    Reserved { package: "notify", only: &[PROBE] },
    Reserved { package: "notify-rust", only: &["topside"] },
    Reserved { package: "rusqlite", only: &[PROBE, "topside-store", TESTKIT] },
    Reserved { package: "rustix", only: &[PROBE, "topside", TASKS] },
    Reserved { package: "sysinfo", only: &[PROBE, "topside"] },
    Reserved { package: "ureq", only: &["topside"] },
    Reserved { package: "winapi-util", only: &[PROBE] },
    Reserved { package: "zbus", only: &["topside"] },
    Reserved { package: "zstd", only: &[PROBE, TESTKIT] },
    Reserved { package: "anyhow", only: &["topside", TESTKIT, TASKS] },
    Reserved { package: "clap", only: &["topside", TASKS] },
    Reserved { package: "axum", only: &[TESTKIT] },
    Reserved { package: "rmcp", only: &["topside"] },
    Reserved { package: "tokio", only: &["topside", TESTKIT] },
];

impl Ban {
    /// The calls of the group, as `clippy.toml` names them.
    pub(super) fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Files => FILES,
            Self::Environment => &[
                "std::env::var",
                "std::env::var_os",
                "std::env::vars",
                "std::env::vars_os",
                "std::env::current_dir",
                "std::env::home_dir",
                "std::env::temp_dir",
            ],
            Self::Clock => &[
                "std::time::SystemTime::now",
                "std::time::Instant::now",
                "jiff::Timestamp::now",
                "jiff::Zoned::now",
                "jiff::tz::TimeZone::system",
            ],
            Self::Programs => &["std::process::Command::new"],
            Self::Sleep => &["std::thread::sleep"],
            Self::Network => &[
                "std::net::TcpStream::connect",
                "std::net::TcpStream::connect_timeout",
                "std::net::TcpListener::bind",
                "std::net::UdpSocket::bind",
            ],
        }
    }
}

const FILES: &[&str] = &[
    "std::fs::canonicalize",
    "std::fs::copy",
    "std::fs::create_dir",
    "std::fs::create_dir_all",
    "std::fs::exists",
    "std::fs::hard_link",
    "std::fs::metadata",
    "std::fs::read",
    "std::fs::read_dir",
    "std::fs::read_link",
    "std::fs::read_to_string",
    "std::fs::remove_dir",
    "std::fs::remove_dir_all",
    "std::fs::remove_file",
    "std::fs::rename",
    "std::fs::set_permissions",
    "std::fs::symlink_metadata",
    "std::fs::write",
    "std::fs::File::create",
    "std::fs::File::create_new",
    "std::fs::File::open",
    "std::fs::OpenOptions::open",
    "std::path::Path::canonicalize",
    "std::path::Path::exists",
    "std::path::Path::is_dir",
    "std::path::Path::is_file",
    "std::path::Path::is_symlink",
    "std::path::Path::metadata",
    "std::path::Path::read_dir",
    "std::path::Path::read_link",
    "std::path::Path::symlink_metadata",
    "std::path::Path::try_exists",
];
