-- +goose Up

-- How calls are logged in an account and region. The document is opaque JSON.
CREATE TABLE logging_configs (
    account  TEXT NOT NULL,
    region   TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, region)
) STRICT, WITHOUT ROWID;
