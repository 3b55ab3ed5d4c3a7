-- name: now
SELECT clock_now();

-- name: claim_partitions
INSERT INTO progress (desk, topic, part, epoch, instance)
SELECT $1, t.topic, t.part, 1, $4
FROM unnest($2::text[], $3::integer[]) AS t (topic, part)
ORDER BY t.topic, t.part
ON CONFLICT (desk, topic, part)
DO UPDATE SET epoch = progress.epoch + 1, instance = excluded.instance,
              updated_at = clock_timestamp()
RETURNING topic, part, epoch;

-- name: fence
-- Moves progress and locks its rows; a row missing from the answer means the epoch is over.
UPDATE progress AS p
SET next_pos = greatest(p.next_pos, t.next_pos), updated_at = clock_timestamp()
FROM (
    SELECT p2.topic, p2.part, t2.next_pos
    FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[])
         AS t2 (topic, part, epoch, next_pos)
    JOIN progress AS p2
      ON p2.desk = $1 AND p2.topic = t2.topic AND p2.part = t2.part AND p2.epoch = t2.epoch
    ORDER BY p2.topic, p2.part
    FOR UPDATE OF p2
) AS t
WHERE p.desk = $1 AND p.topic = t.topic AND p.part = t.part
RETURNING p.topic, p.part;

-- name: look
-- The time and the parked keys of the desk in each row; in the others' columns one id that was met
-- before, or one key whose earlier messages are parked, or nothing.
SELECT (SELECT clock_now()) AS now, line.parked, met.id, met.digest, met.answer, met.place,
       met.key
FROM (SELECT count(DISTINCT key) AS parked FROM parked WHERE desk = $1) AS line
LEFT JOIN (
    SELECT i.id, i.digest, i.answer, 'applied' AS place, NULL AS key
    FROM inbox AS i WHERE i.desk = $1 AND i.id = ANY ($2::uuid[])
    UNION ALL
    SELECT p.id, p.digest, NULL, 'parked', NULL
    FROM parked AS p WHERE p.desk = $1 AND p.id = ANY ($2::uuid[])
    UNION ALL
    SELECT DISTINCT NULL::uuid, NULL::bigint, NULL::jsonb, 'blocked', p.key
    FROM parked AS p WHERE p.desk = $1 AND p.key = ANY ($3::text[])
    UNION ALL
    SELECT d.event_id, 0, NULL, 'dead', NULL
    FROM dead_letter AS d
    WHERE d.desk = $1 AND d.event_id = ANY ($2::uuid[])
      AND d.replayed_at IS NULL AND d.reason <> 'id_reused'
) AS met ON true;

-- name: record
INSERT INTO inbox (desk, id, digest, key, topic, part, pos, events, answer)
SELECT $1, t.id, t.digest, t.key, t.topic, t.part, t.pos, t.events, t.answer::jsonb
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::integer[], $7::bigint[],
            $8::integer[], $9::text[])
     WITH ORDINALITY AS t (id, digest, key, topic, part, pos, events, answer, n)
ORDER BY t.n;

-- name: waiting
-- Whether anything is parked, and whether a dead letter is asked back: asked since it died last.
SELECT EXISTS (SELECT FROM parked WHERE desk = $1) AS parked,
       EXISTS (SELECT FROM dead_letter
               WHERE desk = $1 AND requested_at IS NOT NULL AND replayed_at IS NULL
                 AND requested_at >= dead_at AND reason <> 'id_reused') AS asked;

-- name: park
INSERT INTO parked (desk, id, key, topic, part, pos, digest, value, traceparent, tries, reason,
                    detail, next_try_at)
SELECT $1, t.id, t.key, t.topic, t.part, t.pos, t.digest, t.value, t.traceparent, t.tries,
       t.reason, t.detail, clock_timestamp() + t.wait_s * interval '1 second'
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[],
            $8::bytea[], $9::text[], $10::integer[], $11::text[], $12::text[],
            $13::double precision[])
     WITH ORDINALITY AS t (id, key, topic, part, pos, digest, value, traceparent, tries, reason,
                           detail, wait_s, n)
ORDER BY t.n
ON CONFLICT (desk, id) DO UPDATE
SET tries = excluded.tries, reason = excluded.reason, detail = excluded.detail,
    next_try_at = excluded.next_try_at;

-- name: parked_due
-- Keys whose oldest message may be tried again; one worker at a time holds a key.
SELECT p.key
FROM parked AS p
WHERE p.desk = $1 AND p.next_try_at <= clock_timestamp()
  AND NOT EXISTS (SELECT FROM parked AS q
                  WHERE q.desk = p.desk AND q.key = p.key AND q.seq < p.seq)
