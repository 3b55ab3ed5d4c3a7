-- Dead letters that a person wants to see worked on again, or never again.
ALTER TABLE dead_letter
    ADD COLUMN requested_at timestamptz,
    ADD COLUMN dropped_at timestamptz,
    ADD COLUMN dropped_because text;
CREATE INDEX dead_letter_asked ON dead_letter (desk, requested_at)
WHERE requested_at IS NOT NULL AND replayed_at IS NULL;
