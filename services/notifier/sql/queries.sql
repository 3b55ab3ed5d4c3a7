-- name: load_tickets
SELECT ticket_id, shop_id, order_id, facts::text AS facts, version
FROM ticket_case
WHERE ticket_id = ANY ($1::text[])
ORDER BY ticket_id
FOR UPDATE;

-- name: save_tickets
INSERT INTO ticket_case AS c (ticket_id, shop_id, order_id, is_dispute, facts, version)
SELECT t.ticket_id, t.shop_id, t.order_id, t.is_dispute, t.facts::jsonb, t.version
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::bigint[])
     AS t (ticket_id, shop_id, order_id, is_dispute, facts, version)
ORDER BY t.ticket_id
ON CONFLICT (ticket_id) DO UPDATE
SET order_id = excluded.order_id, is_dispute = excluded.is_dispute, facts = excluded.facts,
    version = excluded.version
WHERE c.version = excluded.version - 1;

-- name: load_ladders
-- Under the lock of their tickets.
SELECT ticket_id, escalation_id, clock, generation, level, problem_class, cause, due_at, since_at,
       raised_at, state, told, stepped_at, people, acknowledged_by, ended_at
FROM escalation
WHERE ticket_id = ANY ($1::text[])
ORDER BY escalation_id;

-- name: save_ladders
-- `people` come as one text each, parted by commas.
INSERT INTO escalation AS e (escalation_id, shop_id, ticket_id, clock, generation, level,
                             problem_class, cause, due_at, since_at, raised_at, state, told,
                             stepped_at, people, acknowledged_by, ended_at, occasion)
SELECT t.escalation_id, t.shop_id, t.ticket_id, t.clock, t.generation, t.level, t.problem_class,
       t.cause, t.due_at, t.since_at, t.raised_at, t.state, t.told, t.stepped_at,
       string_to_array(t.people, ','), t.acknowledged_by, t.ended_at, t.occasion
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::text[],
            $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[],
            $13::integer[], $14::timestamptz[], $15::text[], $16::text[], $17::timestamptz[],
            $18::text[])
     AS t (escalation_id, shop_id, ticket_id, clock, generation, level, problem_class, cause,
           due_at, since_at, raised_at, state, told, stepped_at, people, acknowledged_by, ended_at,
           occasion)
ORDER BY t.escalation_id
ON CONFLICT (escalation_id) DO UPDATE
SET state = excluded.state, told = excluded.told, stepped_at = excluded.stepped_at,
    people = excluded.people, acknowledged_by = excluded.acknowledged_by,
    ended_at = excluded.ended_at;

-- name: escalation_by_id
SELECT escalation_id, ticket_id FROM escalation WHERE escalation_id = $1 AND shop_id = $2;

-- name: escalation_by_number
-- By the first digits of a notification's id, as it stands in messages: a span of ids.
SELECT DISTINCT e.escalation_id, e.ticket_id
FROM notification AS n
JOIN escalation AS e ON e.escalation_id = (n.params ->> 'escalation')::uuid
WHERE n.notification_id BETWEEN $1 AND $2 AND n.shop_id = $3 AND e.shop_id = $3;

-- name: order_facts
-- Without a lock: only the phone is of interest.
SELECT key, facts::text AS facts FROM order_case WHERE key = ANY ($1::text[]);

-- name: load_orders
SELECT key, shop_id, order_id, facts::text AS facts, version
FROM order_case
WHERE key = ANY ($1::text[])
ORDER BY key
FOR UPDATE;

-- name: disputed_orders
SELECT DISTINCT c.shop_id, c.order_id
FROM unnest($1::text[], $2::text[]) AS t (shop_id, order_id)
JOIN ticket_case AS c ON c.shop_id = t.shop_id AND c.order_id = t.order_id
WHERE c.is_dispute AND c.order_id IS NOT NULL;

-- name: save_orders
INSERT INTO order_case AS c (key, shop_id, order_id, facts, version)
SELECT t.key, t.shop_id, t.order_id, t.facts::jsonb, t.version
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
     AS t (key, shop_id, order_id, facts, version)
