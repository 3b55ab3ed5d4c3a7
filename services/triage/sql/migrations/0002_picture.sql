-- What a ticket is judged anew from: answers and names of findings, never a text. None for
-- tickets that were triaged before, which stay as they are.
ALTER TABLE ticket_triage ADD COLUMN picture jsonb;
