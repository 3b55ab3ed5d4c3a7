-- name: complaints
SELECT shop_id, origin, external_id, ticket_id, joined FROM complaint
ORDER BY shop_id, origin, external_id;

-- name: tickets
SELECT ticket_id, shop_id, origin, external_id, order_id, line_id, state FROM ticket
ORDER BY ticket_id;

-- name: clocks
SELECT ticket_id, clock, generation, state, due_at, met_at, breached_at, cancelled_at, target_s
FROM clock
ORDER BY ticket_id, clock, generation;

-- name: clock_events
SELECT ticket_id, clock, generation, kind, threshold,
       EXISTS (SELECT FROM unnest($1::text[], $2::timestamptz[]) AS b (start, until)
               WHERE starts_with(ticket_id, b.start) AND told_at < b.until)
FROM clock_event
ORDER BY ticket_id, clock, generation, kind, threshold;

-- name: clock_timers
SELECT key, due_at FROM timer ORDER BY key, due_at DESC;

-- name: armed_cases
SELECT ticket_id, armed_at FROM sla_case WHERE armed_at IS NOT NULL ORDER BY ticket_id;

-- name: notifications
SELECT notification_id::text, shop_id, about, rule, recipient, step, provider, state, trail,
       next_try_at IS NOT NULL AND state IN ('planned', 'sending', 'unknown'),
       created_at >= to_timestamp($1), state = 'planned' AND starts_with(recipient, 'person/')
FROM notification
ORDER BY notification_id;

-- name: ladders
SELECT escalation_id::text, state, told FROM escalation ORDER BY escalation_id;

-- name: notifications_open
-- What waits for a person's pace is due later, as a timer is.
SELECT count(*) FROM notification
WHERE next_try_at IS NOT NULL AND state IN ('planned', 'sending', 'unknown')
  AND NOT (state = 'planned' AND starts_with(recipient, 'person/'));

-- name: log_state
SELECT log::text, tree_size, frontier FROM log_head;

-- name: heads
SELECT tree_size, root, signed_at, key_id, signature FROM signed_head ORDER BY tree_size;

-- name: signing_keys
SELECT key_id, public_key FROM signing_key ORDER BY key_id;

-- name: archived_twice
SELECT uuid_send(event_id) FROM item WHERE kind <> 'file'
GROUP BY event_id HAVING count(*) > 1
ORDER BY event_id;

-- name: open_leaves
DECLARE leaf_rows NO SCROLL CURSOR FOR
SELECT array_agg(leaf_index ORDER BY leaf_index), array_agg(leaf_hash ORDER BY leaf_index)
FROM item
GROUP BY leaf_index / 10000
ORDER BY leaf_index / 10000;

-- name: next_leaves
FETCH FORWARD 10 FROM leaf_rows;

-- name: close_leaves
CLOSE leaf_rows;

-- name: sampled_leaves
SELECT leaf_index, segment, start, length, kind FROM item WHERE leaf_index % $1 = 0
ORDER BY leaf_index;

-- name: leaves_unannounced
SELECT coalesce((SELECT tree_size FROM log_head), 0)
     - coalesce((SELECT announced_size FROM head_keeper), 0);
