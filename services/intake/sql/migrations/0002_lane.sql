-- In which lane a ticket's events travel. Tickets from before stay where they are.
ALTER TABLE ticket
    ADD COLUMN lane text NOT NULL DEFAULT 'routine' CHECK (lane IN ('urgent', 'routine'));
