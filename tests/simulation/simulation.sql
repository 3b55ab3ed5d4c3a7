-- name: time_of_our_own
-- The database's clock is a sequence: not bound to transactions, so that all see it move at once.
CREATE SCHEMA IF NOT EXISTS sim;
CREATE SEQUENCE IF NOT EXISTS sim.tick;
CREATE OR REPLACE FUNCTION sim.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT timestamptz 'epoch' + last_value * interval '1 microsecond' FROM sim.tick
$$;
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT sim.clock_timestamp()',
                      a.attrelid::regclass, a.attname) AS change
        FROM pg_attrdef AS d
        JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'simulated'::regnamespace AND c.relkind IN ('r', 'p')
          AND pg_get_expr(d.adbin, d.adrelid) LIKE '%clock_timestamp()%'
    LOOP
        EXECUTE one.change;
    END LOOP;
    -- what lies outside all weeks goes to one table: nothing depends on the day of the run
    FOR one IN
        SELECT format('DROP TABLE %s', c.oid::regclass) AS change
        FROM pg_class AS c
        WHERE c.relnamespace = 'simulated'::regnamespace AND c.relkind = 'r'
          AND c.relname ~ '_\d{4}w\d\d$'
    LOOP
        EXECUTE one.change;
    END LOOP;
END $$;

-- name: tell_time
SELECT pg_catalog.setval('sim.tick', $1);

-- name: reset
TRUNCATE simulated.inbox, simulated.outbox, simulated.outbox_batch, simulated.parked,
         simulated.dead_letter, simulated.timer, simulated.progress, simulated.tally,
         keyring.person_key
RESTART IDENTITY;

-- name: waits_for
-- Whether a session waits for a lock of others, and whether one of those waits for it.
WITH RECURSIVE chain (pid) AS (
    SELECT unnest(pg_blocking_pids($1))
    UNION
    SELECT unnest(pg_blocking_pids(chain.pid)) FROM chain
)
SELECT count(*) > 0 AS for_others, coalesce(bool_or(pid = $1), false) AS in_circle FROM chain;

-- name: cancel
SELECT pg_cancel_backend($1);

-- name: cases
SELECT key, seen FROM tally ORDER BY key;

-- name: inbox
SELECT id, key, topic, part, pos FROM inbox ORDER BY seq;

-- name: outbox
SELECT o.id, o.key, o.topic, o.type FROM outbox AS o ORDER BY o.seq;

-- name: dead
SELECT id, event_id, topic, part, pos, reason, tries, round, replayed_at IS NOT NULL AS replayed
FROM dead_letter ORDER BY topic, part, pos, reason;

-- name: progress
SELECT topic, part, next_pos FROM progress ORDER BY 1, 2;

-- name: at_rest
-- What is still to be done.
SELECT (SELECT count(*) FROM parked) AS parked,
       (SELECT count(*) FROM outbox_batch WHERE published_at IS NULL) AS unpublished,
       (SELECT count(*) FROM timer) AS timers,
       (SELECT count(*) FROM dead_letter
        WHERE requested_at >= dead_at AND replayed_at IS NULL AND reason <> 'id_reused') AS asked;

-- name: outbox_twice
SELECT id, count(*) AS times FROM outbox GROUP BY id HAVING count(*) > 1;
