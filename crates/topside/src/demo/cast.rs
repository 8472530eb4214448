//! Who plays: each session of the simulated fleet, and what it does over time.

use super::agent::{CLAUDE, CODEX};
use super::part::{Beat, FOREVER, Part, part};

const SMALL: &str = "gpt-5.6-luna";
const OPUS: &str = "claude-opus-5";

/// The fleet. A parent stands before its children.
pub(super) static CAST: &[Part] = &[
    Part {
        name: Some("release 2.4"),
        changes: (2, 1, 7),
        age: 132,
        tokens: 1_840,
        context: 84,
        offset: 252,
        ..part(
            &CLAUDE,
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
        ..part(
            &CODEX,
            "gateway",
            "fix/cors",
            &[(400, Beat::Ask("Allow every origin, or only the shop's?")), (50, Beat::Think)],
        )
    },
    Part {
        age: 18,
        tokens: 96,
        offset: 75,
        context: 31,
        ..part(
            &CLAUDE,
            "billing",
            "main",
            &[
                (420, Beat::Plan("split the nightly job in three, one per region")),
                (60, Beat::Think),
                (50, Beat::Edit("jobs/nightly.py")),
            ],
        )
    },
    Part {
        age: 25,
        tokens: 140,
        offset: 19,
        context: 44,
        changes: (0, 1, 0),
        ..part(
            &CLAUDE,
            "search-ui",
            "feat/facets",
            &[(380, Beat::Ask("Facets as chips or as a side bar?")), (40, Beat::Think)],
        )
    },
    Part {
        name: Some("basket totals"),
        changes: (1, 0, 12),
        tokens: 940,
        pace: 21,
        context: 58,
        offset: 12,
        server: Some("node node_modules/.bin/vite"),
        port: Some(5173),
        ..part(
            &CLAUDE,
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
        name: Some("checkout tests"),
        changes: (1, 0, 12),
        tokens: 128,
        context: 24,
        offset: 1_460,
        ..part(
            &CODEX,
            "webshop",
            "feat/basket",
            &[(FOREVER, Beat::Hang("npx playwright test checkout")), (60, Beat::Edit("src/basket/total.ts"))],
        )
    },
    Part {
        name: Some("search index"),
        tokens: 373,
        pace: 9,
        context: 41,
        offset: 31,
        ..part(
            &CODEX,
            "webshop",
            "wt/search",
            &[(140, Beat::Run("cargo test --package index")), (25, Beat::Think), (15, Beat::Edit("index/src/rank.rs"))],
        )
    },
    Part {
        name: Some("map"),
        changes: (0, 2, 3),
        age: 12,
        tokens: 101,
        pace: 3,
        context: 18,
        offset: 185,
        ..part(&CODEX, "atlas", "feat/map", &[(600, Beat::Children(2)), (60, Beat::Think)])
    },
    Part {
        name: Some("tiles"),
        parent: Some("map"),
        model: SMALL,
        age: 4,
        tokens: 62,
        pace: 14,
        context: 26,
        ..part(
            &CODEX,
            "atlas",
            "feat/map",
            &[(30, Beat::Run("rg --files tiles")), (40, Beat::Think), (35, Beat::Edit("tiles/cache.py"))],
        )
    },
    Part {
        name: Some("legend"),
        parent: Some("map"),
        model: SMALL,
        age: 3,
        tokens: 48,
        pace: 11,
        context: 12,
        offset: 20,
        ..part(&CODEX, "atlas", "feat/map", &[(50, Beat::Think), (30, Beat::Run("pytest legend -q"))])
    },
    Part {
        name: Some("audit"),
        age: 31,
        tokens: 620,
        pace: 34,
        context: 37,
        offset: 66,
        ..part(&CLAUDE, "kernel", "main", &[(300, Beat::Children(2)), (45, Beat::Think)])
    },
    Part {
        name: Some("explorer"),
        parent: Some("audit"),
        age: 2,
        tokens: 210,
        pace: 120,
        context: 15,
        ..part(&CLAUDE, "kernel", "main", &[(20, Beat::Run("rg -n unsafe src")), (25, Beat::Think)])
    },
    Part {
        name: Some("reviewer"),
        parent: Some("audit"),
        age: 2,
        tokens: 180,
        pace: 90,
        context: 21,
        offset: 9,
        ..part(&CLAUDE, "kernel", "main", &[(30, Beat::Think), (20, Beat::Run("cargo miri test"))])
    },
    Part {
        model: OPUS,
        age: 75,
        tokens: 2_200,
        context: 38,
        offset: 540,
        ..part(&CLAUDE, "handbook", "main", &[(FOREVER, Beat::Limit)])
    },
    Part {
        changes: (0, 0, 1),
        tokens: 66,
        offset: 95,
        ..part(
            &CODEX,
            "mailer",
            "main",
            &[(300, Beat::Fail("the server is overloaded")), (20, Beat::Retry), (60, Beat::Think)],
        )
    },
    Part {
        age: 50,
        tokens: 410,
        context: 49,
        offset: 160,
        changes: (0, 0, 4),
        ..part(
            &CLAUDE,
            "importer",
            "fix/utf8",
            &[(260, Beat::Fail("OAuth token has expired")), (90, Beat::Think), (40, Beat::Edit("src/csv.rs"))],
        )
    },
    Part {
        age: 22,
        tokens: 170,
        pace: 6,
        context: 27,
        offset: 8,
        ..part(
            &CLAUDE,
            "newsletter",
            "main",
            &[(24, Beat::Retry), (150, Beat::Think), (40, Beat::Edit("templates/digest.html"))],
        )
    },
    Part {
        tokens: 512,
        context: 63,
        offset: 240,
        changes: (3, 0, 0),
        ..part(&CODEX, "invoices", "fix/vat", &[(FOREVER, Beat::Done)])
    },
    Part {
        age: 64,
        tokens: 730,
        context: 55,
        offset: 130,
        server: Some("node server.js"),
        port: Some(3000),
        ..part(&CLAUDE, "preview", "main", &[(FOREVER, Beat::Background(1))])
    },
    Part { age: 1, tokens: 0, context: 0, offset: 50, ..part(&CODEX, "scratch", "main", &[(FOREVER, Beat::New)]) },
    Part {
        name: Some("tidy the drawer"),
        age: 240,
        tokens: 880,
        context: 71,
        offset: 3 * 24 * 3_600,
        ..part(&CLAUDE, "attic", "main", &[(FOREVER, Beat::Done)])
    },
    Part { model: SMALL, offset: 400, ..part(&CODEX, "telemetry", "main", &[(FOREVER, Beat::Unclear)]) },
    Part {
        name: Some("old api"),
        age: 190,
        offset: 130,
        server: Some("python3 -m http.server 8080"),
        port: Some(8080),
        ..part(&CODEX, "old-api", "main", &[(FOREVER, Beat::End)])
    },
    Part {
        age: 33,
        offset: 260,
        tokens: 150,
        server: Some("npx @playwright/mcp --headless"),
        ..part(&CLAUDE, "fonts", "main", &[(FOREVER, Beat::End)])
    },
    Part { age: 55, offset: 310, ..part(&CODEX, "infra", "bump/runner", &[(FOREVER, Beat::Interrupt)]) },
    Part { age: 20, offset: 200, ..part(&CLAUDE, "reports", "main", &[(FOREVER, Beat::Crash)]) },
];
