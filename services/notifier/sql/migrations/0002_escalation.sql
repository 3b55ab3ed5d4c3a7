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

-- What waits for each person.
CREATE INDEX notification_person ON notification (lane, recipient, priority, next_try_at)
WHERE state = 'planned' AND template = 'escalation';
