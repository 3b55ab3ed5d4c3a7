-- name: end_backends
-- Of the services' roles, so many at random.
SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS ended
FROM (SELECT pid FROM pg_stat_activity
      WHERE application_name LIKE 'aftercare-%' AND pid <> pg_backend_pid()
      ORDER BY random() LIMIT $1) AS chosen;

-- name: enter
SELECT set_config('search_path', $1, true);

-- name: patience
SELECT set_config('idle_in_transaction_session_timeout', '0', true);

-- name: lock_progress
SELECT count(*) FROM (SELECT FROM progress FOR UPDATE) AS locked;

-- name: waiting_for_locks
-- Sessions of one service.
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND application_name = $1;

-- name: epochs
SELECT desk, topic, part, epoch FROM progress;

-- name: letters
SELECT desk, topic, part, pos, reason FROM dead_letter;
