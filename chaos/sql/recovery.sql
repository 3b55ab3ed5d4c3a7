-- name: enter_desk
SELECT set_config('search_path', $1, true);

-- name: tallies
SELECT key, seen, version FROM tally WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE;

-- name: save_tallies
INSERT INTO tally (key, seen, version)
SELECT t.key, t.seen, t.version + 1
FROM unnest($1::text[], $2::integer[], $3::integer[]) AS t (key, seen, version)
ORDER BY t.key
ON CONFLICT (key) DO UPDATE SET seen = excluded.seen, version = excluded.version
WHERE tally.version = excluded.version - 1;

-- name: left_to_do
-- Records read so far; messages parked and batches not published yet.
SELECT (SELECT coalesce(sum(next_pos), 0) FROM progress)::bigint AS read,
       (SELECT count(*) FROM parked)
       + (SELECT count(*) FROM outbox_batch WHERE published_at IS NULL) AS waiting;
