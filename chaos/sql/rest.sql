-- name: left_behind
-- What a service that goes on telling has still to do: events older than $1 real seconds that are
-- not on the bus, messages that are parked.
SELECT (SELECT coalesce(sum(events), 0)::bigint FROM outbox_batch
        WHERE published_at IS NULL
          AND created_at < clock_timestamp() - $1 * interval '1 second')
     + (SELECT count(*) FROM parked);
