-- The guided first import: a run, its steps in order, and each record the shop told of with what
-- would become of it and what did. States and verdicts are the numbers of store/imports.def.

CREATE TABLE import_run (
    id      INTEGER PRIMARY KEY,
    backend INTEGER NOT NULL REFERENCES backend,
    state   INTEGER NOT NULL,
    paused  INTEGER NOT NULL DEFAULT 0,
    hours   TEXT NOT NULL DEFAULT '', -- "22-6": begins nothing outside of these; '': at any time
    by      TEXT NOT NULL,            -- who spoke last: began, paused, went on
    why     TEXT NOT NULL DEFAULT '', -- of a pause, of a stop
    error   INTEGER NOT NULL DEFAULT 0, -- the kind of err that paused it; 0: a person did
    carry   TEXT NOT NULL DEFAULT '', -- why a step need not wait for the records parked before it
    created INTEGER NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0, -- when the plan was whole
    updated INTEGER NOT NULL,
    ended   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX import_run_open ON import_run (backend) WHERE ended = 0;
CREATE INDEX import_run_list ON import_run (backend, id);

CREATE TABLE import_step (
    run       INTEGER NOT NULL,
    step      INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    scope     TEXT NOT NULL DEFAULT '', -- the search that Shopify is asked with, '': all
    shopify   INTEGER NOT NULL DEFAULT -1, -- what Shopify says it has; -1: not asked
    odoo      INTEGER NOT NULL DEFAULT -1, -- what Odoo had before
    read      INTEGER NOT NULL DEFAULT 0,
    judged    INTEGER NOT NULL DEFAULT 0,
    made      INTEGER NOT NULL DEFAULT 0, -- verdicts of the plan
    same      INTEGER NOT NULL DEFAULT 0,
    changes   INTEGER NOT NULL DEFAULT 0,
    refused   INTEGER NOT NULL DEFAULT 0,
    queued    INTEGER NOT NULL DEFAULT 0, -- states of the records
    done      INTEGER NOT NULL DEFAULT 0,
    parked    INTEGER NOT NULL DEFAULT 0,
    skipped   INTEGER NOT NULL DEFAULT 0,
    moved     INTEGER NOT NULL DEFAULT 0,
    operation TEXT NOT NULL DEFAULT '',   -- Shopify's, that prepares the file
    restarts  INTEGER NOT NULL DEFAULT 0, -- how often one gave no more and another was asked for
    paged     INTEGER NOT NULL DEFAULT 0, -- read page by page, without one
    place     TEXT NOT NULL DEFAULT '',   -- how far it is read
    whole     INTEGER NOT NULL DEFAULT 0, -- all of it is here
    forced    TEXT NOT NULL DEFAULT '',   -- why a person let it begin before the one before was done
    note      TEXT NOT NULL DEFAULT '',   -- the verdict in words
    result    TEXT NOT NULL DEFAULT '',   -- of verify: counts and sums of both sides, JSON
    worked    INTEGER NOT NULL DEFAULT 0, -- microseconds of applying, without pauses
    started   INTEGER NOT NULL DEFAULT 0,
    ended     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_item (
    id       INTEGER PRIMARY KEY, -- in the order of the file
    run      INTEGER NOT NULL,
    step     INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    verdict  INTEGER NOT NULL,
    record   TEXT NOT NULL,  -- "customer:5512345"
    title    TEXT NOT NULL,
    model    TEXT NOT NULL DEFAULT '',
    odoo     INTEGER NOT NULL DEFAULT 0,
    print    TEXT NOT NULL DEFAULT '', -- of the plan: another one later means that a side moved
    changes  TEXT,                     -- JSON
    error    INTEGER NOT NULL DEFAULT 0,
    why      TEXT NOT NULL DEFAULT '',
    thing    TEXT NOT NULL DEFAULT '',
    job      INTEGER NOT NULL DEFAULT 0,
    made     INTEGER NOT NULL DEFAULT 0 -- this run made it in Odoo
) STRICT;
CREATE UNIQUE INDEX import_item_record ON import_item (run, step, record);
CREATE INDEX import_item_state ON import_item (run, step, state, id);
CREATE INDEX import_item_verdict ON import_item (run, step, verdict, id);

-- the record as Shopify told it, until a job has it
CREATE TABLE import_body (
    item INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- what the records of a run use: mapped, or not yet; and what a step plans to make for later ones
CREATE TABLE import_use (
    run   INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    title TEXT NOT NULL,
    uses  INTEGER NOT NULL,
    lacking INTEGER NOT NULL DEFAULT 0,  -- a person has to map it, as the last look found
    PRIMARY KEY (run, kind, key)
) STRICT, WITHOUT ROWID;

-- every variant that was read, so that a SKU which several have is seen whatever lies between them
CREATE TABLE import_variant (
    run     INTEGER NOT NULL,
    variant INTEGER NOT NULL, -- Shopify's, as is product
    item    INTEGER NOT NULL,
    product INTEGER NOT NULL,
    sku     TEXT NOT NULL,    -- as mappings name it: "sku:" and this
    title   TEXT NOT NULL,
    price   TEXT NOT NULL,
    PRIMARY KEY (run, variant)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_variant_sku ON import_variant (run, sku) WHERE sku <> '';

-- what is asked about them; the answers are mappings of kind "product"
CREATE TABLE import_clinic (
    id        INTEGER PRIMARY KEY,
    run       INTEGER NOT NULL,
    variant   INTEGER NOT NULL,
    kind      INTEGER NOT NULL, -- store/clinic.h
    proposals TEXT              -- [{product_id, label, by, score}]
) STRICT;
CREATE UNIQUE INDEX import_clinic_variant ON import_clinic (run, variant);
CREATE INDEX import_clinic_list ON import_clinic (run, id);
CREATE INDEX import_clinic_kind ON import_clinic (run, kind, id);
