-- What each table holds of tickets and orders long past. $1: how many rows. Ids are of the kinds
-- that the services make: UUIDv5 (no order in time) for events and tickets, UUIDv7 for batches.

-- name: inbox
INSERT INTO inbox (desk, id, digest, key, topic, part, pos, events, applied_at)
SELECT 'history', growth.v5('message/' || n), n, growth.v5('ticket/' || n / 8)::text, 'history',
       (n % 6)::integer, n, 1, growth.then_at(n, $1)
FROM generate_series(1, $1) AS n;

-- name: outbox
INSERT INTO outbox (batch, id, topic, key, type, value)
SELECT growth.v7(growth.then_at(n - n % 200, $1), 'batch/' || n / 200),
       growth.v5('event/' || n), 'history', growth.v5('ticket/' || n / 4)::text,
       'aftercare.history.Happened', '\x7b7d'
FROM generate_series(1, $1) AS n;

-- name: outbox_batch
INSERT INTO outbox_batch (id, instance, events, created_at, published_at)
SELECT growth.v7(growth.then_at(n, $1), 'batch/' || n), 'history', 200, growth.then_at(n, $1),
       growth.then_at(n, $1)
FROM generate_series(1, greatest(1, $1 / 200)) AS n;

-- name: customer_order
INSERT INTO customer_order (shop_id, order_id, placed, placed_at, placed_event, track, version)
SELECT 'history', 'O-' || n, '{}', growth.then_at(n, $1), growth.v5('order/' || n)::text, '{}', 3
FROM generate_series(1, $1) AS n;

-- name: ticket
INSERT INTO ticket (ticket_id, shop_id, origin, external_id, customer_id, order_id, state,
                    opened_at, closed_at, version)
SELECT growth.v5('ticket/' || n), 'history', 'douyin', 'X-' || n, 'C-' || n, 'O-' || n, 'closed',
       growth.then_at(n, $1), growth.then_at(n, $1), 4
FROM generate_series(1, $1) AS n;

-- name: complaint
INSERT INTO complaint (shop_id, origin, external_id, ticket_id, joined, digest)
SELECT 'history', 'douyin', 'X-' || n, growth.v5('ticket/' || n), false, md5('text/' || n)
FROM generate_series(1, $1) AS n;

-- name: entry
INSERT INTO entry (ticket_id, entry, digest)
SELECT growth.v5('ticket/' || n), 'history', md5('text/' || n) FROM generate_series(1, $1) AS n;

-- name: person_key
INSERT INTO keyring.person_key (key_id, wrapped, created_at)
SELECT growth.v5('person/' || n), '\x00', growth.then_at(n, $1)
FROM generate_series(1, $1) AS n;

-- name: ticket_triage
INSERT INTO ticket_triage (ticket_id, shop_id, problem_class, subtype, level, safety, threat, route,
                           priority, points, customer_id, order_id, policy_version, opened_at,
                           triaged_at, version, picture)
SELECT growth.v5('ticket/' || n), 'history', 'logistics', 'not_moving', 'L2', false, 'none',
       'regular_group', 10, 4, 'C-' || n, 'O-' || n, 'triage-1', growth.then_at(n, $1),
       growth.then_at(n, $1), 1,
       jsonb_build_object('problem_class', 'logistics', 'subtype', 'not_moving', 'nature',
                          'service', 'channel', 'douyin', 'confidence', 0.9, 'signs',
                          '["hurry"]'::jsonb, 'facts', '{"delivered": true}'::jsonb)
FROM generate_series(1, $1) AS n;

-- name: sla_case
INSERT INTO sla_case (ticket_id, shop_id, policy_version, ledger, told, armed_at, version)
SELECT growth.v5('ticket/' || n), 'history', 'sla-1', '{}', '[]', NULL, 6
FROM generate_series(1, $1) AS n;

-- name: clock
INSERT INTO clock (ticket_id, clock, generation, shop_id, level, problem_class, state, target_s,
                   anchor_at, due_at, met_at, used_s)
SELECT growth.v5('ticket/' || n / 3), (ARRAY['first_reply', 'handle', 'resolve'])[n % 3 + 1], 1,
       'history', 'L2', 'logistics', 'met', 3600, growth.then_at(n, $1),
       growth.then_at(n, $1) + interval '1 hour', growth.then_at(n, $1), 60
FROM generate_series(1, $1) AS n;

-- name: clock_event
INSERT INTO clock_event (ticket_id, clock, generation, kind, threshold, told_at)
SELECT growth.v5('ticket/' || n / 2), 'history', 1, (ARRAY['started', 'met'])[n % 2 + 1], '',
       growth.then_at(n, $1)
