-- name: begin_reading
-- One snapshot for everything, and no way to change anything.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: share_reading
SELECT pg_export_snapshot();

-- name: join_reading
-- The same snapshot in another session; its name takes the place of the_snapshot.
SET TRANSACTION SNAPSHOT 'the_snapshot';

-- name: enter
SELECT set_config('search_path', 'sla', true);

-- name: is_there
SELECT to_regclass('sla.sla_case') IS NOT NULL;

-- name: now
-- Business time, and the youngest moment at which anything was told.
SELECT clock_now() AS now, (SELECT max(told_at) FROM clock_event) AS youngest;

-- name: versions
SELECT name, version, body FROM policy_version WHERE name IN ('sla', 'calendars');

-- name: borders
-- Every so manieth ticket, and the last of all.
SELECT ticket_id FROM (
    SELECT ticket_id, row_number() OVER (ORDER BY ticket_id) AS place FROM sla_case) AS t
WHERE place % $1::integer = 0
UNION
SELECT max(last) FROM (
    SELECT max(ticket_id) FROM sla_case UNION ALL
    SELECT max(ticket_id) FROM clock UNION ALL
    SELECT max(ticket_id) FROM clock_event) AS t (last)
WHERE last IS NOT NULL
ORDER BY 1;

-- name: cases
SELECT ticket_id, policy_version, counted_by, ledger, told, armed_at
FROM sla_case
WHERE ticket_id > $1 AND ticket_id <= $2;

-- name: clocks
SELECT ticket_id, clock, generation, level, problem_class, state, target_s, anchor_at, due_at,
       met_at, breached_at, cancelled_at, cause, used_s
FROM clock
WHERE ticket_id > $1 AND ticket_id <= $2;

-- name: clock_events
SELECT ticket_id, clock, generation, kind, threshold, told_at
FROM clock_event
WHERE ticket_id > $1 AND ticket_id <= $2;

-- name: case_of
SELECT ticket_id, policy_version, counted_by, ledger, told, armed_at
FROM sla_case
WHERE ticket_id = $1;

-- name: clocks_of
SELECT ticket_id, clock, generation, level, problem_class, state, target_s, anchor_at, due_at,
       met_at, breached_at, cancelled_at, cause, used_s
FROM clock
WHERE ticket_id = $1;

-- name: clock_events_of
SELECT ticket_id, clock, generation, kind, threshold, told_at
FROM clock_event
WHERE ticket_id = $1;
