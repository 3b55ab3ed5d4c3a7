-- The size up to which is being announced: a keeper that takes over goes on with the same window.
ALTER TABLE head_keeper ADD COLUMN announcing_size bigint NOT NULL DEFAULT 0;
