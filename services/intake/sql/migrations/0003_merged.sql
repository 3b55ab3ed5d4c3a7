-- The ticket that a merged one goes on in.
ALTER TABLE ticket
    ADD COLUMN merged_into text,
    ADD CONSTRAINT ticket_merged CHECK (merged_into IS NULL OR state = 'closed');
