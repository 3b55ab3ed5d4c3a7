-- What became of every ticket that was triaged. The whole reasoning is in the event Triaged.
CREATE TABLE ticket_triage (
    ticket_id      text        PRIMARY KEY,
    shop_id        text        NOT NULL,
    problem_class  text        NOT NULL,
    subtype        text        NOT NULL,
    level          text        NOT NULL,
    safety         boolean     NOT NULL,
    threat         text        NOT NULL,
    route          text        NOT NULL,
    priority       integer     NOT NULL,
    points         real        NOT NULL,
    customer_id    text,
    order_id       text,
    line_id        text,
    policy_version text        NOT NULL,
    opened_at      timestamptz NOT NULL,
    triaged_at     timestamptz NOT NULL,
    version        integer     NOT NULL
);
