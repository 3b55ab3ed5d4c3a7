-- name: ledgers_present
SELECT to_regclass('sla.sla_case') IS NOT NULL;

-- name: business_time
-- What the services' clock shows. One that is scaled ($1) shows itself in what it dated only.
SELECT coalesce(CASE WHEN $1::boolean THEN (SELECT max(told_at) FROM clock_event) END, clock_now());

-- name: policy_versions
SELECT version, body FROM policy_version WHERE name = 'sla' ORDER BY first_used;

-- name: ledgers
-- Tickets by their id, from the one after $1 on, each as a line.
SELECT ticket_id,
       jsonb_build_object('ticket_id', ticket_id, 'policy_version', policy_version,
                          'ledger', ledger)::text AS line
FROM sla_case
WHERE ticket_id > $1
ORDER BY ticket_id
LIMIT $2;
