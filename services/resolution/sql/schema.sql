-- Tables of resolution besides the runtime's: orders with their money, tickets, money actions.
CREATE TABLE order_case (
    key      text    PRIMARY KEY,
    shop_id  text    NOT NULL,
    order_id text,
    paid     jsonb,
    refunds  jsonb   NOT NULL,
    version  integer NOT NULL
);

CREATE TABLE ticket (
    ticket_id   text        PRIMARY KEY,
    shop_id     text        NOT NULL,
    case_key    text        NOT NULL,
    line_id     text,
    opened_at   timestamptz NOT NULL,
    resolved_at timestamptz
);
CREATE INDEX ticket_case ON ticket (case_key);

CREATE TABLE money_action (
    action_id        text    PRIMARY KEY,
    case_key         text    NOT NULL,
    ticket_id        text    NOT NULL,
    shares           jsonb   NOT NULL,
    refund_fen       bigint  NOT NULL CHECK (refund_fen >= 0),
    compensation_fen bigint  NOT NULL CHECK (compensation_fen >= 0),
    state            text    NOT NULL CHECK (state IN ('in_flight', 'done'))
);
CREATE INDEX money_action_case ON money_action (case_key);
-- Never two money actions at once on an order, whatever the rules say.
CREATE UNIQUE INDEX money_action_in_flight ON money_action (case_key) WHERE state = 'in_flight';
