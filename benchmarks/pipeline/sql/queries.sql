-- name: messages_open
-- Messages to customers that are still to be sent or asked about, in the notifier's schema.
SELECT count(*) FROM notification
WHERE next_try_at IS NOT NULL
  AND state IN ('planned', 'sending', 'unknown')
  AND provider = 'aliyun_sms';

-- name: bytes_stored
SELECT pg_database_size(current_database()) AS database_bytes,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS log_bytes;

-- name: chained
-- How many of these messages the textbook's evidence has put into its log, and when the last.
SELECT count(*) AS messages, extract(epoch FROM max(handled_at))::double precision AS last_s
FROM evidence.handled
WHERE id = ANY($1::uuid[]);

-- name: leaves_unannounced
SELECT (SELECT tree_size FROM evidence.log_head)
     - (SELECT announced_size FROM evidence.head_keeper);
