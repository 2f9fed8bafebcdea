-- What is read in Odoo and goes to Shopify.

-- A change that was seen: the same row with the same print is none. at: when it was seen last as
-- something new; rows older than any overlap are forgotten.
CREATE TABLE change_seen (
    backend INTEGER NOT NULL,
    poll    TEXT NOT NULL,    -- of jobs/polls.def
    id      INTEGER NOT NULL, -- Odoo's
    print   TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (backend, poll, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_seen_at ON change_seen (backend, poll, at);

-- What the shop may oversell: it offers more than Odoo has for it.
CREATE TABLE level_risk (
    backend  INTEGER NOT NULL,
    item     INTEGER NOT NULL, -- Shopify's
    location INTEGER NOT NULL,
    product  INTEGER NOT NULL, -- Odoo's
    title    TEXT NOT NULL,
    offered  INTEGER NOT NULL,
    free     INTEGER NOT NULL,
    unseen   INTEGER NOT NULL, -- in orders that Odoo has not
    why      TEXT NOT NULL,
    since    INTEGER NOT NULL,
    seen     INTEGER NOT NULL,
    PRIMARY KEY (backend, item, location)
) STRICT, WITHOUT ROWID;
CREATE INDEX level_risk_product ON level_risk (backend, product);
