-- name: begin_forecast
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: clocks_are_there
SELECT to_regclass('sla.clock') IS NOT NULL;

-- name: enter_sla
SELECT set_config('search_path', 'sla', true);

-- name: forecast_now
-- Business time; and the youngest moment at which anything was told, where $1 asks for it.
SELECT clock_now() AS now, (SELECT max(told_at) FROM clock_event WHERE $1) AS youngest;

-- name: watched_clocks
-- Clocks of tickets that have one due until $3, the $4 tickets next to their deadline at most, and
-- clocks that began since $2: of a part of the tickets, so that there are about $5. Both with all
-- that began of their tickets since. $1 is now. `parts`: one ticket in so many was taken.
WITH size AS (
    -- By the size of today: the count may be old, and a table never analysed has none.
    SELECT CASE WHEN c.relpages > 0 THEN c.reltuples * (p.pages / c.relpages) ELSE 30 * p.pages END
           * least(1, extract(epoch FROM $1 - $2::timestamptz)
           / greatest(extract(epoch FROM $1 - o.anchor_at), 1)) AS clocks
    FROM pg_class AS c LEFT JOIN (SELECT anchor_at FROM clock LIMIT 1) AS o ON true,
         LATERAL (SELECT pg_relation_size(c.oid) / current_setting('block_size')::double precision
                  AS pages) AS p
    WHERE c.oid = 'clock'::regclass
), share AS (
    SELECT greatest(1, ceil(coalesce(clocks, 0) / $5))::integer AS parts FROM size
), soon AS (
    SELECT DISTINCT ticket_id FROM (
        SELECT ticket_id FROM clock
        WHERE state IN ('pending', 'paused') AND due_at > $1 AND due_at <= $3
        ORDER BY due_at LIMIT $4) AS s
), chosen AS (
    SELECT k.*, s.parts FROM share AS s, clock AS k
    WHERE k.anchor_at >= $2 AND k.anchor_at <= $1
      AND (hashtext(k.ticket_id) & 2147483647) % s.parts = 0
    UNION ALL
    SELECT k.*, s.parts FROM share AS s, soon AS n JOIN clock AS k ON k.ticket_id = n.ticket_id
    WHERE k.anchor_at < $2 OR (hashtext(k.ticket_id) & 2147483647) % s.parts <> 0
)
SELECT k.ticket_id, k.clock, k.generation, k.level, k.problem_class, k.state, k.target_s,
       k.anchor_at, k.due_at, k.met_at, k.cancelled_at, w.paused_at, k.used_s,
       (hashtext(k.ticket_id) & 2147483647) % k.parts = 0 AND k.anchor_at >= $2 AS sampled, k.parts
FROM chosen AS k
LEFT JOIN LATERAL (
    -- When its first wait began; only of one whose deadline was moved by waits.
    SELECT min((e ->> 'at')::timestamptz) AS paused_at
    FROM sla_case AS c, jsonb_array_elements(c.ledger) AS e
    WHERE k.due_at > k.anchor_at + k.target_s * interval '1 second'
      AND k.clock NOT IN ('platform', 'promise')
      AND c.ticket_id = k.ticket_id AND e ->> 'what' = 'waiting'
      AND (e ->> 'at')::timestamptz >= k.anchor_at
) AS w ON true;
