-- +goose Up

-- The tag keys whose status as a cost allocation tag was ever set.
CREATE TABLE cost_tags (
    key     TEXT    NOT NULL PRIMARY KEY,
    active  INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