ORDER BY p.next_try_at
LIMIT $2
FOR UPDATE SKIP LOCKED;

-- name: parked_of_keys
SELECT id, key, topic, part, pos, digest, value, traceparent, tries
FROM parked WHERE desk = $1 AND key = ANY ($2::text[])
ORDER BY seq
LIMIT $3;

-- name: unpark
DELETE FROM parked WHERE desk = $1 AND id = ANY ($2::uuid[]);

-- name: bury
INSERT INTO dead_letter (id, desk, event_id, key, topic, part, pos, reason, detail, tries,
                         raw_key, raw_box, traceparent)
SELECT t.id, $1, t.event_id, t.key, t.topic, t.part, t.pos, t.reason, t.detail, t.tries,
       t.raw_key, t.raw_box, t.traceparent
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $7::bigint[],
            $8::text[], $9::text[], $10::integer[], $11::text[], $12::text[], $13::text[])
     AS t (id, event_id, key, topic, part, pos, reason, detail, tries, raw_key, raw_box,
           traceparent)
ON CONFLICT (id) DO UPDATE
SET replayed_at = NULL, dead_at = clock_timestamp(), round = dead_letter.round + 1
WHERE dead_letter.replayed_at IS NOT NULL
RETURNING id, round;

-- name: asked_back
SELECT id, event_id, topic, part, pos, raw_key, raw_box, traceparent
FROM dead_letter
WHERE desk = $1 AND requested_at IS NOT NULL AND replayed_at IS NULL AND requested_at >= dead_at
  AND reason <> 'id_reused'
ORDER BY dead_at, id
LIMIT $2;

-- name: bring_back
-- The last of its key in the line; what had its effect meanwhile is only noted as replayed.
WITH back AS (
    UPDATE dead_letter AS d SET replayed_at = clock_timestamp()
    WHERE d.desk = $1 AND d.id = ANY ($2::uuid[]) AND d.requested_at >= d.dead_at
      AND d.replayed_at IS NULL AND d.dropped_at IS NULL
    RETURNING d.id
), parking AS (
    INSERT INTO parked (desk, id, key, topic, part, pos, digest, value, traceparent, tries, reason,
                        detail, next_try_at)
    SELECT $1, t.event_id, t.key, t.topic, t.part, t.pos, t.digest, t.value, t.traceparent, 0,
           'replayed', 'asked back from the dead letters', clock_timestamp()
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $7::bigint[],
                $8::bigint[], $9::bytea[], $10::text[])
         WITH ORDINALITY AS t (id, event_id, key, topic, part, pos, digest, value, traceparent, n)
    JOIN back ON back.id = t.id
    WHERE NOT EXISTS (SELECT FROM inbox AS i WHERE i.desk = $1 AND i.id = t.event_id)
    ORDER BY t.n
    ON CONFLICT (desk, id) DO NOTHING
)
SELECT id FROM back;

-- name: leave_dead
UPDATE dead_letter SET requested_at = NULL WHERE desk = $1 AND id = ANY ($2::uuid[]);

-- name: append
-- Stores the batches $1 with their events; finds unpublished events of the same keys that others
-- left, which go out before ours. $4 are the batches of this process that are on their way.
WITH batches AS (
    INSERT INTO outbox_batch (id, instance, events)
    SELECT b.id, $2, b.events FROM unnest($1::uuid[], $3::integer[]) AS b (id, events)
), events AS (
    INSERT INTO outbox (batch, id, topic, key, type, value, traceparent)
    SELECT t.batch, t.id, t.topic, t.key, t.type, t.value, t.traceparent
    FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::bytea[],
                $11::text[])
         WITH ORDINALITY AS t (batch, id, topic, key, type, value, traceparent, n)
    ORDER BY t.n
)
SELECT o.batch, o.id, o.topic, o.key, o.type, o.value, o.traceparent
FROM outbox_batch AS b
JOIN outbox AS o ON o.batch = b.id
WHERE b.published_at IS NULL AND b.id <> ALL ($4::uuid[]) AND o.key = ANY ($8::text[])
ORDER BY o.seq;

-- name: leftovers
SELECT b.id
FROM outbox_batch AS b
WHERE b.published_at IS NULL AND b.id <> ALL ($1::uuid[])
  AND b.created_at < clock_timestamp() - $2 * interval '1 second'
ORDER BY b.created_at
LIMIT $3;

-- name: outbox_rows
SELECT o.batch, o.id, o.topic, o.key, o.type, o.value, o.traceparent
FROM outbox AS o WHERE o.batch = ANY ($1::uuid[])
ORDER BY o.seq;

-- name: mark_published
UPDATE outbox_batch SET published_at = clock_timestamp()
WHERE id = ANY ($1::uuid[]) AND published_at IS NULL;

