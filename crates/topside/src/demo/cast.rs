//! Who plays: each session of the simulated fleet, and what it does over time.

/// A session of the fleet.
pub(super) struct Part {
    /// Its name, where it has one.
    pub(super) name: Option<&'static str>,
    /// Folder it works in.
    pub(super) project: &'static str,
    /// Branch.
    pub(super) branch: &'static str,
    /// Commits ahead, new files, changed files.
    pub(super) changes: (u64, u64, u64),
    /// Model and how hard it thinks.
    pub(super) model: (&'static str, &'static str),
    /// Age in minutes when the show begins.
    pub(super) age: u64,
    /// Thousands of tokens used when the show begins.
    pub(super) tokens: u64,
    /// Thousands of tokens used a minute; zero for one that rests.
    pub(super) pace: u64,
    /// Share of the context used when the show begins, in percent.
    pub(super) context: u64,
    /// Seconds into its script when the show begins.
    pub(super) offset: u64,
    /// What it does: beats with their length in seconds, over and over.
    pub(super) script: &'static [(u64, Beat)],
    /// Place of its parent in [`CAST`], for a subagent.
    pub(super) parent: Option<usize>,
    /// Port that its process listens on, and by which command.
    pub(super) port: Option<(u16, &'static str)>,
}

/// What a session does for a while.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beat {
    Think,
    Run(&'static str),
    Edit(&'static str),
    Children(u32),
    Compact,
    Retry,
    Approve(&'static str),
    Ask(&'static str),
    Done,
    Limit,
    Fail(&'static str),
    New,
    End,
    Interrupt,
    Crash,
    Unclear,
}

/// Longer than anybody watches: the beat of a session that rests.
const FOREVER: u64 = 1_000_000_000;

const LARGE: (&str, &str) = ("gpt-5.6-codex", "high");
const SMALL: (&str, &str) = ("gpt-5.6-mini", "medium");

const fn part(project: &'static str, branch: &'static str, script: &'static [(u64, Beat)]) -> Part {
    Part {
        name: None,
        project,
        branch,
        changes: (0, 0, 0),
        model: LARGE,
        age: 40,
        tokens: 300,
        pace: 0,
        context: 30,
        offset: 0,
        script,
        parent: None,
        port: None,
    }
}

/// The fleet. A parent stands before its children.
pub(super) const CAST: &[Part] = &[
    Part {
        name: Some("release 2.4"),
        changes: (2, 1, 7),
        age: 132,
        tokens: 1_840,
        context: 84,
        offset: 252,
        ..part(
            "payments",
            "main",
            &[
                (480, Beat::Approve("npm publish --tag next")),
                (25, Beat::Run("npm publish --tag next")),
                (35, Beat::Think),
            ],
        )
    },
    Part {
        changes: (0, 0, 3),
        offset: 38,
        context: 22,
        ..part("gateway", "fix/cors", &[(400, Beat::Ask("Allow every origin, or only the shop's?")), (50, Beat::Think)])
    },
    Part {
        changes: (1, 0, 12),
        tokens: 940,
        pace: 21,
        context: 58,
        offset: 12,
        port: Some((5173, "node node_modules/.bin/vite")),
        ..part(
            "webshop",
            "feat/basket",
            &[
                (45, Beat::Edit("src/basket/total.ts")),
                (30, Beat::Think),
                (95, Beat::Run("npm test -- basket")),
                (20, Beat::Edit("src/basket/total.test.ts")),
                (25, Beat::Compact),
            ],
        )
    },
    Part {
        name: Some("search index"),
        tokens: 373,
        pace: 9,
        context: 41,
        offset: 31,
        ..part(
            "webshop",
            "wt/search",
            &[(140, Beat::Run("cargo test --package index")), (25, Beat::Think), (15, Beat::Edit("index/src/rank.rs"))],
        )
    },
    Part {
        changes: (0, 2, 3),
        age: 12,
        tokens: 101,
        pace: 3,
        context: 18,
        offset: 185,
        ..part("atlas", "feat/map", &[(600, Beat::Children(2)), (60, Beat::Think)])
    },
    Part {
        name: Some("tiles"),
        parent: Some(4),
        model: SMALL,
        age: 4,
        tokens: 62,
        pace: 14,
        context: 26,
        ..part(
            "atlas",
            "feat/map",
            &[(30, Beat::Run("rg --files tiles")), (40, Beat::Think), (35, Beat::Edit("tiles/cache.py"))],
        )
    },
    Part {
        name: Some("legend"),
        parent: Some(4),
        model: SMALL,
        age: 3,
        tokens: 48,
        pace: 11,
        context: 12,
        offset: 20,
        ..part("atlas", "feat/map", &[(50, Beat::Think), (30, Beat::Run("pytest legend -q"))])
    },
    Part {
        model: SMALL,
        age: 75,
        tokens: 220,
        context: 38,
        offset: 540,
        ..part("handbook", "main", &[(FOREVER, Beat::Limit)])
    },
    Part {
        changes: (0, 0, 1),
        tokens: 66,
        offset: 95,
        ..part("mailer", "main", &[(300, Beat::Fail("the server is overloaded")), (20, Beat::Retry), (60, Beat::Think)])
    },
    Part {
        tokens: 512,
        context: 63,
        offset: 240,
        changes: (3, 0, 0),
        ..part("invoices", "fix/vat", &[(FOREVER, Beat::Done)])
    },
    Part { age: 1, tokens: 0, context: 0, offset: 50, ..part("scratch", "main", &[(FOREVER, Beat::New)]) },
    Part { model: SMALL, offset: 400, ..part("telemetry", "main", &[(FOREVER, Beat::Unclear)]) },
    Part {
        name: Some("old api"),
        age: 190,
        offset: 130,
        port: Some((8080, "python3 -m http.server 8080")),
        ..part("old-api", "main", &[(FOREVER, Beat::End)])
    },
    Part { age: 55, offset: 310, ..part("infra", "bump/runner", &[(FOREVER, Beat::Interrupt)]) },
    Part { age: 20, offset: 200, ..part("reports", "main", &[(FOREVER, Beat::Crash)]) },
];
