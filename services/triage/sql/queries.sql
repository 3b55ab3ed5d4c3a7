-- name: load_triage
SELECT ticket_id, shop_id, problem_class, subtype, level, safety, threat, route, priority, points,
       customer_id, order_id, line_id, policy_version, opened_at, triaged_at, version
FROM ticket_triage
WHERE ticket_id = ANY ($1::text[])
ORDER BY ticket_id
FOR UPDATE;

-- name: save_triage
INSERT INTO ticket_triage AS t (ticket_id, shop_id, problem_class, subtype, level, safety, threat,
                                route, priority, points, customer_id, order_id, line_id,
                                policy_version, opened_at, triaged_at, version)
SELECT n.ticket_id, n.shop_id, n.problem_class, n.subtype, n.level, n.safety, n.threat, n.route,
       n.priority, n.points, n.customer_id, n.order_id, n.line_id, n.policy_version, n.opened_at,
       n.triaged_at, n.version
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[],
            $8::text[], $9::integer[], $10::real[], $11::text[], $12::text[], $13::text[],
            $14::text[], $15::timestamptz[], $16::timestamptz[], $17::integer[])
     AS n (ticket_id, shop_id, problem_class, subtype, level, safety, threat, route, priority,
           points, customer_id, order_id, line_id, policy_version, opened_at, triaged_at, version)
ORDER BY n.ticket_id
ON CONFLICT (ticket_id) DO UPDATE
SET problem_class = excluded.problem_class, subtype = excluded.subtype, level = excluded.level,
    safety = excluded.safety, threat = excluded.threat, route = excluded.route,
    priority = excluded.priority, points = excluded.points,
    policy_version = excluded.policy_version, triaged_at = excluded.triaged_at,
    version = excluded.version
WHERE t.version = excluded.version - 1;
