-- name: load_cases
SELECT key, shop_id, order_id, paid, refunds, version
FROM order_case WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE;

-- name: load_tickets
SELECT ticket_id, case_key, line_id, opened_at, resolved_at
FROM ticket WHERE case_key = ANY ($1::text[]) ORDER BY opened_at, ticket_id;

-- name: load_actions
SELECT action_id, case_key, ticket_id, shares, compensation_fen, state
FROM money_action WHERE case_key = ANY ($1::text[]) ORDER BY action_id;

-- name: save_cases
INSERT INTO order_case (key, shop_id, order_id, paid, refunds, version)
SELECT t.key, t.shop_id, t.order_id, t.paid::jsonb, t.refunds::jsonb, t.version
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[])
     AS t (key, shop_id, order_id, paid, refunds, version)
ORDER BY t.key
ON CONFLICT (key) DO UPDATE
SET paid = excluded.paid, refunds = excluded.refunds, version = excluded.version
WHERE order_case.version = excluded.version - 1;

-- name: save_tickets
INSERT INTO ticket (ticket_id, shop_id, case_key, line_id, opened_at, resolved_at)
SELECT t.ticket_id, t.shop_id, t.case_key, t.line_id, t.opened_at, t.resolved_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
            $6::timestamptz[]) AS t (ticket_id, shop_id, case_key, line_id, opened_at, resolved_at)
ORDER BY t.ticket_id
ON CONFLICT (ticket_id) DO UPDATE SET resolved_at = excluded.resolved_at
WHERE ticket.resolved_at IS DISTINCT FROM excluded.resolved_at;

-- name: save_actions
INSERT INTO money_action (action_id, case_key, ticket_id, shares, refund_fen, compensation_fen,
                          state)
SELECT t.action_id, t.case_key, t.ticket_id, t.shares::jsonb, t.refund_fen, t.compensation_fen,
       t.state
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
            $7::text[])
     AS t (action_id, case_key, ticket_id, shares, refund_fen, compensation_fen, state)
ORDER BY t.action_id
ON CONFLICT (action_id) DO UPDATE SET state = excluded.state
WHERE money_action.state <> excluded.state;

-- name: case_of_ticket
SELECT case_key FROM ticket WHERE ticket_id = $1 AND shop_id = $2;
