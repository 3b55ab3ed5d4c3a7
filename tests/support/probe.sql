-- name: tallies
SELECT key, seen, fired, version FROM tally WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE;

-- name: save
INSERT INTO tally (key, seen, fired, version)
SELECT t.key, string_to_array(t.seen, ','), t.fired, t.version
FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
     AS t (key, seen, fired, version)
ORDER BY t.key
ON CONFLICT (key) DO UPDATE
SET seen = excluded.seen, fired = excluded.fired, version = excluded.version
WHERE tally.version = excluded.version - 1;

-- name: outbox
SELECT o.id, o.key, o.topic, o.value, b.published_at
FROM outbox AS o JOIN outbox_batch AS b ON b.id = o.batch ORDER BY o.seq;

-- name: inbox
SELECT id, key, pos, seq FROM inbox ORDER BY seq;

-- name: parked
SELECT id, key, tries, reason FROM parked ORDER BY seq;

-- name: hurry
UPDATE parked SET next_try_at = clock_timestamp() WHERE tries > 0;

-- name: dead
SELECT id, event_id, reason, detail, tries, raw_key, raw_box, topic, pos FROM dead_letter;

-- name: progress
SELECT desk, topic, part, epoch, next_pos FROM progress ORDER BY 1, 2, 3;

-- name: unpublish
UPDATE outbox_batch SET published_at = NULL, created_at = clock_timestamp() - interval '1 hour';
