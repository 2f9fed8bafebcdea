-- What the core remembers. Times are microseconds since 1970 in UTC, 0: never. States of jobs
-- are the numbers of queue/state.def: 0 ready, 1 waiting, 2 running, 3 asking, 4 parked,
-- 5 noflow, 6 finished, 7 cancelled.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('run', 0);

CREATE TABLE backend (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    shop       TEXT NOT NULL,
    shop_url   TEXT NOT NULL,
    odoo_url   TEXT NOT NULL,
    odoo_db    TEXT NOT NULL,
    odoo_login TEXT NOT NULL,
    paused     INTEGER NOT NULL DEFAULT 0,
    paused_by  TEXT NOT NULL DEFAULT '',
    removed    INTEGER NOT NULL DEFAULT 0, -- when; its rows go away piece by piece
    created    INTEGER NOT NULL,
    changed    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX backend_name ON backend (name) WHERE removed = 0;
CREATE UNIQUE INDEX backend_shop ON backend (shop) WHERE removed = 0;

CREATE TABLE setting (
    key     TEXT PRIMARY KEY,
    value   TEXT NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE policy (
    backend INTEGER NOT NULL REFERENCES backend,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (backend, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE secret (
    backend     INTEGER NOT NULL REFERENCES backend,
    name        TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    changed     INTEGER NOT NULL,
    PRIMARY KEY (backend, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE mapping (
    id          INTEGER PRIMARY KEY,
    backend     INTEGER NOT NULL REFERENCES backend,
    kind        TEXT NOT NULL,
    key         TEXT NOT NULL,
    title       TEXT NOT NULL,
    value       TEXT, -- NULL: nobody has mapped it yet
    label       TEXT NOT NULL DEFAULT '',
    automatic   INTEGER NOT NULL DEFAULT 0,
    uses        INTEGER NOT NULL DEFAULT 0,
    last_used   INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL,
    by          TEXT NOT NULL DEFAULT '',
    guess       TEXT NOT NULL DEFAULT '',
    guess_label TEXT NOT NULL DEFAULT '',
    guess_score INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX mapping_key ON mapping (backend, kind, key);
CREATE INDEX mapping_list ON mapping (backend, kind, (value IS NOT NULL), key);

CREATE TABLE inbox (
    id           INTEGER PRIMARY KEY,
    backend      INTEGER NOT NULL, -- 0: unknown shop
    topic        TEXT NOT NULL,
    object       TEXT,
    shop         TEXT NOT NULL,
    webhook_id   TEXT,
    event_id     TEXT,
    triggered_at INTEGER NOT NULL,
    received     INTEGER NOT NULL,
    source       TEXT NOT NULL,
    verdict      INTEGER NOT NULL, -- 0 ok, 1 dup, 2 late, 3 rej
    reason       TEXT,
    bytes        INTEGER NOT NULL,
    us           INTEGER NOT NULL,
    job          INTEGER,
    kept         INTEGER NOT NULL, -- 1: the body is still here
    headers      TEXT,
    body         BLOB
) STRICT;
CREATE UNIQUE INDEX inbox_once ON inbox (webhook_id, topic, backend)
    WHERE webhook_id IS NOT NULL AND verdict IN (0, 2);
CREATE INDEX inbox_topic ON inbox (topic, id);
CREATE INDEX inbox_object ON inbox (object, id) WHERE object IS NOT NULL;
CREATE INDEX inbox_verdict ON inbox (verdict, id) WHERE verdict <> 0;
CREATE INDEX inbox_kept ON inbox (verdict, received) WHERE kept = 1;

CREATE TABLE block (
    source TEXT PRIMARY KEY,
    until  INTEGER NOT NULL,
    by     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lane (
    id          INTEGER PRIMARY KEY,
    backend     INTEGER NOT NULL REFERENCES backend,
    name        TEXT NOT NULL,
    max         INTEGER NOT NULL,
    held_by     TEXT NOT NULL DEFAULT '',
    held_reason TEXT NOT NULL DEFAULT '',
    held_since  INTEGER NOT NULL DEFAULT 0, -- 0: not held
    UNIQUE (backend, name)
) STRICT;

CREATE TABLE lane_count (
    lane  INTEGER NOT NULL,
    state INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (lane, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
    id        INTEGER PRIMARY KEY,
    backend   INTEGER NOT NULL,
    lane      INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    record    TEXT, -- NULL: none
    title     TEXT,
    state     INTEGER NOT NULL,
    priority  INTEGER NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    crashes   INTEGER NOT NULL DEFAULT 0,
    created   INTEGER NOT NULL,
    due       INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    started   INTEGER NOT NULL DEFAULT 0,
    attempts  INTEGER NOT NULL DEFAULT 0,
    inbox     INTEGER,
    problem   INTEGER,
    last_kind INTEGER NOT NULL DEFAULT 0,
    last_text TEXT
) STRICT;
CREATE INDEX job_due ON job (lane, priority, due, id) WHERE state < 2;
CREATE INDEX job_open ON job (backend, record, kind) WHERE state < 6 AND record IS NOT NULL;
CREATE INDEX job_running ON job (id) WHERE state = 2;
CREATE INDEX job_list ON job (lane, state, id);
CREATE INDEX job_record ON job (record, id) WHERE record IS NOT NULL;
CREATE INDEX job_problem ON job (problem, id) WHERE problem IS NOT NULL;

CREATE TABLE job_body (
    job     INTEGER PRIMARY KEY,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE attempt (
    id         INTEGER PRIMARY KEY, -- job * 1024 + number: a job's attempts lie together
    started    INTEGER NOT NULL,
    ended      INTEGER NOT NULL,
    outcome    INTEGER NOT NULL, -- the job's next state; -1: crashed
    kind       INTEGER NOT NULL,
    text       TEXT,
    request_id TEXT,
    request    TEXT,
    response   TEXT
) STRICT;

-- what was asked for many jobs and is not done yet: the writer goes on with it
CREATE TABLE task (
    id       INTEGER PRIMARY KEY,
    step     INTEGER NOT NULL, -- -1: priority
    priority INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    frozen   INTEGER NOT NULL, -- jobs that changed after it are left alone
    problem  INTEGER,          -- either this
    lane     INTEGER,          -- or lane and state
    state    INTEGER,
    last     INTEGER NOT NULL, -- the last job done
    left     INTEGER NOT NULL
) STRICT;

CREATE TABLE pair (
    id            INTEGER PRIMARY KEY,
    backend       INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    shopify_id    INTEGER,
    odoo_model    TEXT,
    odoo_id       INTEGER,
    title         TEXT,
    state         TEXT,
    shopify_print TEXT,
    odoo_print    TEXT,
    shopify_at    INTEGER NOT NULL DEFAULT 0,
    odoo_at       INTEGER NOT NULL DEFAULT 0,
    flags         INTEGER NOT NULL DEFAULT 0,
    created       INTEGER NOT NULL,
    updated       INTEGER NOT NULL,
    keys          TEXT, -- its rows in pair_key, one a line
    agreed        TEXT
) STRICT;
CREATE UNIQUE INDEX pair_shopify ON pair (shopify_id, backend, kind) WHERE shopify_id IS NOT NULL;
CREATE INDEX pair_odoo ON pair (odoo_id, backend, odoo_model) WHERE odoo_id IS NOT NULL;

CREATE TABLE pair_key (
    key     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    backend INTEGER NOT NULL,
    pair    INTEGER NOT NULL,
    PRIMARY KEY (key, kind, backend, pair)
) STRICT, WITHOUT ROWID;

CREATE TABLE effect (
    backend  INTEGER NOT NULL,
    mark     TEXT NOT NULL,
    job      INTEGER NOT NULL,
    step     TEXT NOT NULL,
    state    INTEGER NOT NULL, -- 1 sent, 2 known
    odoo_id  INTEGER NOT NULL DEFAULT 0,
    result   TEXT,
    intended INTEGER NOT NULL,
    known    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (backend, mark)
) STRICT, WITHOUT ROWID;

CREATE TABLE problem (
    id       INTEGER PRIMARY KEY,
    backend  INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    thing    TEXT NOT NULL,
    lane     TEXT NOT NULL,
    count    INTEGER NOT NULL DEFAULT 0,
    open     INTEGER NOT NULL DEFAULT 0,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    state    INTEGER NOT NULL DEFAULT 0, -- 0 new, 1 known, 2 muted, 3 solved
    assigned TEXT NOT NULL DEFAULT '',
    until    INTEGER NOT NULL DEFAULT 0,
    reason   TEXT NOT NULL DEFAULT '',
    sample   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX problem_cause ON problem (backend, kind, cause, thing);
CREATE INDEX problem_thing ON problem (backend, thing) WHERE thing <> '';
CREATE INDEX problem_rank ON problem (open, last, id);

CREATE TABLE problem_spark (
    problem INTEGER NOT NULL,
    slot    INTEGER NOT NULL, -- five minutes since 1970
    n       INTEGER NOT NULL,
    PRIMARY KEY (problem, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
    id      INTEGER PRIMARY KEY,
    backend INTEGER NOT NULL,
    record  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    what    TEXT NOT NULL,
    text    TEXT NOT NULL,
    job     INTEGER NOT NULL,
    by      TEXT NOT NULL
) STRICT;
CREATE INDEX history_record ON history (record, backend, id);

CREATE TABLE activity (
    id    INTEGER PRIMARY KEY,
    at    INTEGER NOT NULL,
    level INTEGER NOT NULL,
    text  TEXT NOT NULL,
    by    TEXT NOT NULL,
    job   INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    user   TEXT NOT NULL,
    uid    INTEGER NOT NULL,
    what   TEXT NOT NULL,
    object TEXT NOT NULL,
    before TEXT NOT NULL,
    after  TEXT NOT NULL,
    reason TEXT NOT NULL,
    origin TEXT NOT NULL,
    undo   TEXT, -- the inverse; NULL: none
    undone INTEGER NOT NULL DEFAULT 0, -- when; not part of the hash
    hash   BLOB NOT NULL               -- of the hash before and all that stands above
) STRICT;
CREATE INDEX audit_user ON audit (user, id);
CREATE INDEX audit_what ON audit (what, id);
CREATE INDEX audit_object ON audit (object, id);

CREATE TABLE metric (
    name    TEXT NOT NULL,
    minute  INTEGER NOT NULL, -- since 1970
    backend INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (name, minute, backend)
) STRICT, WITHOUT ROWID;

-- the same by the hour: a month is a few hundred rows
CREATE TABLE metric_hour (
    name    TEXT NOT NULL,
    hour    INTEGER NOT NULL, -- since 1970
    backend INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (name, hour, backend)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency (
    name    TEXT NOT NULL,
    minute  INTEGER NOT NULL,
    backend INTEGER NOT NULL,
    bucket  INTEGER NOT NULL, -- see metrics.h
    n       INTEGER NOT NULL,
    PRIMARY KEY (name, minute, backend, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency_hour (
    name    TEXT NOT NULL,
    hour    INTEGER NOT NULL,
    backend INTEGER NOT NULL,
    bucket  INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (name, hour, backend, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
    id      INTEGER PRIMARY KEY,
    backend INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    level   INTEGER NOT NULL,
    text    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    count   INTEGER NOT NULL DEFAULT 1,
    ended   INTEGER NOT NULL DEFAULT 0,
    seen_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX alert_open ON alert (backend, kind) WHERE ended = 0;

CREATE TABLE cursor (
    backend INTEGER NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (backend, name)
) STRICT, WITHOUT ROWID;
