-- Tables that the runtime keeps in every service's own schema.

-- Business time. Real time unless the connection carries a scaled clock (demo, tests).
CREATE FUNCTION clock_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT CASE
        WHEN coalesce(current_setting('aftercare.time_scale', true), '') = ''
        THEN clock_timestamp()
        ELSE current_setting('aftercare.time_origin')::timestamptz
           + (clock_timestamp() - current_setting('aftercare.time_started_at')::timestamptz)
           * current_setting('aftercare.time_scale')::double precision
    END
$$;

-- How far each partition has been applied, and who may write for it.
CREATE TABLE progress (
    desk       text        NOT NULL,
    topic      text        NOT NULL,
    part       integer     NOT NULL,
    epoch      bigint      NOT NULL,
    instance   text        NOT NULL,
    next_pos   bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (desk, topic, part)
);

-- Every message that had its effect, exactly once per desk.
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
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (desk, id)
);

-- One row per committed transaction that publishes: marking it published is one update.
CREATE TABLE outbox_batch (
    id           uuid        PRIMARY KEY,
    instance     text        NOT NULL,
    events       integer     NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz
);
CREATE INDEX outbox_batch_unpublished ON outbox_batch (created_at) WHERE published_at IS NULL;

CREATE TABLE outbox (
    batch       uuid   NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    id          uuid   NOT NULL UNIQUE,
    topic       text   NOT NULL,
    key         text   NOT NULL,
    type        text   NOT NULL,
    value       bytea  NOT NULL,
    traceparent text,
    PRIMARY KEY (batch, seq)
);

-- Messages of a key whose first one failed: they wait here, in order.
CREATE TABLE parked (
    desk            text        NOT NULL,
    id              uuid        NOT NULL,
    seq             bigint      GENERATED ALWAYS AS IDENTITY,
    key             text        NOT NULL,
    topic           text        NOT NULL,
    part            integer     NOT NULL,
    pos             bigint      NOT NULL,
    digest          bigint      NOT NULL,
    value           bytea       NOT NULL,
    traceparent     text,
    tries           integer     NOT NULL,
    reason          text        NOT NULL,
    detail          text        NOT NULL,
    first_failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at     timestamptz NOT NULL,
    PRIMARY KEY (desk, id)
);
CREATE INDEX parked_in_order ON parked (desk, key, seq);

-- Messages that were given up, with their sealed bytes.
CREATE TABLE dead_letter (
    id          uuid        PRIMARY KEY,
    desk        text        NOT NULL,
    event_id    uuid,
    key         text        NOT NULL,
    topic       text        NOT NULL,
    part        integer     NOT NULL,
    pos         bigint      NOT NULL,
    reason      text        NOT NULL,
    detail      text        NOT NULL,
    tries       integer     NOT NULL,
    raw_key     text        NOT NULL,
    raw_box     text        NOT NULL,
    traceparent text,
    dead_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    replayed_at timestamptz,
    round       integer     NOT NULL DEFAULT 1
);
CREATE INDEX dead_letter_event ON dead_letter (desk, event_id);

-- What must happen later.
CREATE TABLE timer (
    desk        text        NOT NULL,
    key         text        NOT NULL,
    name        text        NOT NULL,
    due_at      timestamptz NOT NULL,
    shop_id     text        NOT NULL,
    correlation uuid        NOT NULL,
    cause       uuid        NOT NULL,
    traceparent text,
    tries       integer     NOT NULL DEFAULT 0,
    held_until  timestamptz,
    PRIMARY KEY (desk, key, name)
);
CREATE INDEX timer_due ON timer (desk, due_at);

-- Every policy version that ever decided something; rows never change.
CREATE TABLE policy_version (
    name       text        NOT NULL,
    version    text        NOT NULL,
    body       jsonb       NOT NULL,
    first_used timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, version)
);
