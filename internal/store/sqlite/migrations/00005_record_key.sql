-- +goose Up

-- Records are told apart by their time and their request id, in this order: they come in the order of time, so that
-- the index grows at its end. By random ids alone every record would change a page of its own.
CREATE TABLE timed_records (
    number     INTEGER NOT NULL PRIMARY KEY,
    request_id TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    account    TEXT    NOT NULL,
    resource   INTEGER NOT NULL REFERENCES resources (id),
    body       BLOB    NOT NULL,
    UNIQUE (at, request_id)
) STRICT;

INSERT INTO timed_records SELECT number, request_id, at, account, resource, body FROM usage_records;
DROP TABLE usage_records;
ALTER TABLE timed_records RENAME TO usage_records;
