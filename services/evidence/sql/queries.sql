-- name: closed_dossiers
-- Locked: whoever opens one and whoever adds to its trail must not pass each other.
SELECT key, version, is_ticket, ticket_ids, session_id, skus
FROM dossier WHERE key = ANY ($1::text[]) AND ticket_ids = '{}'
ORDER BY key FOR UPDATE;

-- name: open_dossiers
-- An open dossier stays open, so that reading it needs no lock; changes go by version.
SELECT key, version, is_ticket, ticket_ids, session_id, skus
FROM dossier WHERE key = ANY ($1::text[]) AND ticket_ids <> '{}';

-- name: trails
SELECT key, event_id, type, correlation, body
FROM trail WHERE key = ANY ($1::text[])
ORDER BY key, seq;

-- name: file_states
SELECT w.ticket_id, w.sha256, w.state
FROM wanted_file AS w
JOIN unnest($1::text[], $2::text[]) AS t (ticket_id, sha256)
  ON w.ticket_id = t.ticket_id AND w.sha256 = t.sha256
ORDER BY w.ticket_id, w.sha256
FOR UPDATE OF w;

-- name: save_dossiers
INSERT INTO dossier (key, shop_id, version, is_ticket, ticket_ids, session_id, skus)
SELECT t.key, t.shop_id, t.version, t.is_ticket, string_to_array(t.ticket_ids, ','),
       t.session_id, string_to_array(t.skus, ',')
FROM unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::text[], $6::text[],
            $7::text[])
     AS t (key, shop_id, version, is_ticket, ticket_ids, session_id, skus)
ORDER BY t.key
ON CONFLICT (key) DO UPDATE
SET version = excluded.version, is_ticket = excluded.is_ticket,
    ticket_ids = excluded.ticket_ids, session_id = excluded.session_id, skus = excluded.skus
WHERE dossier.version = excluded.version - 1;

-- name: keep
INSERT INTO trail (key, event_id, type, correlation, body)
SELECT t.key, t.event_id, t.type, t.correlation, t.body
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::bytea[])
     WITH ORDINALITY AS t (key, event_id, type, correlation, body, n)
ORDER BY t.n;

-- name: empty_trails
DELETE FROM trail WHERE key = ANY ($1::text[]);

-- name: want_files
INSERT INTO wanted_file (ticket_id, sha256, shop_id, media_type, size_bytes, event_id,
                         correlation)
SELECT t.ticket_id, t.sha256, t.shop_id, t.media_type, t.size_bytes, t.event_id, t.correlation
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::uuid[], $7::uuid[])
     AS t (ticket_id, sha256, shop_id, media_type, size_bytes, event_id, correlation)
ORDER BY t.ticket_id, t.sha256
ON CONFLICT (ticket_id, sha256) DO NOTHING;

-- name: settle_files
UPDATE wanted_file AS w
SET state = t.state, next_try_at = clock_timestamp() + t.wait_s * interval '1 second'
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
     AS t (ticket_id, sha256, state, wait_s)
WHERE w.ticket_id = t.ticket_id AND w.sha256 = t.sha256;

-- name: take_wanted
-- Leased for a minute: a checker that dies leaves them to the next.
UPDATE wanted_file AS w
SET tries = w.tries + 1, next_try_at = clock_timestamp() + interval '60 seconds'
FROM (
    SELECT ticket_id, sha256 FROM wanted_file
    WHERE state = 'wanted' AND next_try_at <= clock_timestamp()
    ORDER BY next_try_at LIMIT $1
    FOR UPDATE SKIP LOCKED
) AS due
WHERE w.ticket_id = due.ticket_id AND w.sha256 = due.sha256
RETURNING w.ticket_id, w.sha256, w.shop_id, w.media_type, w.event_id, w.correlation, w.tries;

-- name: begin_log
INSERT INTO log_head (log, tree_size, frontier) VALUES (gen_random_uuid(), 0, '')
ON CONFLICT DO NOTHING;

-- name: begin_keeping
INSERT INTO head_keeper (holder, held_until, announced_size) VALUES ('', '-infinity', 0)
ON CONFLICT DO NOTHING;

-- name: lock_log
SELECT tree_size, frontier FROM log_head FOR UPDATE;

-- name: add_items
INSERT INTO item (leaf_index, leaf_hash, key, ticket_id, shop_id, kind, event_id, type,
                  correlation, segment, start, length, archived_at)
SELECT $1 + t.n - 1, t.leaf_hash, t.key, t.ticket_id, t.shop_id, t.kind, t.event_id, t.type,
       t.correlation, t.segment, t.start, t.length, now_once.at
