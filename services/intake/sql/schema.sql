-- What is known about orders, put together from events in whatever order they came.
-- A row without `placed` is an order that somebody named before it was told of.
CREATE TABLE customer_order (
    shop_id      text        NOT NULL,
    order_id     text        NOT NULL,
    placed       jsonb,
    placed_at    timestamptz,
    placed_event text,
    track        jsonb       NOT NULL DEFAULT '{}',
    version      bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (shop_id, order_id)
) WITH (fillfactor = 80);

CREATE TABLE ticket (
    ticket_id   text        PRIMARY KEY,
    shop_id     text        NOT NULL,
    origin      text        NOT NULL,
    external_id text        NOT NULL,
    customer_id text,
    order_id    text,
    line_id     text,
    state       text        NOT NULL CHECK (state IN ('open', 'waiting', 'closed')),
    wait_cause  text,
    wait_since  timestamptz,
    opened_at   timestamptz NOT NULL,
    messaged_at timestamptz,
    resumed_at  timestamptz,
    reopened_at timestamptz,
    closed_at   timestamptz,
    version     bigint      NOT NULL,
    lane        text        NOT NULL DEFAULT 'routine' CHECK (lane IN ('urgent', 'routine')),
    merged_into text,
    CHECK ((state = 'waiting') = (wait_cause IS NOT NULL)),
    CHECK ((state = 'waiting') = (wait_since IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT ticket_merged CHECK (merged_into IS NULL OR state = 'closed')
);

-- One open ticket per order line; complaints that name no line share one per order.
CREATE UNIQUE INDEX ticket_open_line ON ticket (shop_id, order_id, line_id) NULLS NOT DISTINCT
    WHERE state <> 'closed' AND order_id IS NOT NULL;

-- Every complaint that was taken in, and the ticket that it opened or joined.
CREATE TABLE complaint (
    shop_id     text    NOT NULL,
    origin      text    NOT NULL,
    external_id text    NOT NULL,
    ticket_id   text    NOT NULL,
    joined      boolean NOT NULL,
    digest      text    NOT NULL,
    PRIMARY KEY (shop_id, origin, external_id)
);

-- Messages, replies and calls by their own ids, so that each has its effect once.
CREATE TABLE entry (
    ticket_id text NOT NULL,
    entry     text NOT NULL,
    digest    text NOT NULL,
    PRIMARY KEY (ticket_id, entry)
);

-- Files that a shop has uploaded; their bytes are in the object store under their hash.
CREATE TABLE uploaded_file (
    shop_id    text    NOT NULL,
    sha256     text    NOT NULL,
    media_type text    NOT NULL,
    size_bytes integer NOT NULL,
    PRIMARY KEY (shop_id, sha256)
);
