-- name: handle
INSERT INTO handled (desk, id, topic) VALUES ($1, $2, $3)
ON CONFLICT (desk, id) DO NOTHING;

-- name: now
SELECT clock_now();

-- name: set_alarm
INSERT INTO alarm (desk, key, name, due_at, shop_id, correlation, cause)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (desk, key, name) DO UPDATE
SET due_at = excluded.due_at, correlation = excluded.correlation, cause = excluded.cause;

-- name: clear_alarm
DELETE FROM alarm WHERE desk = $1 AND key = $2 AND name = $3;

-- name: take_alarm
DELETE FROM alarm AS a
USING (SELECT desk, key, name FROM alarm
       WHERE desk = $1 AND due_at <= (SELECT clock_now())
       ORDER BY due_at LIMIT 1
       FOR UPDATE SKIP LOCKED) AS due
WHERE a.desk = due.desk AND a.key = due.key AND a.name = due.name
RETURNING a.key, a.name, a.due_at, a.shop_id, a.correlation, a.cause;

-- name: enter
SELECT set_config('search_path', $1, true);

-- name: handled
SELECT count(*) FROM handled WHERE topic <> 'http';

-- name: keys
SELECT key_id, wrapped FROM keyring.person_key WHERE wrapped IS NOT NULL;

-- name: add_keys
SELECT count(*) FROM keyring.offer($1::uuid[], $2::bytea[]);

-- name: know_key
INSERT INTO signing_key (key_id, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: last_head_size
SELECT coalesce(max(tree_size), 0) FROM signed_head;

-- name: add_head
INSERT INTO signed_head (tree_size, root, signed_at, key_id, signature)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tree_size) DO NOTHING;