ORDER BY t.key
ON CONFLICT (key) DO UPDATE
SET facts = excluded.facts, version = excluded.version
WHERE c.version = excluded.version - 1;

-- name: plan
-- The rules plan each once; the key holds even if they did not.
INSERT INTO notification (notification_id, shop_id, about, rule, recipient, step, channels,
                          channel_no, lane, provider, priority, template, language, params, person,
                          phone_key, phone_box, correlation, cause, traceparent, policy_version,
                          planned_at, state, trail, tries, asked, next_try_at, code, version)
SELECT t.notification_id, t.shop_id, t.about, t.rule, t.recipient, t.step,
       string_to_array(t.channels, ','), 0, split_part(t.channels, ',', 1), t.provider, t.priority,
       t.template, t.language, t.params::jsonb, t.person, t.phone_key, t.phone_box, t.correlation,
       t.cause, t.traceparent, t.policy_version, t.planned_at,
       CASE WHEN t.failed = '' THEN 'planned' ELSE 'failed' END,
       ARRAY[CASE WHEN t.failed = '' THEN 'planned' ELSE 'failed' END], 0, 0,
       CASE WHEN t.failed = '' THEN clock_timestamp() END, nullif(t.failed, ''), 1
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[],
            $8::text[], $9::smallint[], $10::text[], $11::text[], $12::text[], $13::text[],
            $14::text[], $15::text[], $16::uuid[], $17::uuid[], $18::text[], $19::text[],
            $20::timestamptz[], $21::text[])
     AS t (notification_id, shop_id, about, rule, recipient, step, channels, provider, priority,
           template, language, params, person, phone_key, phone_box, correlation, cause,
           traceparent, policy_version, planned_at, failed)
ORDER BY t.notification_id
ON CONFLICT (notification_id) DO NOTHING;

-- name: load_deliveries
SELECT notification_id, shop_id, about, rule, recipient, step, language, channels, channel_no,
       provider, state, tries, asked, provider_message_id, version, next_try_at IS NULL AS rests
FROM notification
WHERE notification_id = ANY ($1::uuid[])
ORDER BY notification_id
FOR UPDATE;

-- name: save_deliveries
UPDATE notification AS n
SET state = t.state, channel_no = t.channel_no, lane = n.channels[t.channel_no + 1],
    provider = t.provider, tries = t.tries, asked = t.asked,
    provider_message_id = t.provider_message_id,
    next_try_at = clock_timestamp() + t.wait_s * interval '1 second',
    code = coalesce(nullif(t.code, ''), n.code),
    reported_at = coalesce(t.reported_at, n.reported_at),
    trail = n.trail || string_to_array(t.moves, ','),
    version = t.version
FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::integer[],
            $7::text[], $8::double precision[], $9::text[], $10::timestamptz[], $11::text[],
            $12::bigint[])
     AS t (notification_id, state, channel_no, provider, tries, asked, provider_message_id, wait_s,
           code, reported_at, moves, version)
WHERE n.notification_id = t.notification_id AND n.version = t.version - 1;

-- name: repeat_deliveries
-- The same message as a step of its own, through the channel that it is in now.
INSERT INTO notification (notification_id, shop_id, about, rule, recipient, step, channels,
                          channel_no, lane, provider, priority, template, language, params, person,
                          phone_key, phone_box, correlation, cause, traceparent, policy_version,
                          planned_at, state, trail, tries, asked, next_try_at, version)
SELECT t.repeat_id, n.shop_id, n.about, n.rule, n.recipient, n.step + 1, n.channels, n.channel_no,
       n.lane, n.provider, n.priority, n.template, n.language, n.params, n.person, n.phone_key,
       n.phone_box, n.correlation, n.cause, n.traceparent, n.policy_version, clock_now(),
       'planned', ARRAY['planned'], 0, 0, clock_timestamp() + t.wait_s * interval '1 second', 1
