-- name: stage
-- The tickets of one filling: number n complained at $3 + n steps of $4 microseconds.
CREATE TEMPORARY TABLE IF NOT EXISTS filling (
    n integer, ticket_id text, opened_at timestamptz, said text, source uuid
);
TRUNCATE filling;

-- name: stage_tickets
INSERT INTO filling
SELECT n, $1 || to_char(n, 'FM0000000'), at,
       to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
       || CASE WHEN date_part('microseconds', at)::bigint % 1000000 = 0 THEN ''
               ELSE to_char(at AT TIME ZONE 'UTC', '.US') END || '+00:00',
       gen_random_uuid()
FROM (SELECT n, $3::timestamptz + n * $4::double precision * interval '1 microsecond' AS at
      FROM generate_series(0, $2::integer - 1) AS n) AS t;

-- name: fill_cases
-- $5: what was told of each so far, [clock, generation, kind, threshold] each; $8 is due first, $9
-- seconds after the complaint.
INSERT INTO sla_case (ticket_id, shop_id, policy_version, ledger, told, armed_at, version, standing)
SELECT ticket_id, $1, $2,
       jsonb_build_array(jsonb_build_object(
           'at', said, 'what', 'triaged', 'source', source, 'told_at', said, 'seen_at', said,
           'opened_at', said, 'level', $3::text, 'problem_class', $4::text,
           'route', 'regular_group')),
       $5::text::jsonb, opened_at + $6::interval, $7,
       jsonb_build_object(
           'level', $3::text, 'group', 'regular_group', 'clock', $8::text,
           'due_at', to_char((opened_at + $9::integer * interval '1 second') AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS') || substr(said, 20))
FROM filling ORDER BY n;

-- name: fill_clocks
INSERT INTO clock (ticket_id, clock, generation, shop_id, level, problem_class, state, target_s,
                   anchor_at, due_at)
SELECT f.ticket_id, t.clock, 1, $1, $2, $3, 'pending', t.target_s, f.opened_at,
       f.opened_at + t.target_s * interval '1 second'
FROM filling AS f, unnest($4::text[], $5::integer[]) WITH ORDINALITY AS t (clock, target_s, place)
ORDER BY f.n, t.place;

-- name: fill_events
-- What the service would have noted had it spoken without any delay.
INSERT INTO clock_event (ticket_id, clock, generation, kind, threshold, told_at)
SELECT f.ticket_id, t.clock, 1, t.kind, t.threshold, f.opened_at + t.after
FROM filling AS f, unnest($1::text[], $2::text[], $3::text[], $4::interval[])
     AS t (clock, kind, threshold, after)
ORDER BY f.n;

-- name: fill_timers
INSERT INTO timer (desk, key, name, due_at, shop_id, correlation, cause)
SELECT 'clocks', ticket_id, 'next', opened_at + $2::interval, $1, source, source
FROM filling ORDER BY n;

-- name: settle
-- What autovacuum would have done long before a million clocks had come together.
ANALYZE sla_case, clock, clock_event, timer;

-- name: open_clocks
SELECT count(*) FROM clock WHERE state IN ('pending', 'paused');

-- name: wall_clock
SELECT clock_timestamp();

-- name: rows_of
-- Everything that is kept of one ticket, in one document, its name and ids left out.
SELECT (SELECT to_jsonb(c) - 'ticket_id' || jsonb_build_object('ledger', (
                   SELECT jsonb_agg(entry - 'source') FROM jsonb_array_elements(c.ledger) AS entry))
        FROM sla_case AS c WHERE c.ticket_id = $1) AS ticket,
       (SELECT jsonb_agg(to_jsonb(c) - 'ticket_id' ORDER BY c.clock, c.generation)
        FROM clock AS c WHERE c.ticket_id = $1) AS clocks,
       (SELECT jsonb_agg(to_jsonb(e) - 'ticket_id' - 'told_at'
                         ORDER BY e.clock, e.generation, e.kind, e.threshold)
        FROM clock_event AS e WHERE e.ticket_id = $1) AS events,
       (SELECT jsonb_agg(to_jsonb(t) - 'key' - 'correlation' - 'cause' - 'traceparent'
                         ORDER BY t.name)
        FROM timer AS t WHERE t.key = $1) AS timers;

-- name: applied
-- Messages that were applied; how many after the first batch, and in how many seconds.
WITH mine AS (
    SELECT xmin::text AS batch, applied_at FROM inbox
    WHERE desk = 'clocks' AND key LIKE $1 || '%' AND topic = $2
), first AS (
    SELECT batch, max(applied_at) AS done_at FROM mine GROUP BY batch ORDER BY done_at LIMIT 1
)
SELECT (SELECT count(*) FROM mine) AS messages, count(m.batch) AS later,
       extract(epoch FROM max(m.applied_at) - min(first.done_at))::double precision AS took_s
FROM first LEFT JOIN mine AS m ON m.batch <> first.batch;

-- name: shares
-- Events that each instance of the service published since.
SELECT instance, sum(events)::bigint AS events
FROM outbox_batch WHERE created_at >= $1 GROUP BY instance ORDER BY instance;

-- name: policy_in_force
SELECT version FROM policy_version WHERE name = 'sla' ORDER BY first_used DESC LIMIT 1;

-- name: remove_timers
DELETE FROM timer WHERE desk = 'clocks' AND key = ANY ($1::text[]);

-- name: remove_events
DELETE FROM clock_event WHERE ticket_id = ANY ($1::text[]);

-- name: remove_clocks
DELETE FROM clock WHERE ticket_id = ANY ($1::text[]);

-- name: remove_cases
DELETE FROM sla_case WHERE ticket_id = ANY ($1::text[]);
