-- name: load_triage
SELECT ticket_id, shop_id, problem_class, subtype, level, safety, threat, route, priority, points,
       customer_id, order_id, line_id, policy_version, opened_at, triaged_at, version, picture
FROM ticket_triage
WHERE ticket_id = ANY ($1::text[])
ORDER BY ticket_id
FOR UPDATE;

-- name: save_triage
INSERT INTO ticket_triage AS t (ticket_id, shop_id, problem_class, subtype, level, safety, threat,
                                route, priority, points, customer_id, order_id, line_id,
                                policy_version, opened_at, triaged_at, version, picture)
SELECT n.ticket_id, n.shop_id, n.problem_class, n.subtype, n.level, n.safety, n.threat, n.route,
       n.priority, n.points, n.customer_id, n.order_id, n.line_id, n.policy_version, n.opened_at,
       n.triaged_at, n.version, n.picture::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[],
            $8::text[], $9::integer[], $10::real[], $11::text[], $12::text[], $13::text[],
            $14::text[], $15::timestamptz[], $16::timestamptz[], $17::integer[], $18::text[])
     AS n (ticket_id, shop_id, problem_class, subtype, level, safety, threat, route, priority,
           points, customer_id, order_id, line_id, policy_version, opened_at, triaged_at, version,
           picture)
ORDER BY n.ticket_id
ON CONFLICT (ticket_id) DO UPDATE
SET problem_class = excluded.problem_class, subtype = excluded.subtype, level = excluded.level,
    safety = excluded.safety, threat = excluded.threat, route = excluded.route,
    priority = excluded.priority, points = excluded.points,
    policy_version = excluded.policy_version, triaged_at = excluded.triaged_at,
    version = excluded.version, picture = excluded.picture
WHERE t.version = excluded.version - 1;

-- name: plan_questions
INSERT INTO second_opinion_question (ticket_id, shop_id, words, subtypes, correlation, cause,
                                     traceparent, expires_at)
SELECT t.ticket_id, t.shop_id, t.words, t.subtypes::jsonb, t.correlation, t.cause, t.traceparent,
       clock_timestamp() + $8 * interval '1 second'
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[])
     AS t (ticket_id, shop_id, words, subtypes, correlation, cause, traceparent)
ORDER BY t.ticket_id
ON CONFLICT (ticket_id) DO NOTHING;

-- name: first_question
-- What is due, answers that were not told yet first; unless $1 (somebody may be asked) only these:
-- false is less than true, and so the index finds them. Locked, others take the next one.
SELECT ticket_id, shop_id, words, answer, subtypes, correlation, cause, traceparent, tries
FROM second_opinion_question
WHERE next_try_at <= clock_timestamp() AND expires_at > clock_timestamp()
  AND (words IS NOT NULL) <= $1::boolean
ORDER BY words IS NOT NULL, next_try_at
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: hold_purse
-- One at a time looks into the purse and takes out of it.
SELECT pg_advisory_xact_lock(hashtextextended('second-opinion/' || current_schema(), 0));

-- name: spent
-- Within the last hour and the last day at least: a slot counts until its end is that long ago.
SELECT coalesce(sum(spent_fen) FILTER (
           WHERE slot_at > clock_timestamp() - interval '65 minutes'), 0)::bigint AS hour_fen,
       coalesce(sum(spent_fen), 0)::bigint AS day_fen
FROM second_opinion_spent
WHERE slot_at > clock_timestamp() - interval '24 hours 5 minutes';

-- name: spend
INSERT INTO second_opinion_spent AS s (slot_at, spent_fen)
VALUES (date_bin('5 minutes', clock_timestamp(), 'epoch'), $1)
ON CONFLICT (slot_at) DO UPDATE SET spent_fen = s.spent_fen + excluded.spent_fen
RETURNING slot_at;

-- name: unspend
UPDATE second_opinion_spent SET spent_fen = spent_fen - $2 WHERE slot_at = $1;

-- name: forget_spent
DELETE FROM second_opinion_spent WHERE slot_at < clock_timestamp() - interval '25 hours';

-- name: begin_question
UPDATE second_opinion_question
SET tries = tries + $2, next_try_at = clock_timestamp() + $3 * interval '1 second'
WHERE ticket_id = $1;

-- name: wait_question
UPDATE second_opinion_question
SET next_try_at = clock_timestamp() + $2 * interval '1 second'
WHERE ticket_id = $1;

