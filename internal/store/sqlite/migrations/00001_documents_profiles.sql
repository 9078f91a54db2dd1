-- +goose Up

-- Times are nanoseconds since 1970-01-01T00:00:00Z.

-- What is read whole at start and lives in memory. Bodies are the writer's.
CREATE TABLE documents (
    collection TEXT NOT NULL,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    body       BLOB NOT NULL,
    PRIMARY KEY (collection, kind, key)
) STRICT;

-- How often each collection was changed. One that never was has no row.
CREATE TABLE document_revisions (
    collection TEXT    NOT NULL PRIMARY KEY,
    revision   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A profile carries the idempotency token of its create, so that the two cannot part.
CREATE TABLE profiles (
    account     TEXT    NOT NULL,
    region      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    token       TEXT,
    parameters  BLOB,
    policy      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (account, region, id),
    UNIQUE (account, region, token),
    CHECK ((token IS NULL) = (parameters IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_tags (
    account TEXT NOT NULL,
    region  TEXT NOT NULL,
    id      TEXT NOT NULL,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (account, region, id, key),
    FOREIGN KEY (account, region, id) REFERENCES profiles (account, region, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
