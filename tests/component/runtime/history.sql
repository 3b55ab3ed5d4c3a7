-- name: as_if
SELECT dropped FROM keep_history(interval '100 years', $1);

-- name: receive
INSERT INTO inbox (desk, id, digest, key, topic, part, pos, events, applied_at)
VALUES ('desk', $1, 0, 'key', 'topic', 0, 0, 0, $2);

-- name: decide
INSERT INTO outbox_batch (id, instance, events, created_at, published_at)
VALUES (first_id($1), 'old', 1, $1, $2);

-- name: decide_event
INSERT INTO outbox (batch, id, topic, key, type, value)
VALUES (first_id($1), gen_random_uuid(), 'topic', 'key', 'type', '');

-- name: tables
SELECT c.relname AS name
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE c.relnamespace = current_schema()::regnamespace
ORDER BY 1;

-- name: counted
SELECT (SELECT count(*) FROM inbox) AS inbox, (SELECT count(*) FROM outbox) AS outbox,
       (SELECT count(*) FROM outbox_batch) AS batches;

-- name: first_id
SELECT first_id($1);

-- name: fallen_through
SELECT (SELECT count(*) FROM inbox_else) + (SELECT count(*) FROM outbox_else)
     + (SELECT count(*) FROM outbox_batch_else);
