-- name: keys_of_tickets
SELECT t.shop_id, t.ticket_id, t.key
FROM ticket AS t
JOIN unnest($1::text[], $2::text[]) AS n (shop_id, ticket_id)
  ON t.shop_id = n.shop_id AND t.ticket_id = n.ticket_id
ORDER BY t.key;

-- name: lock_settlements
SELECT key, shop_id, order_id, lines, placed, reported_fen, version
FROM settlement
WHERE key = ANY ($1::text[])
ORDER BY key
FOR UPDATE;

-- name: tickets
SELECT key, ticket_id, line_id, language, open_since, resolved_at
FROM ticket WHERE key = ANY ($1::text[])
ORDER BY ticket_id;

-- name: actions
SELECT key, action_id, ticket_id, parts, compensation_fen, decided_at, completed_at
FROM money_action WHERE key = ANY ($1::text[])
ORDER BY decided_at, action_id;

-- name: refunds
SELECT key, refund_id, line_id, refunded_fen, initiator, refunded_at, action_id, ticket_id
FROM refund WHERE key = ANY ($1::text[])
ORDER BY refunded_at, refund_id;

-- name: save_settlements
INSERT INTO settlement AS s (key, shop_id, order_id, lines, placed, reported_fen, version)
SELECT n.key, n.shop_id, n.order_id, n.lines::jsonb, n.placed, n.reported_fen, n.version
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[],
            $7::integer[]) AS n (key, shop_id, order_id, lines, placed, reported_fen, version)
ORDER BY n.key
ON CONFLICT (key) DO UPDATE
SET lines = excluded.lines, placed = excluded.placed, reported_fen = excluded.reported_fen,
    version = excluded.version
WHERE s.version = excluded.version - 1;

-- name: save_tickets
INSERT INTO ticket AS t (key, ticket_id, shop_id, line_id, language, open_since, resolved_at)
SELECT n.key, n.ticket_id, n.shop_id, n.line_id, n.language, n.open_since, n.resolved_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
            $7::timestamptz[])
     AS n (key, ticket_id, shop_id, line_id, language, open_since, resolved_at)
ORDER BY n.key, n.ticket_id
ON CONFLICT (key, ticket_id) DO UPDATE
SET open_since = excluded.open_since, resolved_at = excluded.resolved_at
WHERE (t.open_since, t.resolved_at)
      IS DISTINCT FROM (excluded.open_since, excluded.resolved_at);

-- name: save_actions
-- Completed ones first: they make room for the next one in flight.
INSERT INTO money_action AS a (action_id, key, shop_id, order_id, ticket_id, parts, refund_fen,
                               compensation_fen, state, decided_at, completed_at)
SELECT n.action_id, n.key, n.shop_id, n.order_id, n.ticket_id, n.parts::jsonb, n.refund_fen,
       n.compensation_fen, n.state, n.decided_at, n.completed_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
            $8::bigint[], $9::text[], $10::timestamptz[], $11::timestamptz[])
     AS n (action_id, key, shop_id, order_id, ticket_id, parts, refund_fen, compensation_fen,
           state, decided_at, completed_at)
ORDER BY n.state, n.action_id
ON CONFLICT (action_id) DO UPDATE
SET state = excluded.state, completed_at = excluded.completed_at
WHERE a.state IS DISTINCT FROM excluded.state;

-- name: save_refunds
INSERT INTO refund AS r (key, refund_id, line_id, refunded_fen, initiator, refunded_at, action_id,
                         ticket_id)
SELECT n.key, n.refund_id, n.line_id, n.refunded_fen, n.initiator, n.refunded_at, n.action_id,
       n.ticket_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[],
            $7::text[], $8::text[])
     AS n (key, refund_id, line_id, refunded_fen, initiator, refunded_at, action_id, ticket_id)
ORDER BY n.key, n.refund_id
ON CONFLICT (key, refund_id) DO UPDATE
SET ticket_id = excluded.ticket_id
WHERE r.ticket_id IS DISTINCT FROM excluded.ticket_id;
