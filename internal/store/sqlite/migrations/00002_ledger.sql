-- +goose Up

-- What calls were made to. Their names are long and few.
CREATE TABLE resources (
    id   INTEGER NOT NULL PRIMARY KEY,
    text TEXT    NOT NULL UNIQUE
) STRICT;

-- One row a call. Bodies are the writer's; the other columns are what they are found by.
CREATE TABLE usage_records (
    number     INTEGER NOT NULL PRIMARY KEY,
    request_id TEXT    NOT NULL UNIQUE,
    at         INTEGER NOT NULL,
    account    TEXT    NOT NULL,
    resource   INTEGER NOT NULL REFERENCES resources (id),
    body       BLOB    NOT NULL
) STRICT;

CREATE INDEX usage_records_by_time ON usage_records (at);

-- What lines are keyed by: JSON, named by small numbers.
CREATE TABLE rollup_keys (
    id   INTEGER NOT NULL PRIMARY KEY,
    text TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE tag_sets (
    number INTEGER NOT NULL PRIMARY KEY,
    id     TEXT    NOT NULL UNIQUE,
    tags   TEXT    NOT NULL
) STRICT;

-- A cost is usd dollars and pico pico-dollars, with 0 <= pico < 10^12, so that sum() stays exact.
CREATE TABLE rollup_hours (
    period    INTEGER NOT NULL,
    key       INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    usd       INTEGER NOT NULL,
    pico      INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    unpriced  INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    PRIMARY KEY (period, key)
) STRICT, WITHOUT ROWID;

-- The same by day, so that a month is thirty rows a key and not seven hundred.
CREATE TABLE rollup_days (
    period    INTEGER NOT NULL,
    key       INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    usd       INTEGER NOT NULL,
    pico      INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    unpriced  INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    PRIMARY KEY (period, key)
) STRICT, WITHOUT ROWID;

-- How far each run of a journal has been ingested.
CREATE TABLE journal_marks (
    run     BLOB    NOT NULL PRIMARY KEY,
    through INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE repricings (
    id        TEXT    NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    by        TEXT    NOT NULL,
    from_time INTEGER NOT NULL,
    to_time   INTEGER NOT NULL,
    before    TEXT    NOT NULL,
    after     TEXT    NOT NULL,
    records   INTEGER NOT NULL,
    delta     TEXT    NOT NULL
) STRICT;