FROM unnest($1::uuid[], $2::uuid[], $3::double precision[]) AS t (notification_id, repeat_id, wait_s)
JOIN notification AS n ON n.notification_id = t.notification_id
ORDER BY t.repeat_id
ON CONFLICT (notification_id) DO NOTHING;

-- name: take
-- What is due in a lane, most urgent first and nothing less urgent than $5, begun with the number
-- of the try. Committed before anybody calls the provider.
UPDATE notification AS n
SET state = 'sending', trail = n.trail || 'sending'::text, tries = n.tries + 1,
    sending_since = clock_timestamp(), instance = $3, out_id = n.notification_id::text,
    next_try_at = clock_timestamp() + $4 * interval '1 second', version = n.version + 1
WHERE n.notification_id = ANY (ARRAY(
    SELECT d.notification_id
    FROM notification AS d
    WHERE d.lane = $1 AND d.state = 'planned' AND d.next_try_at <= statement_timestamp()
      AND d.priority <= $5
    ORDER BY d.priority, d.next_try_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED))
RETURNING n.notification_id, n.shop_id, n.about, n.recipient, n.step, n.lane, n.provider,
          n.template, n.language, n.params, n.person, n.phone_key, n.phone_box, n.correlation,
          n.cause, n.traceparent, n.tries, n.sending_since, n.state, 0.0::float8 AS age_s, n.asked,
          n.priority;

-- name: add_robots
INSERT INTO robot (lane, paced_at, calm_at)
SELECT lane, 'epoch', 'epoch' FROM unnest($1::text[]) AS t (lane)
ORDER BY lane
ON CONFLICT (lane) DO NOTHING;

-- name: due
-- Lanes with something to send that is due; $2 if there is something in doubt that is.
SELECT l.lane, EXISTS (SELECT FROM notification AS u
                       WHERE u.lane = l.lane AND u.state = 'planned' AND u.priority = 0
                         AND u.next_try_at <= statement_timestamp()) AS urgent
FROM unnest($1::text[]) AS l (lane)
WHERE EXISTS (SELECT FROM notification AS n
              WHERE n.lane = l.lane AND n.state = 'planned'
                AND n.next_try_at <= statement_timestamp())
UNION ALL
SELECT $2, false
WHERE EXISTS (SELECT FROM notification AS d
              WHERE d.state IN ('sending', 'unknown', 'accepted')
                AND d.next_try_at <= statement_timestamp());

-- name: robot_free
-- Seconds until the robot may speak for what is urgent (real), and whether its group may be
-- disturbed (business). No row: nothing is due.
SELECT greatest(extract(epoch FROM paced_at - clock_timestamp()), 0)::float8 - $2 AS wait_s,
       calm_at <= clock_now() AS calm,
       EXISTS (SELECT FROM notification AS u
               WHERE u.lane = $1 AND u.state = 'planned' AND u.priority = 0
                 AND u.next_try_at <= statement_timestamp()) AS urgent
FROM robot
WHERE lane = $1
  AND EXISTS (SELECT FROM notification AS n
              WHERE n.lane = $1 AND n.state = 'planned'
                AND n.next_try_at <= statement_timestamp());

-- name: person_next
-- Who of those with something due in a lane to people is told first: those who may be told
-- (business time) before those told lately. How long the robot $2 must rest (real), and whether
-- what comes first for anybody is settled meanwhile. No row: nothing is due. From person to person
-- by the index: each costs the same, however much waits for them.
WITH RECURSIVE person AS (
    SELECT min(n.recipient) AS name
    FROM notification AS n
    WHERE n.lane = $1 AND n.state = 'planned' AND n.template = 'escalation'
    UNION ALL
    SELECT (SELECT min(n.recipient)
            FROM notification AS n
            WHERE n.lane = $1 AND n.state = 'planned' AND n.template = 'escalation'
              AND n.recipient > each.name)
    FROM person AS each
    WHERE each.name IS NOT NULL
)
SELECT f.recipient, f.priority = 0 AS urgent,
       greatest(extract(epoch FROM r.paced_at - clock_timestamp()), 0)::float8 - $3 AS wait_s,
       coalesce(p.calm_at <= clock_now(), true) AS calm,
       bool_or(e.state <> 'raised') OVER () AS overtaken
