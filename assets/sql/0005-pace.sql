-- How fast an import may go, and until when what that allows is used up.
ALTER TABLE import_run ADD COLUMN pace INTEGER NOT NULL DEFAULT 0; -- records a minute; 0: no limit
ALTER TABLE import_run ADD COLUMN paced INTEGER NOT NULL DEFAULT 0;
