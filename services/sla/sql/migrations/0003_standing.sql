-- Where a ticket stands among others. Tickets from before are placed by what their clocks say (a
-- breached one binds until it stops: from then on it has `used_s`), the rest of it comes with their
-- next event.
ALTER TABLE sla_case ADD COLUMN standing jsonb;

UPDATE sla_case AS c
SET standing = jsonb_strip_nulls(jsonb_build_object(
    'level', k.level, 'clock', CASE WHEN k.due_at IS NOT NULL THEN k.clock END, 'due_at', k.due_at))
FROM (
    SELECT DISTINCT ON (ticket_id) ticket_id, level, clock, due_at
    FROM clock
    WHERE state IN ('pending', 'paused') OR (state = 'breached' AND used_s IS NULL)
    ORDER BY ticket_id, due_at NULLS LAST, clock, generation
) AS k
WHERE k.ticket_id = c.ticket_id;

-- Whoever asks for open tickets does not read all there ever were.
CREATE INDEX sla_case_open ON sla_case (ticket_id) WHERE standing IS NOT NULL;

-- Open tickets, to be put in working order.
CREATE VIEW queue AS
SELECT ticket_id, shop_id, standing ->> 'level' AS level, standing ->> 'group' AS queue_group,
       standing ->> 'clock' AS binding_clock,
       (standing ->> 'due_at')::timestamptz AS binding_due_at,
       (standing ->> 'platform_due_at')::timestamptz AS platform_due_at,
       (standing ->> 'silence_costs_fen')::bigint AS silence_costs_fen
FROM sla_case
WHERE standing IS NOT NULL;
