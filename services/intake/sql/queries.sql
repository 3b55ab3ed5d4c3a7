-- name: place_orders
-- A row to lock for every order named, also for one that nobody has told of yet. All new rows
-- come before any lock, both in the order of their key: so no two transactions wait in a ring.
INSERT INTO customer_order (shop_id, order_id)
SELECT t.shop_id, t.order_id
FROM unnest($1::text[], $2::text[]) AS t (shop_id, order_id)
ORDER BY t.shop_id, t.order_id
ON CONFLICT (shop_id, order_id) DO NOTHING
RETURNING shop_id, order_id;

-- name: lock_orders
SELECT o.shop_id, o.order_id, o.placed_at, o.placed_event, o.track, o.version
FROM customer_order AS o
JOIN unnest($1::text[], $2::text[]) AS t (shop_id, order_id) USING (shop_id, order_id)
ORDER BY o.shop_id, o.order_id
FOR UPDATE OF o;

-- name: place_and_lock_orders
-- Both for orders of which most are there: `place_orders`, then their rows with content as they
-- are once locked. Rows that are made here are locked by that and not among them, nor is one that
-- another transaction made in the same moment: who gets fewer than asked for locks once more.
WITH made AS (
    INSERT INTO customer_order (shop_id, order_id)
    SELECT t.shop_id, t.order_id
    FROM unnest($1::text[], $2::text[]) AS t (shop_id, order_id)
    WHERE NOT EXISTS (SELECT FROM customer_order AS k
                      WHERE k.shop_id = t.shop_id AND k.order_id = t.order_id)
    ORDER BY t.shop_id, t.order_id
    ON CONFLICT (shop_id, order_id) DO NOTHING
    RETURNING order_id
)
SELECT o.shop_id, o.order_id, o.placed::text AS placed, o.track
FROM customer_order AS o
JOIN unnest($1::text[], $2::text[]) AS t (shop_id, order_id) USING (shop_id, order_id)
WHERE (SELECT count(*) FROM made) >= 0
ORDER BY o.shop_id, o.order_id
FOR UPDATE OF o;

-- name: lock_orders_with_content
SELECT o.shop_id, o.order_id, o.placed::text AS placed, o.track
FROM customer_order AS o
JOIN unnest($1::text[], $2::text[]) AS t (shop_id, order_id) USING (shop_id, order_id)
ORDER BY o.shop_id, o.order_id
FOR UPDATE OF o;

-- name: save_orders
-- Content without a new telling is not written again.
UPDATE customer_order AS o
SET placed = coalesce(t.placed::jsonb, o.placed), placed_at = t.placed_at,
    placed_event = t.placed_event, track = t.track::jsonb, version = t.version
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
            $7::bigint[])
     AS t (shop_id, order_id, placed, placed_at, placed_event, track, version)
WHERE o.shop_id = t.shop_id AND o.order_id = t.order_id AND o.version = t.version - 1;

-- name: lock_open_tickets
SELECT k.*
FROM ticket AS k
JOIN unnest($1::text[], $2::text[]) AS t (shop_id, order_id) USING (shop_id, order_id)
WHERE k.state <> 'closed'
ORDER BY k.ticket_id
FOR UPDATE OF k;

-- name: lock_tickets
SELECT k.* FROM ticket AS k
WHERE k.ticket_id = ANY ($1::text[])
ORDER BY k.ticket_id
FOR UPDATE;

-- name: successors
-- For closed tickets: the one that is open about the same order line by now.
SELECT k.ticket_id, k.shop_id, k.order_id, k.line_id, n.ticket_id AS successor
FROM ticket AS k
LEFT JOIN ticket AS n
  ON n.shop_id = k.shop_id AND n.order_id = k.order_id
 AND n.line_id IS NOT DISTINCT FROM k.line_id AND n.state <> 'closed'
WHERE k.ticket_id = ANY ($1::text[])
ORDER BY k.ticket_id;

-- name: save_tickets
INSERT INTO ticket AS k (ticket_id, shop_id, origin, external_id, customer_id, order_id, line_id,
                         state, wait_cause, wait_since, opened_at, messaged_at, resumed_at,
                         reopened_at, closed_at, lane, merged_into, version)
SELECT *
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
            $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::text[],
            $17::text[], $18::bigint[])
ON CONFLICT (ticket_id) DO UPDATE
SET state = excluded.state, wait_cause = excluded.wait_cause, wait_since = excluded.wait_since,
    messaged_at = excluded.messaged_at, resumed_at = excluded.resumed_at,
    reopened_at = excluded.reopened_at, closed_at = excluded.closed_at, lane = excluded.lane,
    merged_into = excluded.merged_into, version = excluded.version
WHERE k.version = excluded.version - 1;

-- name: complaints
SELECT c.shop_id, c.origin, c.external_id, c.ticket_id, c.joined, c.digest
FROM complaint AS c
JOIN unnest($1::text[], $2::text[], $3::text[]) AS t (shop_id, origin, external_id)
USING (shop_id, origin, external_id);

-- name: save_complaints
INSERT INTO complaint (shop_id, origin, external_id, ticket_id, joined, digest)
SELECT *
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[])
ON CONFLICT (shop_id, origin, external_id) DO NOTHING;

-- name: entries
SELECT e.ticket_id, e.entry, e.digest
FROM entry AS e
JOIN unnest($1::text[], $2::text[]) AS t (ticket_id, entry) USING (ticket_id, entry);

-- name: save_entries
INSERT INTO entry (ticket_id, entry, digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[]);

-- name: ticket_of
SELECT k.* FROM ticket AS k WHERE k.ticket_id = $1 AND k.shop_id = $2;

-- name: belongings
-- Whom complaints would belong to right now, one row for each in the order asked: the ticket it is
-- known for, else the open one of its order line; and the customer of its order.
SELECT coalesce(known.ticket_id, open.ticket_id) AS ticket_id,
       CASE WHEN known.ticket_id IS NULL THEN open.customer_id ELSE known.customer_id END
           AS customer_id,
       o.placed ->> 'customer_id' AS order_customer_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     WITH ORDINALITY AS t (shop_id, origin, external_id, order_id, line_id, n)
LEFT JOIN complaint AS c USING (shop_id, origin, external_id)
LEFT JOIN ticket AS known ON known.ticket_id = c.ticket_id
LEFT JOIN ticket AS open
  ON open.shop_id = t.shop_id AND open.order_id = t.order_id
 AND open.line_id IS NOT DISTINCT FROM t.line_id AND open.state <> 'closed'
LEFT JOIN customer_order AS o ON o.shop_id = t.shop_id AND o.order_id = t.order_id
ORDER BY t.n;

-- name: note_file
INSERT INTO uploaded_file (shop_id, sha256, media_type, size_bytes) VALUES ($1, $2, $3, $4)
ON CONFLICT (shop_id, sha256) DO NOTHING;

-- name: files_of
SELECT DISTINCT f.shop_id, f.sha256, f.media_type, f.size_bytes
FROM uploaded_file AS f
JOIN unnest($1::text[], $2::text[]) AS t (shop_id, sha256) USING (shop_id, sha256);
