-- name: begin_reading
-- One snapshot for everything, and no way to change anything.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: schemas
-- Those of the schemas asked for that hold a service's tables.
SELECT s.name FROM unnest($1::text[]) AS s (name)
WHERE to_regclass(format('%I.inbox', s.name)) IS NOT NULL;

-- name: enter
SELECT set_config('search_path', $1, true);

-- name: wall_clock
SELECT extract(epoch FROM clock_timestamp())::double precision;

-- name: open_inbox
DECLARE inbox_rows NO SCROLL CURSOR FOR
SELECT desk, uuid_send(id), key, topic, part, pos, digest, events,
       extract(epoch FROM applied_at)::double precision
FROM inbox
ORDER BY desk, topic, seq;

-- name: next_inbox
FETCH FORWARD 20000 FROM inbox_rows;

-- name: close_inbox
CLOSE inbox_rows;

-- name: open_outbox
DECLARE outbox_rows NO SCROLL CURSOR FOR
SELECT uuid_send(o.id), o.topic, o.key, 
       ('x' || encode(substr(sha256(o.value), 1, 8), 'hex'))::bit(64)::bigint,
       extract(epoch FROM b.created_at)::double precision
FROM outbox AS o
JOIN outbox_batch AS b ON b.id = o.batch
ORDER BY o.seq;

-- name: next_outbox
FETCH FORWARD 20000 FROM outbox_rows;

-- name: close_outbox
CLOSE outbox_rows;

-- name: unpublished
SELECT coalesce(sum(events), 0)::bigint FROM outbox_batch
WHERE published_at IS NULL AND created_at < to_timestamp($1);

-- name: parked
SELECT desk, uuid_send(id), key, topic, part, pos FROM parked ORDER BY desk, seq;

-- name: parked_count
SELECT count(*) FROM parked;

-- name: dead_letters
SELECT uuid_send(id), desk, uuid_send(event_id), topic, part, pos, reason,
       replayed_at IS NOT NULL, round
FROM dead_letter
ORDER BY dead_at, id;

-- name: words
SELECT 'dead letter ' || id, concat_ws(' ', key, reason, detail, traceparent) FROM dead_letter
UNION ALL
SELECT 'parked ' || id, concat_ws(' ', key, reason, detail, traceparent) FROM parked;

-- name: progress
SELECT desk, topic, part, next_pos FROM progress ORDER BY desk, topic, part;
