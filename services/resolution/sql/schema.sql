-- An order's money with the tickets about it: one row, one lock. Tickets without an order have
-- a settlement of their own.
CREATE TABLE settlement (
    key          text    PRIMARY KEY,
    shop_id      text    NOT NULL,
    order_id     text,
    lines        jsonb,
    placed       boolean NOT NULL,
    reported_fen bigint  NOT NULL,
    version      integer NOT NULL
);

CREATE TABLE ticket (
    key         text        NOT NULL,
    ticket_id   text        NOT NULL,
    shop_id     text        NOT NULL,
    line_id     text,
    language    text        NOT NULL,
    open_since  timestamptz NOT NULL,
    resolved_at timestamptz,
    PRIMARY KEY (key, ticket_id)
);
CREATE INDEX ticket_by_id ON ticket (shop_id, ticket_id);

-- Money that the order system was told to pay.
CREATE TABLE money_action (
    action_id        text        PRIMARY KEY,
    key              text        NOT NULL,
    shop_id          text        NOT NULL,
    order_id         text        NOT NULL,
    ticket_id        text        NOT NULL,
    parts            jsonb       NOT NULL,
    refund_fen       bigint      NOT NULL CHECK (refund_fen >= 0),
    compensation_fen bigint      NOT NULL CHECK (compensation_fen >= 0),
    state            text        NOT NULL CHECK (state IN ('in_flight', 'completed')),
    decided_at       timestamptz NOT NULL,
    completed_at     timestamptz,
    CHECK ((state = 'completed') = (completed_at IS NOT NULL))
);
CREATE INDEX money_action_of_key ON money_action (key);
-- The rule itself, kept by the database: one money action in flight per order.
CREATE UNIQUE INDEX money_action_in_flight ON money_action (shop_id, order_id)
    WHERE state = 'in_flight';

-- Money that went back, each refund once.
CREATE TABLE refund (
    key          text        NOT NULL,
    refund_id    text        NOT NULL,
    line_id      text,
    refunded_fen bigint      NOT NULL CHECK (refunded_fen >= 0),
    initiator    text        NOT NULL,
    refunded_at  timestamptz NOT NULL,
    action_id    text,
    ticket_id    text,
    PRIMARY KEY (key, refund_id)
);