FROM generate_series(1, $1) AS n;

-- name: timer
-- Tickets that wait for a clock in the far future.
INSERT INTO timer (desk, key, name, due_at, shop_id, correlation, cause)
SELECT 'clocks', growth.v5('waiting/' || n)::text, 'clock',
       timestamptz '2099-01-01 00:00+00' + n * interval '1 second', 'history',
       growth.v5('waiting/' || n), growth.v5('cause/' || n)
FROM generate_series(1, $1) AS n;

-- name: ticket_case
INSERT INTO ticket_case (ticket_id, shop_id, order_id, is_dispute, facts, version)
SELECT growth.v5('ticket/' || n), 'history', 'O-' || n, false, '{}', 2
FROM generate_series(1, $1) AS n;

-- name: order_case
INSERT INTO order_case (key, shop_id, order_id, facts, version)
SELECT 'history/O-' || n, 'history', 'O-' || n, '{}', 2 FROM generate_series(1, $1) AS n;

-- name: notification
INSERT INTO notification (notification_id, shop_id, about, rule, recipient, step, channels,
                          channel_no, lane, provider, priority, template, language, params,
                          correlation, cause, policy_version, planned_at, state, trail, tries,
                          asked, created_at, version)
SELECT growth.v5('letter/' || n), 'history', growth.v5('ticket/' || n)::text, 'opened', 'customer',
       1, '{sms}', 0, 'sms', 'aliyun_sms', 5, 'opened', 'zh', '{}', growth.v5('ticket/' || n),
       growth.v5('ticket/' || n), 'notifier-1', growth.then_at(n, $1), 'delivered',
       '{planned,sending,accepted,delivered}', 1, 0, growth.then_at(n, $1), 4
FROM generate_series(1, $1) AS n;

-- name: escalation
INSERT INTO escalation (escalation_id, shop_id, ticket_id, clock, generation, occasion, level,
                        problem_class, cause, due_at, since_at, raised_at, state, told,
                        stepped_at, people, ended_at)
SELECT growth.v5('ladder/' || n), 'history', growth.v5('ticket/' || n)::text, 'closure', 1,
       'closure/1', 'L2', 'logistics', 'breached', growth.then_at(n, $1), growth.then_at(n, $1),
       growth.then_at(n, $1), 'met', 1, growth.then_at(n, $1), '{duty}', growth.then_at(n, $1)
FROM generate_series(1, $1) AS n;

-- name: dossier
INSERT INTO dossier (key, shop_id, version, is_ticket, ticket_ids, skus)
SELECT 'history/' || growth.v5('ticket/' || n), 'history', 1, true,
       ARRAY[growth.v5('ticket/' || n)::text], '{}'
FROM generate_series(1, $1) AS n;

-- name: trail
INSERT INTO trail (key, event_id, type, correlation, body)
SELECT 'history/O-' || n, growth.v5('order/' || n), 'aftercare.orders.OrderPlaced',
       growth.v5('order/' || n), '\x7b7d'
FROM generate_series(1, $1) AS n;

-- name: item
-- Leaves before the first one, where no tree reaches.
INSERT INTO item (leaf_index, leaf_hash, key, ticket_id, shop_id, kind, event_id, type,
                  correlation, segment, start, length, archived_at)
SELECT -n, sha256(n::text::bytea), 'history/' || growth.v5('ticket/' || n / 8),
       growth.v5('ticket/' || n / 8)::text, 'history', 'ticket_event', growth.v5('message/' || n),
       'aftercare.history.Happened', growth.v5('ticket/' || n / 8), sha256('segment'), 0, 1000,
       growth.then_at(n, $1)
FROM generate_series(1, $1) AS n;

-- name: link
INSERT INTO link (key, ticket_id, leaf_index, correlation)
SELECT 'history/O-' || n, growth.v5('ticket/' || n)::text, -n, growth.v5('ticket/' || n)
FROM generate_series(1, $1) AS n;

-- name: settlement
INSERT INTO settlement (key, shop_id, order_id, lines, placed, reported_fen, version)
SELECT 'history/O-' || n, 'history', 'O-' || n, '[]', true, 0, 2 FROM generate_series(1, $1) AS n;

-- name: settled_ticket
INSERT INTO ticket (key, ticket_id, shop_id, language, open_since, resolved_at)
SELECT 'history/O-' || n, growth.v5('ticket/' || n)::text, 'history', 'zh', growth.then_at(n, $1),
       growth.then_at(n, $1)
FROM generate_series(1, $1) AS n;
