-- A database as the first version left it: a reply that two sessions show, and three of their own.
PRAGMA application_id = 1953460339;
PRAGMA user_version = 1;
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,
    fork INTEGER NOT NULL,
    internal INTEGER NOT NULL,
    cwd TEXT,
    project TEXT,
    version TEXT,
    told_by INTEGER,               -- rank of the transcript that told parent, cwd, project and version
    first_at INTEGER,              -- all times: milliseconds since 1970
    last_at INTEGER,
    UNIQUE (agent, name)
) STRICT;

CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    path BLOB NOT NULL UNIQUE,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    len INTEGER NOT NULL,
    modified INTEGER NOT NULL,     -- nanoseconds since 1970
    offset INTEGER NOT NULL,
    head INTEGER NOT NULL,
    before INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

-- A transcript of a session, whichever file it lies in.
CREATE TABLE leaf (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session,
    rank INTEGER NOT NULL,
    contested INTEGER NOT NULL DEFAULT 0,  -- 1 once another leaf showed one of its replies
    UNIQUE (session, rank)
) STRICT;

CREATE TABLE told (
    file INTEGER NOT NULL REFERENCES file,
    leaf INTEGER NOT NULL REFERENCES leaf,
    PRIMARY KEY (file, leaf)
) STRICT, WITHOUT ROWID;

-- What replies have in common for which the same tokens cost the same.
CREATE TABLE billing (
    id INTEGER PRIMARY KEY,
    model TEXT,
    tier TEXT NOT NULL,
    regional INTEGER NOT NULL,
    size INTEGER NOT NULL
) STRICT;

CREATE TABLE reply (
    leaf INTEGER NOT NULL REFERENCES leaf,
    key INTEGER NOT NULL,
    flags INTEGER NOT NULL,        -- see row.rs
    at INTEGER,
    billing INTEGER NOT NULL REFERENCES billing,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    searches INTEGER NOT NULL,
    PRIMARY KEY (leaf, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX reply_shared ON reply (key) WHERE flags & 1;

-- Sums of the replies a leaf pays for, by quarter of an hour.
CREATE TABLE bucket (
    leaf INTEGER NOT NULL REFERENCES leaf,
    quarter INTEGER NOT NULL,      -- quarters of an hour since 1970; the least number where the time is not known
    billing INTEGER NOT NULL REFERENCES billing,
    first_at INTEGER,
    last_at INTEGER,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    searches INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    unsettled INTEGER NOT NULL,
    PRIMARY KEY (leaf, quarter, billing)
) STRICT, WITHOUT ROWID;

INSERT INTO session VALUES (1, 'a', 'one', NULL, 0, 0, NULL, NULL, NULL, 0, 1799971200000, 1799977200000);
INSERT INTO session VALUES (2, 'a', 'two', NULL, 0, 0, NULL, NULL, NULL, 0, 1799974200000, 1799977200000);
INSERT INTO file VALUES (1, 'a', CAST('/t/one' AS BLOB), 1, 3, 10, 0, 10, 1, 2, CAST('one' AS BLOB));
INSERT INTO file VALUES (2, 'a', CAST('/t/two' AS BLOB), 1, 4, 10, 0, 10, 1, 2, CAST('two' AS BLOB));
INSERT INTO leaf VALUES (1, 1, 0, 1), (2, 2, 0, 1);
INSERT INTO told VALUES (1, 1), (2, 2);
INSERT INTO billing VALUES (1, 'm', 'standard', 0, 0);
INSERT INTO reply VALUES (1, 1, 3, 1799971500000, 1, 0, 0, 0, 0, 10, 0, 0);
INSERT INTO reply VALUES (1, 2, 3, 1799972400000, 1, 0, 0, 0, 0, 30, 0, 0);
INSERT INTO reply VALUES (2, 1, 7, 1799971500000, 1, 0, 0, 0, 0, 10, 0, 0);
INSERT INTO reply VALUES (2, 3, 3, 1799974500000, 1, 0, 0, 0, 0, 7, 0, 0);
