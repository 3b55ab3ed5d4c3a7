-- name: lay_out
-- Tools for filling, in a schema of their own that `tidy_up` removes.
CREATE SCHEMA growth;
CREATE FUNCTION growth.v5(word text) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN overlay(md5(word) placing '5' from 13 for 1)::uuid;
CREATE FUNCTION growth.v7(at timestamptz, word text) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(word), 1, 3) || '8' || substr(md5(word), 4, 15))::uuid;

-- Half of the history lies in this week, as on its last day, and half in the one before.
CREATE FUNCTION growth.then_at(n bigint, rows bigint) RETURNS timestamptz LANGUAGE sql STABLE
RETURN date_trunc('week', now(), 'UTC') - interval '1 week'
       + n::double precision / (rows + 1) * interval '2 weeks';

-- Indexes are made after the rows: the same rows, in a fraction of the time.
CREATE FUNCTION growth.fill(target regclass, statement text, rows bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    leaf regclass;
    part record;
    later text[] := '{}';
    command text;
BEGIN
    EXECUTE format('TRUNCATE %s', target);
    FOR leaf IN SELECT target UNION SELECT relid FROM pg_partition_tree(target) WHERE isleaf LOOP
        FOR part IN SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
                    WHERE conrelid = leaf AND contype IN ('p', 'u') LOOP
            later := later || format('ALTER TABLE %s ADD CONSTRAINT %I %s', leaf, part.conname,
                                     part.def);
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', leaf, part.conname);
        END LOOP;
        FOR part IN SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS def
                    FROM pg_index WHERE indrelid = leaf LOOP
            later := later || part.def;
            EXECUTE format('DROP INDEX %s', part.name);
        END LOOP;
    END LOOP;
    EXECUTE statement USING rows;
    FOREACH command IN ARRAY later LOOP
        EXECUTE command;
    END LOOP;
END $$;

-- Leaves what no history is: the rows for which `history` is not true.
CREATE FUNCTION growth.take_out(target regclass, history text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT * FROM %s WHERE (%s) IS NOT TRUE',
                   target, history);
    EXECUTE format('TRUNCATE %s', target);
    EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM fresh', target);
    DROP TABLE fresh;
END $$;

-- name: enter
SELECT set_config('search_path', $1, true), set_config('statement_timeout', '0', true),
       set_config('idle_in_transaction_session_timeout', '0', true);

-- name: past_weeks
-- The runtime's own tables for the weeks that the history lies in.
SELECT keep_history('100 years', now() - interval '1 week'), keep_history('100 years', now());

-- name: fill
SELECT growth.fill($1::text::regclass, $2, $3);

-- name: take_out
SELECT growth.take_out($1::text::regclass, $2);

-- name: tidy_up
DROP SCHEMA growth CASCADE;

-- name: flush
CHECKPOINT;

-- name: leaves
SELECT tree_size FROM evidence.log_head;

-- name: log_bytes
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::double precision;
