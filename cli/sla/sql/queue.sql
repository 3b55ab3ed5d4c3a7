-- name: present
SELECT to_regclass('sla.sla_case') IS NOT NULL;

-- name: enter
SELECT set_config('search_path', 'sla', true);

-- name: now
SELECT clock_now();

-- name: last_told
-- As far as the clocks have come in a system whose time runs scaled, or has ended.
SELECT max(told_at) FROM clock_event;

-- name: by_due
-- Open tickets ($1: of one group), the earliest binding deadline first; those without one, because
-- they wait for somebody else or all was done, come last. Of two at one instant the dearer first.
-- $2: so many at most; $3: what time it is.
SELECT q.*
FROM queue AS q
WHERE ($1::text IS NULL OR q.queue_group = $1) AND $3::timestamptz IS NOT NULL
ORDER BY q.binding_due_at NULLS LAST, q.silence_costs_fen DESC NULLS LAST, q.ticket_id
LIMIT $2;

-- name: by_risk
-- The same by what silence costs: deadlines of the platform that have passed, the dearest first;
-- then by fen lost per hour that is left; then those that lose nothing, by their deadline.
SELECT q.*
FROM queue AS q
WHERE $1::text IS NULL OR q.queue_group = $1
ORDER BY CASE WHEN coalesce(q.silence_costs_fen, 0) = 0 OR q.platform_due_at IS NULL THEN 2
              WHEN q.platform_due_at < $3::timestamptz THEN 0
              ELSE 1 END,
         CASE WHEN q.platform_due_at < $3::timestamptz THEN q.silence_costs_fen END DESC NULLS LAST,
         q.silence_costs_fen
             / greatest(extract(epoch FROM q.platform_due_at - $3::timestamptz), 1) DESC NULLS LAST,
         q.binding_due_at NULLS LAST, q.ticket_id
LIMIT $2;

-- name: counts
SELECT count(*) AS open, count(*) FILTER (WHERE binding_due_at < $2::timestamptz) AS overdue
FROM queue
WHERE $1::text IS NULL OR queue_group = $1;