FROM person
CROSS JOIN LATERAL (
    SELECT n.recipient, n.priority, n.next_try_at, (n.params ->> 'escalation')::uuid AS escalation
    FROM notification AS n
    WHERE n.lane = $1 AND n.recipient = person.name AND n.state = 'planned'
      AND n.template = 'escalation' AND n.next_try_at <= statement_timestamp()
    ORDER BY n.priority, n.next_try_at
    LIMIT 1) AS f
JOIN escalation AS e ON e.escalation_id = f.escalation
JOIN robot AS r ON r.lane = $2
LEFT JOIN robot AS p ON p.lane = f.recipient
ORDER BY coalesce(p.calm_at <= clock_now(), true) DESC, f.priority, f.next_try_at
LIMIT 1;

-- name: overtaken
-- What is due in a lane to people though its ladder has ended.
SELECT n.notification_id, n.shop_id, n.correlation, n.cause, n.traceparent
FROM notification AS n
JOIN escalation AS e ON e.escalation_id = (n.params ->> 'escalation')::uuid
WHERE n.lane = $1 AND n.state = 'planned' AND n.next_try_at <= statement_timestamp()
  AND e.state <> 'raised'
ORDER BY n.notification_id
LIMIT $2;

-- name: hold_robots
-- As hold_robot, for a robot and a person: fewer rows than asked for, another one holds one.
SELECT lane FROM robot WHERE lane = ANY ($1::text[]) ORDER BY lane FOR UPDATE SKIP LOCKED;

-- name: choose_for_person
-- What a person could be told now: of ladders that still climb.
SELECT n.notification_id, n.shop_id, n.about, n.recipient, n.step, n.lane, n.provider, n.template,
       n.language, n.params, n.person, n.phone_key, n.phone_box, n.correlation, n.cause,
       n.traceparent, n.tries + 1 AS tries, clock_timestamp() AS sending_since, n.state,
       0.0::float8 AS age_s, n.asked, n.priority
FROM notification AS n
JOIN escalation AS e ON e.escalation_id = (n.params ->> 'escalation')::uuid
WHERE n.lane = $1 AND n.recipient = $2 AND n.state = 'planned'
  AND n.template = 'escalation'
  AND n.next_try_at <= statement_timestamp() AND e.state = 'raised'
ORDER BY n.priority, n.next_try_at
LIMIT $3
FOR UPDATE OF n SKIP LOCKED;

-- name: waiting_for_person
-- How much of that there is in all, by clock, and without a clock altogether.
SELECT n.params ->> 'clock' AS clock, count(*) AS letters, count(DISTINCT n.about) AS tickets,
       min(n.params ->> 'due_at') AS oldest
FROM notification AS n
JOIN escalation AS e ON e.escalation_id = (n.params ->> 'escalation')::uuid
WHERE n.lane = $1 AND n.recipient = $2 AND n.state = 'planned'
  AND n.template = 'escalation'
  AND n.next_try_at <= statement_timestamp() AND e.state = 'raised'
GROUP BY GROUPING SETS ((n.params ->> 'clock'), ())
ORDER BY clock;

-- name: told_person
-- Another message only after the pace of a person, seconds of business time.
UPDATE robot SET calm_at = clock_now() + $2 * interval '1 second' WHERE lane = $1;

-- name: hold_robot
-- Keeps other instances off until the transaction ends. No row: another one holds it.
SELECT lane FROM robot WHERE lane = $1 FOR UPDATE SKIP LOCKED;

-- name: choose
-- What a robot could say now. Calm notices alone wait for the group; with an urgent one they go.
SELECT n.notification_id, n.shop_id, n.about, n.recipient, n.step, n.lane, n.provider, n.template,
       n.language, n.params, n.person, n.phone_key, n.phone_box, n.correlation, n.cause,
       n.traceparent, n.tries + 1 AS tries, clock_timestamp() AS sending_since, n.state,
       0.0::float8 AS age_s, n.asked, n.priority
