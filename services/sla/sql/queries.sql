-- name: load_cases
SELECT ticket_id, shop_id, policy_version, ledger, told, armed_at, version
FROM sla_case
WHERE ticket_id = ANY ($1::text[])
ORDER BY ticket_id
FOR UPDATE;

-- name: begin_cases
-- A ticket that somebody else began meanwhile is left alone, and so is missing from the count.
INSERT INTO sla_case (ticket_id, shop_id, policy_version, ledger, told, armed_at, version)
SELECT t.ticket_id, t.shop_id, t.policy_version, t.entries::jsonb, t.marks::jsonb, t.armed_at, 1
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
     AS t (ticket_id, shop_id, policy_version, entries, marks, armed_at)
ORDER BY t.ticket_id
ON CONFLICT (ticket_id) DO NOTHING;

-- name: grow_cases
-- Adds to the ledger and to what was told; nothing of either is ever replaced.
UPDATE sla_case AS c
SET ledger = c.ledger || t.entries::jsonb, told = c.told || t.marks::jsonb,
    armed_at = t.armed_at, version = t.version + 1
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[])
     AS t (ticket_id, entries, marks, armed_at, version)
WHERE c.ticket_id = t.ticket_id AND c.version = t.version;

-- name: save_clocks
-- Only what differs: a clock that stays as it is costs a look and no write.
INSERT INTO clock AS c (ticket_id, clock, generation, shop_id, level, problem_class, state,
                        target_s, anchor_at, due_at, met_at, breached_at, cancelled_at, cause,
                        used_s)
SELECT t.*
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::integer[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
            $12::timestamptz[], $13::timestamptz[], $14::text[], $15::integer[])
     AS t (ticket_id, clock, generation, shop_id, level, problem_class, state, target_s, anchor_at,
           due_at, met_at, breached_at, cancelled_at, cause, used_s)
LEFT JOIN clock AS k
       ON k.ticket_id = t.ticket_id AND k.clock = t.clock AND k.generation = t.generation
WHERE k.ticket_id IS NULL
   OR (k.level, k.problem_class, k.state, k.anchor_at, k.due_at, k.met_at, k.breached_at,
       k.cancelled_at, k.cause, k.used_s)
      IS DISTINCT FROM
      (t.level, t.problem_class, t.state, t.anchor_at, t.due_at, t.met_at, t.breached_at,
       t.cancelled_at, t.cause, t.used_s)
ORDER BY t.ticket_id, t.clock, t.generation
ON CONFLICT (ticket_id, clock, generation) DO UPDATE
SET level = excluded.level, problem_class = excluded.problem_class, state = excluded.state,
    target_s = excluded.target_s, anchor_at = excluded.anchor_at, due_at = excluded.due_at,
    met_at = excluded.met_at, breached_at = excluded.breached_at,
    cancelled_at = excluded.cancelled_at, cause = excluded.cause, used_s = excluded.used_s;

-- name: drop_clocks
DELETE FROM clock AS c
USING unnest($1::text[], $2::text[], $3::integer[]) AS t (ticket_id, clock, generation)
WHERE c.ticket_id = t.ticket_id AND c.clock = t.clock AND c.generation = t.generation;

-- name: note_events
INSERT INTO clock_event (ticket_id, clock, generation, kind, threshold, told_at)
SELECT t.ticket_id, t.clock, t.generation, t.kind, t.threshold, t.told_at
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[])
     AS t (ticket_id, clock, generation, kind, threshold, told_at)
ORDER BY t.ticket_id, t.clock, t.generation, t.kind, t.threshold
ON CONFLICT DO NOTHING;
