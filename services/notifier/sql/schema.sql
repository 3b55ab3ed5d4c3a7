-- A ticket as its messages need it.
CREATE TABLE ticket_case (
    ticket_id  text    PRIMARY KEY,
    shop_id    text    NOT NULL,
    order_id   text,
    is_dispute boolean NOT NULL,
    facts      jsonb   NOT NULL,
    version    bigint  NOT NULL
) WITH (fillfactor = 75);
CREATE INDEX ticket_case_dispute ON ticket_case (shop_id, order_id)
WHERE is_dispute AND order_id IS NOT NULL;

-- One ladder of a breach: whom it was told to, and how it ended. Written with its ticket's row,
-- whose version guards it. `occasion` names clock and generation, and the date where it may move.
CREATE TABLE escalation (
    escalation_id   uuid        PRIMARY KEY,
    shop_id         text        NOT NULL,
    ticket_id       text        NOT NULL,
    clock           text        NOT NULL,
    generation      integer     NOT NULL,
    occasion        text        NOT NULL,
    level           text        NOT NULL,
    problem_class   text        NOT NULL,
    cause           text        NOT NULL,
    due_at          timestamptz NOT NULL,
    since_at        timestamptz NOT NULL,
    raised_at       timestamptz NOT NULL,
    state           text        NOT NULL,
    told            integer     NOT NULL,
    stepped_at      timestamptz,
    people          text[]      NOT NULL,
    acknowledged_by text,
    ended_at        timestamptz,
    CONSTRAINT escalation_once UNIQUE (ticket_id, occasion),
    CONSTRAINT escalation_state CHECK (
        state IN ('raised', 'acknowledged', 'met', 'cancelled', 'answered', 'resolved')
        AND (state = 'raised') = (ended_at IS NULL)
        AND (state = 'acknowledged') = (acknowledged_by IS NOT NULL)),
    CONSTRAINT escalation_told CHECK (
        (told = 0) = (stepped_at IS NULL) AND (told = 0) = (cardinality(people) = 0))
) WITH (fillfactor = 75);

-- An order as the care chain needs it.
CREATE TABLE order_case (
    key      text   PRIMARY KEY,
    shop_id  text   NOT NULL,
    order_id text   NOT NULL,
    facts    jsonb  NOT NULL,
    version  bigint NOT NULL
) WITH (fillfactor = 75);

-- The delivery ledger: every message to a person, once per (subject, rule, recipient, step).
-- Phones stay sealed; `policy_version` and `rule` say why it was planned. `trail` has every state in order. `next_try_at` (real time) says when the
-- sender looks again: to send, to ask, or, while sending, to doubt.
CREATE TABLE notification (
    notification_id     uuid        PRIMARY KEY,
    shop_id             text        NOT NULL,
    about               text        NOT NULL,
    rule                text        NOT NULL,
    recipient           text        NOT NULL,
    step                integer     NOT NULL,
    channels            text[]      NOT NULL,
    channel_no          integer     NOT NULL,
    lane                text        NOT NULL,
    provider            text        NOT NULL,
    priority            smallint    NOT NULL,
    template            text        NOT NULL,
    language            text        NOT NULL,
    params              jsonb       NOT NULL,
    person              text,
    phone_key           text,
    phone_box           text,
    correlation         uuid        NOT NULL,
    cause               uuid        NOT NULL,
    traceparent         text,
    policy_version      text        NOT NULL,
    planned_at          timestamptz NOT NULL,
    state               text        NOT NULL,
    trail               text[]      NOT NULL,
    tries               integer     NOT NULL,
    asked               integer     NOT NULL,
    next_try_at         timestamptz,
    sending_since       timestamptz,
    instance            text,
    out_id              text,
    provider_message_id text,
    code                text,
    reported_at         timestamptz,
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    version             bigint      NOT NULL,
    CONSTRAINT notification_state CHECK (
        state IN ('planned', 'sending', 'accepted', 'delivered', 'failed', 'unknown')
        AND state = trail[cardinality(trail)]),
    CONSTRAINT notification_place CHECK (lane = channels[channel_no + 1]),
    CONSTRAINT notification_goes_on CHECK (
        (state NOT IN ('planned', 'sending') OR next_try_at IS NOT NULL)
        AND (state NOT IN ('delivered', 'failed') OR next_try_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX notification_waiting ON notification (lane, priority, next_try_at)
WHERE state = 'planned';
-- What waits for each person.
CREATE INDEX notification_person ON notification (lane, recipient, priority, next_try_at)
WHERE state = 'planned' AND template = 'escalation';
CREATE INDEX notification_watched ON notification (next_try_at)
WHERE state IN ('sending', 'unknown', 'accepted') AND next_try_at IS NOT NULL;

-- When a robot may speak again: by its provider's pace in real time (the theoretical arrival time
-- of the next message), and by its group's patience in business time.
CREATE TABLE robot (
    lane     text        PRIMARY KEY,
    paced_at timestamptz NOT NULL,
    calm_at  timestamptz NOT NULL
);