FROM notification AS n
WHERE n.lane = $1 AND n.state = 'planned' AND n.next_try_at <= statement_timestamp()
  AND ($3 OR EXISTS (SELECT FROM notification AS u
                     WHERE u.lane = $1 AND u.state = 'planned' AND u.priority = 0
                       AND u.next_try_at <= statement_timestamp()))
ORDER BY n.priority, n.next_try_at
LIMIT $2
FOR UPDATE OF n SKIP LOCKED;

-- name: begin
UPDATE notification
SET state = 'sending', trail = trail || 'sending'::text, tries = tries + 1,
    sending_since = clock_timestamp(), instance = $2, out_id = $3,
    next_try_at = clock_timestamp() + $4 * interval '1 second', version = version + 1
WHERE notification_id = ANY ($1::uuid[]);

-- name: spoke
-- One message more: the pace counts from now; the group's patience too, unless more is waiting.
UPDATE robot
SET paced_at = greatest(paced_at, clock_timestamp()) + $2 * interval '1 second',
    calm_at = CASE WHEN $4 THEN calm_at ELSE clock_now() + $3 * interval '1 second' END
WHERE lane = $1;

-- name: move_on
-- The lane's provider does not answer, or not soon enough for what is as urgent as $4: what has
-- another channel goes there.
UPDATE notification AS n
SET channel_no = n.channel_no + 1, lane = p.lane, provider = p.provider, version = n.version + 1
FROM unnest($2::text[], $3::text[]) AS p (lane, provider)
WHERE p.lane = n.channels[n.channel_no + 2]
  AND n.notification_id = ANY (ARRAY(
    SELECT d.notification_id
    FROM notification AS d
    WHERE d.lane = $1 AND d.state = 'planned' AND d.next_try_at <= statement_timestamp()
      AND d.channel_no + 1 < cardinality(d.channels) AND d.priority <= $4
    LIMIT 500
    FOR UPDATE SKIP LOCKED))
RETURNING n.lane, n.priority;

-- name: doubtful
-- Tries without news, unknown ones to ask about, accepted ones without a report. Taking them up
-- keeps other instances off for a while.
UPDATE notification AS n
SET next_try_at = clock_timestamp() + $2 * interval '1 second',
    asked = n.asked + CASE n.state WHEN 'sending' THEN 0 ELSE 1 END, version = n.version + 1
WHERE n.notification_id = ANY (ARRAY(
    SELECT d.notification_id
    FROM notification AS d
    WHERE d.state IN ('sending', 'unknown', 'accepted') AND d.next_try_at <= statement_timestamp()
    ORDER BY d.next_try_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED))
RETURNING n.notification_id, n.shop_id, n.about, n.recipient, n.step, n.lane, n.provider,
          n.template, n.language, n.params, n.person, n.phone_key, n.phone_box, n.correlation,
          n.cause, n.traceparent, n.tries, n.sending_since, n.state,
          extract(epoch FROM clock_timestamp() - n.sending_since)::float8 AS age_s, n.asked,
          n.priority;

-- name: origins
-- Where notifications come from, for reports that name them: whole ids, and spans of ids for those
-- that went out with others.
SELECT notification_id, shop_id, correlation, cause, traceparent, person, phone_key, phone_box
FROM notification WHERE notification_id = ANY ($1::uuid[])
UNION
SELECT n.notification_id, n.shop_id, n.correlation, n.cause, n.traceparent, n.person, n.phone_key,
       n.phone_box
FROM unnest($2::uuid[], $3::uuid[]) AS t (first, last)
JOIN notification AS n ON n.notification_id BETWEEN t.first AND t.last;

-- name: stranded
SELECT lane, count(*) AS waiting
FROM notification
WHERE state = 'planned' AND lane <> ALL ($1::text[])
GROUP BY lane;