FROM unnest($2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[],
            $9::uuid[], $10::bytea[], $11::integer[], $12::integer[])
     WITH ORDINALITY AS t (leaf_hash, key, ticket_id, shop_id, kind, event_id, type, correlation,
                           segment, start, length, n),
     (SELECT clock_now() AS at) AS now_once
ORDER BY t.n;

-- name: add_links
INSERT INTO link (key, ticket_id, leaf_index, correlation)
SELECT t.key, t.ticket_id, t.leaf_index, t.correlation
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[])
     AS t (key, ticket_id, leaf_index, correlation)
ORDER BY t.key, t.ticket_id
ON CONFLICT (key, ticket_id) DO NOTHING;

-- name: move_log
UPDATE log_head SET tree_size = $1, frontier = $2;

-- name: log_now
SELECT log, tree_size, frontier,
       (SELECT coalesce(max(tree_size), 0) FROM signed_head) AS signed_size
FROM log_head;

-- name: know_key
INSERT INTO signing_key (key_id, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: hold_heads
-- Taken, or taken again, for some seconds; no row when another instance holds it.
UPDATE head_keeper SET holder = $1, held_until = clock_timestamp() + $2 * interval '1 second'
WHERE holder = $1 OR held_until < clock_timestamp()
RETURNING announced_size;

-- name: begin_window
-- Up to the largest head within $2 leaves, else the next one; a window once begun stays.
UPDATE head_keeper AS k
SET announcing_size = coalesce(
    (SELECT max(tree_size) FROM signed_head
     WHERE tree_size > k.announced_size AND tree_size <= k.announced_size + $2),
    (SELECT min(tree_size) FROM signed_head WHERE tree_size > k.announced_size),
    k.announced_size)
WHERE k.holder = $1 AND k.announcing_size <= k.announced_size;

-- name: window
SELECT k.announced_size, h.tree_size, h.root, h.signed_at
FROM head_keeper AS k
JOIN signed_head AS h ON h.tree_size = k.announcing_size
WHERE k.holder = $1 AND k.announcing_size > k.announced_size;

-- name: let_go_heads
UPDATE head_keeper SET held_until = '-infinity' WHERE holder = $1;

-- name: clock
SELECT clock_now();

-- name: add_head
INSERT INTO signed_head (tree_size, root, signed_at, key_id, signature)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tree_size) DO NOTHING;

-- name: archived_between
-- Per ticket and kind: what came under the head of size $2 since that of size $1.
WITH fresh AS (
    SELECT shop_id, ticket_id, kind, leaf_index, correlation
    FROM item
    WHERE leaf_index >= $1 AND leaf_index < $2 AND ticket_id IS NOT NULL
    UNION ALL
    -- additions to dossiers that were linked before
    SELECT i.shop_id, l.ticket_id, i.kind, i.leaf_index, l.correlation
    FROM item AS i
    JOIN link AS l ON l.key = i.key
    WHERE i.leaf_index >= $1 AND i.leaf_index < $2 AND i.ticket_id IS NULL
      AND l.leaf_index < $1
    UNION ALL
    -- whole dossiers that were linked since
    SELECT i.shop_id, l.ticket_id, i.kind, i.leaf_index, l.correlation
    FROM link AS l
    JOIN item AS i ON i.key = l.key AND i.ticket_id IS NULL AND i.leaf_index < $2
    WHERE l.leaf_index >= $1 AND l.leaf_index < $2
)
SELECT shop_id, ticket_id, kind, count(*) AS count, min(leaf_index) AS first_leaf,
       max(leaf_index) AS last_leaf,
       (array_agg(correlation ORDER BY leaf_index DESC))[1] AS correlation
FROM fresh
GROUP BY shop_id, ticket_id, kind
ORDER BY shop_id, ticket_id, kind;

-- name: announced
UPDATE head_keeper SET announced_size = greatest(announced_size, $1);

-- name: next_tile
SELECT coalesce(max(number) + 1, 0) FROM tile WHERE level = $1;

-- name: leaf_hashes
SELECT leaf_hash AS hash FROM item WHERE leaf_index >= $1 AND leaf_index < $2
ORDER BY leaf_index;

-- name: tile_roots
SELECT root AS hash FROM tile WHERE level = $1 AND number >= $2 AND number < $3
ORDER BY number;

-- name: tile_hashes
SELECT hashes FROM tile WHERE level = $1 AND number = $2;

-- name: add_tiles
INSERT INTO tile (level, number, hashes, root)
SELECT $1, t.number, t.hashes, t.root
FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) AS t (number, hashes, root)
ORDER BY t.number
ON CONFLICT (level, number) DO NOTHING;
