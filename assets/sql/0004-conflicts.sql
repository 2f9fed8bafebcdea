-- What a person is asked because nobody owns a field that moved on both sides. States are the
-- numbers of store/conflicts.def: 0 open, 1 answered, 2 undoing, 3 decided, 4 overtaken.

CREATE TABLE conflict (
    id         INTEGER PRIMARY KEY,
    backend    INTEGER NOT NULL,
    kind       TEXT NOT NULL,    -- of the record, as in sync/kinds.def
    record     TEXT NOT NULL,    -- "customer:5512345"
    title      TEXT NOT NULL,
    pair       INTEGER NOT NULL,
    job        INTEGER NOT NULL, -- the one that asks
    job_kind   TEXT NOT NULL,    -- and what does its work when it is gone
    lane       TEXT NOT NULL,
    state      INTEGER NOT NULL,
    version    TEXT NOT NULL,    -- of the values below: another one later means that a side moved
    fields     TEXT NOT NULL,    -- [{field, label, type, agreed, shopify, odoo}]
    same       TEXT,             -- {label: value} of what both hold alike; NULL: not kept
    answer     TEXT,             -- {field: {take, value}}
    summary    TEXT NOT NULL DEFAULT '', -- of the answer, in words and without values
    count      INTEGER NOT NULL, -- of fields
    shopify_at INTEGER NOT NULL, -- when that side changed; 0: not known
    odoo_at    INTEGER NOT NULL,
    asked      INTEGER NOT NULL, -- the first time
    moved      INTEGER NOT NULL DEFAULT 0, -- how often it was asked anew because a side moved
    skipped    INTEGER NOT NULL DEFAULT 0, -- until
    skipped_by TEXT NOT NULL DEFAULT '',
    by         TEXT NOT NULL DEFAULT '',
    answered   INTEGER NOT NULL DEFAULT 0,
    ended      INTEGER NOT NULL DEFAULT 0,
    why        TEXT NOT NULL DEFAULT '', -- asked anew, not undone, overtaken: because
    updated    INTEGER NOT NULL
) STRICT;
-- one question about a record at a time
CREATE UNIQUE INDEX conflict_live ON conflict (record, backend) WHERE state < 3;
CREATE INDEX conflict_state ON conflict (state, kind, id, skipped); -- also counts by itself
CREATE INDEX conflict_pair ON conflict (pair);
CREATE INDEX conflict_ended ON conflict (ended) WHERE state >= 3;

CREATE TABLE conflict_field (
    kind     TEXT NOT NULL,
    field    TEXT NOT NULL,
    backend  INTEGER NOT NULL,
    live     INTEGER NOT NULL, -- 0: its conflict has ended
    conflict INTEGER NOT NULL,
    PRIMARY KEY (kind, field, backend, live, conflict)
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_field_of ON conflict_field (conflict);
