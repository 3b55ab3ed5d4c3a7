-- name: enter
-- One service's tables from here on, within the transaction.
SELECT set_config('search_path', $1, true);

-- name: unsettled
-- What that service has still to do: events that are not on Kafka, messages that are parked,
-- timers that have been due for more than $1 business seconds.
SELECT
    (SELECT coalesce(sum(events), 0)::bigint FROM outbox_batch WHERE published_at IS NULL)
        AS unpublished,
    (SELECT count(*) FROM parked) AS parked,
    (SELECT count(*) FROM timer WHERE due_at < clock_now() - make_interval(secs => $1)) AS due;