-- name: answer_question
UPDATE second_opinion_question SET words = NULL, answer = $2 WHERE ticket_id = $1 AND words IS NOT NULL;

-- name: end_question
DELETE FROM second_opinion_question WHERE ticket_id = $1;

-- name: expire_questions
DELETE FROM second_opinion_question WHERE expires_at <= clock_timestamp();

-- name: drop_questions
DELETE FROM second_opinion_question;

-- name: note_sightings
INSERT INTO cluster_sighting (shop_id, body)
SELECT n.shop_id, n.body
FROM unnest($1::text[], $2::text[]) AS n (shop_id, body);

-- name: shops_to_look_at
SELECT shop_id, min(seq) AS first, count(*) AS waiting
FROM cluster_sighting
GROUP BY shop_id
ORDER BY shop_id
LIMIT $1;

-- name: lock_cluster_shops
SELECT shop_id, shares, version
FROM cluster_shop
WHERE shop_id = ANY ($1::text[])
ORDER BY shop_id
FOR UPDATE;

-- name: sightings
SELECT s.seq, s.shop_id, s.body
FROM unnest($1::text[]) AS w (shop_id)
CROSS JOIN LATERAL (
    SELECT n.seq, n.shop_id, n.body
    FROM cluster_sighting AS n
    WHERE n.shop_id = w.shop_id
    ORDER BY n.seq
    LIMIT $2) AS s;

-- name: cluster_names
SELECT n.shop_id, n.kind, n.name, n.counts
FROM unnest($1::text[], $2::text[], $3::text[]) AS w (shop_id, kind, name)
JOIN cluster_name AS n ON n.shop_id = w.shop_id AND n.kind = w.kind AND n.name = w.name;

-- name: cluster_marks
-- The newest alone: a photo that hundreds have sent says no more than one that fifty have.
SELECT s.shop_id, s.mark, s.ticket_id, s.content, s.order_id, s.customer_id, s.seen_at
FROM unnest($1::text[], $2::text[]) AS w (shop_id, mark)
CROSS JOIN LATERAL (
    SELECT m.shop_id, m.mark, m.ticket_id, m.content, m.order_id, m.customer_id, m.seen_at
    FROM cluster_mark AS m
    WHERE m.shop_id = w.shop_id AND m.mark = w.mark AND m.seen_at >= $3
    ORDER BY m.seen_at DESC
    LIMIT 50) AS s;

-- name: save_cluster_shops
INSERT INTO cluster_shop AS c (shop_id, shares, version)
SELECT n.shop_id, n.shares, n.version
FROM unnest($1::text[], $2::text[], $3::integer[]) AS n (shop_id, shares, version)
ORDER BY n.shop_id
ON CONFLICT (shop_id) DO UPDATE
SET shares = excluded.shares, version = excluded.version
WHERE c.version = excluded.version - 1;

-- name: save_cluster_names
INSERT INTO cluster_name AS c (shop_id, kind, name, counts, seen_at)
SELECT n.shop_id, n.kind, n.name, n.counts, n.seen_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
     AS n (shop_id, kind, name, counts, seen_at)
ON CONFLICT (shop_id, kind, name) DO UPDATE
SET counts = excluded.counts, seen_at = excluded.seen_at;

-- name: add_cluster_marks
INSERT INTO cluster_mark (shop_id, mark, ticket_id, content, order_id, customer_id, seen_at)
SELECT n.shop_id, n.mark, n.ticket_id, n.content, n.order_id, n.customer_id, n.seen_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[])
     AS n (shop_id, mark, ticket_id, content, order_id, customer_id, seen_at)
ON CONFLICT (shop_id, mark, ticket_id) DO NOTHING;

-- name: drop_sightings
DELETE FROM cluster_sighting AS s
USING unnest($1::text[], $2::bigint[]) AS n (shop_id, seq)
WHERE s.shop_id = n.shop_id AND s.seq = n.seq;

-- name: forget_cluster_names
DELETE FROM cluster_name AS c
USING unnest($1::text[], $2::timestamptz[]) AS n (shop_id, before)
WHERE c.shop_id = n.shop_id AND c.seen_at < n.before;

-- name: forget_cluster_marks
DELETE FROM cluster_mark AS m
USING unnest($1::text[], $2::timestamptz[]) AS n (shop_id, before)
WHERE m.shop_id = n.shop_id AND m.seen_at < n.before;
