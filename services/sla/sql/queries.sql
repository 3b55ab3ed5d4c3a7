-- name: load_cases
SELECT ticket_id, shop_id, policy_version, ledger, told, armed_at, version, counted_by
FROM sla_case
WHERE ticket_id = ANY ($1::text[])
ORDER BY ticket_id
FOR UPDATE;

-- name: save_cases
-- Cases ($1 to $8, where they stand $30), what was told of them ($9 to $14) and their clocks ($15
-- to $29) in one go, each into a table of its own. Counts the cases that were as they were when
-- loaded (version 0: not there; one that somebody else began or changed meanwhile is left alone),
-- and the events noted.
WITH given AS (
    SELECT *
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                $7::bigint[], $8::text[], $30::text[])
         AS t (ticket_id, shop_id, policy_version, entries, marks, armed_at, version, counted_by,
               standing)
), begun AS (
    INSERT INTO sla_case (ticket_id, shop_id, policy_version, ledger, told, armed_at, version,
                          counted_by, standing)
    SELECT t.ticket_id, t.shop_id, t.policy_version, t.entries::jsonb, t.marks::jsonb,
           t.armed_at, 1, t.counted_by, t.standing::jsonb
    FROM given AS t
    WHERE t.version = 0
    ORDER BY t.ticket_id
    ON CONFLICT (ticket_id) DO NOTHING
    RETURNING 1
), grown AS (
    -- Adds to the ledger and to what was told; nothing of either is ever replaced.
    UPDATE sla_case AS c
    SET ledger = c.ledger || t.entries::jsonb, told = c.told || t.marks::jsonb,
        armed_at = t.armed_at, version = t.version + 1, counted_by = t.counted_by,
        standing = t.standing::jsonb
    FROM given AS t
    WHERE c.ticket_id = t.ticket_id AND c.version = t.version AND t.version > 0
    RETURNING 1
), noted AS (
    INSERT INTO clock_event (ticket_id, clock, generation, kind, threshold, told_at)
    SELECT t.ticket_id, t.clock, t.generation, t.kind, t.threshold, t.told_at
    FROM unnest($9::text[], $10::text[], $11::integer[], $12::text[], $13::text[],
                $14::timestamptz[])
         AS t (ticket_id, clock, generation, kind, threshold, told_at)
    ORDER BY t.ticket_id, t.clock, t.generation, t.kind, t.threshold
    ON CONFLICT DO NOTHING
    RETURNING 1
), saved AS (
    -- Only what differs: a clock that stays as it is costs a look and no write.
    INSERT INTO clock AS c (ticket_id, clock, generation, shop_id, level, problem_class, state,
                            target_s, anchor_at, due_at, met_at, breached_at, cancelled_at, cause,
                            used_s)
    SELECT t.*
    FROM unnest($15::text[], $16::text[], $17::integer[], $18::text[], $19::text[], $20::text[],
                $21::text[], $22::integer[], $23::timestamptz[], $24::timestamptz[],
                $25::timestamptz[], $26::timestamptz[], $27::timestamptz[], $28::text[],
                $29::integer[])
         AS t (ticket_id, clock, generation, shop_id, level, problem_class, state, target_s,
               anchor_at, due_at, met_at, breached_at, cancelled_at, cause, used_s)
    LEFT JOIN clock AS k
           ON k.ticket_id = t.ticket_id AND k.clock = t.clock AND k.generation = t.generation
    WHERE k.ticket_id IS NULL
       OR (k.level, k.problem_class, k.state, k.anchor_at, k.due_at, k.met_at, k.breached_at,
           k.cancelled_at, k.cause, k.used_s, k.target_s)
          IS DISTINCT FROM
          (t.level, t.problem_class, t.state, t.anchor_at, t.due_at, t.met_at, t.breached_at,
           t.cancelled_at, t.cause, t.used_s, t.target_s)
    ORDER BY t.ticket_id, t.clock, t.generation
    ON CONFLICT (ticket_id, clock, generation) DO UPDATE
    SET level = excluded.level, problem_class = excluded.problem_class, state = excluded.state,
        target_s = excluded.target_s, anchor_at = excluded.anchor_at, due_at = excluded.due_at,
        met_at = excluded.met_at, breached_at = excluded.breached_at,
        cancelled_at = excluded.cancelled_at, cause = excluded.cause, used_s = excluded.used_s
)
SELECT (SELECT count(*) FROM begun) + (SELECT count(*) FROM grown) AS written,
       (SELECT count(*) FROM noted) AS noted;

-- name: drop_clocks
DELETE FROM clock AS c
USING unnest($1::text[], $2::text[], $3::integer[]) AS t (ticket_id, clock, generation)
WHERE c.ticket_id = t.ticket_id AND c.clock = t.clock AND c.generation = t.generation;

-- name: counted_otherwise
-- The next $4 open tickets after $3 (of those that have ended none is looked at), what time it is,
-- and whether each is of the versions $1, has open clocks, and was counted by other calendars than
-- those of version $2.
SELECT c.ticket_id, c.shop_id, clock_now() AS now,
       c.policy_version = ANY ($1::text[]) AND c.counted_by IS DISTINCT FROM $2
       AND EXISTS (SELECT FROM clock AS k
                   WHERE k.ticket_id = c.ticket_id AND k.state IN ('pending', 'paused'))
       AS otherwise
FROM sla_case AS c
WHERE c.standing IS NOT NULL AND c.ticket_id > $3
ORDER BY c.ticket_id
LIMIT $4;
