-- name: schemas
SELECT s.name FROM unnest($1::text[]) AS s (name)
WHERE to_regclass(format('%I.inbox', s.name)) IS NOT NULL;

-- name: enter
SELECT set_config('search_path', $1, true);

-- name: candidates
-- Tickets that somebody may mean: by the beginning of the id, or by a complaint's own id.
SELECT t.ticket_id, 'id' AS by FROM ticket AS t WHERE starts_with(t.ticket_id, $1)
UNION
SELECT c.ticket_id, 'external id' FROM complaint AS c WHERE c.external_id = $1
LIMIT 6;

-- name: latest
SELECT ticket_id FROM ticket ORDER BY opened_at DESC, ticket_id LIMIT 3;

-- name: causes
-- Messages that were applied, over HTTP or from Kafka.
SELECT id::text, topic, applied_at FROM inbox WHERE id = ANY ($1::uuid[]);
