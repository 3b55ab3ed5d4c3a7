-- Inbox and outbox by week: history leaves by dropping a table, never row by row.

-- The first UUIDv7 of an instant: batches bear their time in their id.
CREATE FUNCTION first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '70008000000000000000')::uuid
$$;

ALTER TABLE inbox RENAME TO inbox_before;
ALTER TABLE outbox RENAME TO outbox_before;
ALTER TABLE outbox_batch RENAME TO outbox_batch_before;

-- Every message that had its effect, exactly once per desk. Ids are unique within a week's table:
-- beyond, the fence and the cases' locks keep two from writing the same (ADR 0010).
CREATE TABLE inbox (
    desk       text        NOT NULL,
    id         uuid        NOT NULL,
    digest     bigint      NOT NULL,
    key        text        NOT NULL,
    topic      text        NOT NULL,
    part       integer     NOT NULL,
    pos        bigint      NOT NULL,
    seq        bigint      GENERATED ALWAYS AS IDENTITY,
    events     integer     NOT NULL,
    answer     jsonb,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
) PARTITION BY RANGE (applied_at);

-- One row per committed transaction that publishes: marking it published is one update.
CREATE TABLE outbox_batch (
    id           uuid        NOT NULL,
    instance     text        NOT NULL,
    events       integer     NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz
) PARTITION BY RANGE (id);

CREATE TABLE outbox (
    batch       uuid   NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    id          uuid   NOT NULL,
    topic       text   NOT NULL,
    key         text   NOT NULL,
    type        text   NOT NULL,
    value       bytea  NOT NULL,
    traceparent text
) PARTITION BY RANGE (batch);

-- What bears a time outside all weeks (a clock far off) is kept here, and never dropped.
CREATE TABLE inbox_else PARTITION OF inbox DEFAULT;
CREATE TABLE outbox_batch_else PARTITION OF outbox_batch DEFAULT;
CREATE TABLE outbox_else PARTITION OF outbox DEFAULT;

CREATE FUNCTION index_history(child text, parent text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF parent = 'inbox' THEN
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (desk, id)', child || '_once', child);
    ELSIF parent = 'outbox' THEN
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (batch, seq)', child || '_order', child);
    ELSE
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (id)', child || '_once', child);
        EXECUTE format('CREATE INDEX %I ON %I (created_at) WHERE published_at IS NULL',
                       child || '_unpublished', child);
    END IF;
END $$;

SELECT index_history(t.child, t.parent)
FROM (VALUES ('inbox_else', 'inbox'), ('outbox_else', 'outbox'),
             ('outbox_batch_else', 'outbox_batch')) AS t (child, parent);

-- Makes the tables of the weeks to come and drops those whose last row is older than `kept`;
-- an outbox with something unpublished stays. Doing it again does nothing. Returns what it dropped.
-- Services may call it and own none of it.
CREATE FUNCTION keep_history(kept interval, at timestamptz DEFAULT clock_timestamp())
RETURNS TABLE (dropped text) LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    parent text;
    child text;
    week timestamptz;
    is_free boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('history/' || current_schema(), 0));
    FOREACH parent IN ARRAY ARRAY['inbox', 'outbox', 'outbox_batch'] LOOP
        FOR week IN
            SELECT generate_series(date_trunc('week', at, 'UTC'),
                                   date_trunc('week', at, 'UTC') + interval '2 weeks',
                                   interval '1 week')
        LOOP
            child := parent || to_char(week AT TIME ZONE 'UTC', '_IYYY"w"IW');
            CONTINUE WHEN to_regclass(child) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS)', child, parent);
            PERFORM index_history(child, parent);
            IF parent = 'inbox' THEN
                EXECUTE format('ALTER TABLE inbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                               child, week, week + interval '1 week');
            ELSE
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                               parent, child, first_id(week), first_id(week + interval '1 week'));
            END IF;
        END LOOP;
    END LOOP;
    FOR parent, child, week IN
        SELECT p.relname, c.relname, to_date(right(c.relname, 7), 'IYYY"w"IW')::timestamp AT TIME ZONE 'UTC'
        FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        JOIN pg_class AS p ON p.oid = i.inhparent
        WHERE p.relnamespace = current_schema()::regnamespace
          AND p.relname IN ('inbox', 'outbox', 'outbox_batch') AND c.relname ~ '_\d{4}w\d\d$'
        ORDER BY p.relname, c.relname
    LOOP
        CONTINUE WHEN week + interval '1 week' + kept >= at;
        is_free := true;
        IF parent <> 'inbox' THEN
            SELECT NOT EXISTS (SELECT FROM outbox_batch AS b
                               WHERE b.published_at IS NULL AND b.id >= first_id(week)
                                 AND b.id < first_id(week + interval '1 week'))
            INTO is_free;
        END IF;
        IF is_free THEN
            EXECUTE format('DROP TABLE %I', child);
            dropped := child;
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION keep_history(interval, timestamptz) FROM PUBLIC;
-- It runs with its owner's rights: nobody's temporary tables may pass for ours.
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION keep_history(interval, timestamptz) SET search_path = %I, pg_temp',
                   current_schema());
END $$;

SELECT keep_history(interval '100 years');

INSERT INTO inbox (desk, id, digest, key, topic, part, pos, seq, events, answer, applied_at)
OVERRIDING SYSTEM VALUE
SELECT desk, id, digest, key, topic, part, pos, seq, events, answer, applied_at
FROM inbox_before;
INSERT INTO outbox_batch SELECT * FROM outbox_batch_before;
INSERT INTO outbox (batch, seq, id, topic, key, type, value, traceparent)
OVERRIDING SYSTEM VALUE
SELECT batch, seq, id, topic, key, type, value, traceparent FROM outbox_before;
SELECT setval(pg_get_serial_sequence('inbox', 'seq'),
              (SELECT coalesce(max(seq), 0) + 1 FROM inbox), false),
       setval(pg_get_serial_sequence('outbox', 'seq'),
              (SELECT coalesce(max(seq), 0) + 1 FROM outbox), false);
DROP TABLE inbox_before, outbox_before, outbox_batch_before;