-- name: arm
INSERT INTO timer (desk, key, name, due_at, shop_id, correlation, cause, traceparent)
SELECT $1, t.key, t.name, t.due_at, t.shop_id, t.correlation, t.cause, t.traceparent
FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::uuid[], $7::uuid[],
            $8::text[]) AS t (key, name, due_at, shop_id, correlation, cause, traceparent)
ORDER BY t.key, t.name
ON CONFLICT (desk, key, name) DO UPDATE
SET due_at = excluded.due_at, correlation = excluded.correlation, cause = excluded.cause,
    traceparent = excluded.traceparent, tries = 0, held_until = NULL;

-- name: disarm
DELETE FROM timer AS d
USING unnest($2::text[], $3::text[]) AS t (key, name)
WHERE d.desk = $1 AND d.key = t.key AND d.name = t.name;

-- name: timers_due
-- Keys that another ticker has in hand are passed over: their lock ends with its transaction.
-- Up to $3 timers are looked at, so that two tickers find work side by side.
SELECT key, name, due_at, shop_id, correlation, cause, traceparent, tries
FROM (
    SELECT key, name, due_at, shop_id, correlation, cause, traceparent, tries
    FROM timer
    WHERE desk = $1 AND due_at <= (SELECT clock_now())
      AND (held_until IS NULL OR held_until <= (SELECT clock_timestamp()))
    ORDER BY due_at
    LIMIT $3
) AS soon
WHERE pg_try_advisory_xact_lock(
    hashtextextended(concat_ws('/', current_schema(), $1, key), 0))
LIMIT $2;

-- name: first_timer_due
-- The most overdue one, waiting for whoever has its key in hand.
SELECT key, name, due_at, shop_id, correlation, cause, traceparent, tries,
       pg_advisory_xact_lock(hashtextextended(concat_ws('/', current_schema(), $1, key), 0))
FROM (
    SELECT key, name, due_at, shop_id, correlation, cause, traceparent, tries
    FROM timer
    WHERE desk = $1 AND due_at <= (SELECT clock_now())
      AND (held_until IS NULL OR held_until <= (SELECT clock_timestamp()))
    ORDER BY due_at
    LIMIT 1
) AS first;

-- name: take_timers
-- Called once the cases are locked: what is gone or moved meanwhile does not fire. Says what time
-- it is then.
WITH taken AS (
    DELETE FROM timer AS d
    USING unnest($2::text[], $3::text[], $4::timestamptz[]) AS t (key, name, due_at)
    WHERE d.desk = $1 AND d.key = t.key AND d.name = t.name AND d.due_at = t.due_at
    RETURNING d.key, d.name
)
SELECT key, name, (SELECT clock_now()) AS now FROM taken;

-- name: hold_timers
INSERT INTO timer (desk, key, name, due_at, shop_id, correlation, cause, traceparent, tries,
                   held_until)
SELECT $1, t.key, t.name, t.due_at, t.shop_id, t.correlation, t.cause, t.traceparent, t.tries,
       clock_timestamp() + t.wait_s * interval '1 second'
FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::uuid[], $7::uuid[],
            $8::text[], $9::integer[], $10::double precision[])
     AS t (key, name, due_at, shop_id, correlation, cause, traceparent, tries, wait_s)
ON CONFLICT (desk, key, name) DO NOTHING;

-- name: next_timer
-- Until the next timer that may fire, in business seconds (negative when it is overdue), and until
-- the first of those held back may be tried again, in real ones. Only what was due is ever held.
SELECT (SELECT extract(epoch FROM due_at - (SELECT clock_now()))
        FROM timer
        WHERE desk = $1
          AND (held_until IS NULL OR held_until <= (SELECT clock_timestamp()))
        ORDER BY due_at
        LIMIT 1)::double precision AS wait_s,
       (SELECT extract(epoch FROM min(held_until) - clock_timestamp())
        FROM (SELECT held_until
              FROM timer
              WHERE desk = $1 AND due_at <= (SELECT clock_now())
                AND held_until > (SELECT clock_timestamp())
              ORDER BY due_at
              LIMIT 500) AS held)::double precision AS held_s;

-- name: remember_policy
INSERT INTO policy_version (name, version, body) VALUES ($1, $2, $3)
ON CONFLICT (name, version) DO NOTHING;

-- name: policies
SELECT version, body FROM policy_version WHERE name = $1 ORDER BY first_used;

-- name: offer_keys
SELECT id, wrapped FROM keyring.offer($1::uuid[], $2::bytea[]);

-- name: fetch_keys
SELECT id, wrapped FROM keyring.fetch($1::uuid[]);

-- name: keep_history
SELECT dropped FROM keep_history($1 * interval '1 day');
