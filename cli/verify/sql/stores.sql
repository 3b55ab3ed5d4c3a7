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
-- Some thousand messages in a row, column by column: there are millions.
DECLARE inbox_rows NO SCROLL CURSOR FOR
SELECT desk, topic,
       array_agg(uuid_send(id) ORDER BY seq), array_agg(key ORDER BY seq),
       array_agg(part ORDER BY seq), array_agg(pos ORDER BY seq),
       array_agg(digest ORDER BY seq), array_agg(events ORDER BY seq),
       array_agg(date_part('epoch', applied_at) ORDER BY seq)
FROM inbox
GROUP BY desk, topic, seq / 10000
ORDER BY desk, topic, seq / 10000;

-- name: next_inbox
FETCH FORWARD 10 FROM inbox_rows;

-- name: close_inbox
CLOSE inbox_rows;

-- name: open_outbox
DECLARE outbox_rows NO SCROLL CURSOR FOR
WITH decided AS MATERIALIZED ( -- without the values: they are large to sort
    SELECT o.seq, o.id, o.topic, o.key, b.created_at,
           ('x' || encode(substr(sha256(o.value), 1, 8), 'hex'))::bit(64)::bigint AS content
    FROM outbox AS o
    JOIN outbox_batch AS b ON b.id = o.batch
)
SELECT array_agg(uuid_send(id) ORDER BY seq), array_agg(topic ORDER BY seq),
       array_agg(key ORDER BY seq), array_agg(content ORDER BY seq),
       array_agg(date_part('epoch', created_at) ORDER BY seq)
FROM decided
GROUP BY seq / 10000
ORDER BY seq / 10000;

-- name: next_outbox
FETCH FORWARD 10 FROM outbox_rows;

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
