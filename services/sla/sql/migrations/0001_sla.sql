-- A ticket as the clocks know it. The ledger is the truth and only grows.
CREATE TABLE sla_case (
    ticket_id      text        PRIMARY KEY,
    shop_id        text        NOT NULL,
    policy_version text        NOT NULL,
    ledger         jsonb       NOT NULL,
    told           jsonb       NOT NULL,
    armed_at       timestamptz,
    version        bigint      NOT NULL
) WITH (fillfactor = 75);

-- What the ledger comes to: every clock that a ticket ever had. Can be computed anew at any time.
CREATE TABLE clock (
    ticket_id     text        NOT NULL,
    clock         text        NOT NULL,
    generation    integer     NOT NULL,
    shop_id       text        NOT NULL,
    level         text        NOT NULL,
    problem_class text        NOT NULL,
    state         text        NOT NULL,
    target_s      integer     NOT NULL,
    anchor_at     timestamptz NOT NULL,
    due_at        timestamptz,
    met_at        timestamptz,
    breached_at   timestamptz,
    cancelled_at  timestamptz,
    cause         text,
    used_s        integer,
    PRIMARY KEY (ticket_id, clock, generation),
    CONSTRAINT clock_one_state CHECK (CASE state
        WHEN 'pending'   THEN due_at IS NOT NULL AND met_at IS NULL AND cancelled_at IS NULL
        WHEN 'paused'    THEN due_at IS NULL AND met_at IS NULL AND cancelled_at IS NULL
        WHEN 'met'       THEN met_at IS NOT NULL AND cancelled_at IS NULL
        WHEN 'cancelled' THEN cancelled_at IS NOT NULL AND met_at IS NULL
        WHEN 'breached'  THEN breached_at IS NOT NULL AND cancelled_at IS NULL
        ELSE false END),
    CONSTRAINT clock_breach CHECK (
        (state = 'breached') = (breached_at IS NOT NULL)
        AND (breached_at IS NULL OR breached_at = due_at)),
    CONSTRAINT clock_met_in_time CHECK (
        met_at IS NULL OR due_at IS NULL OR (met_at > due_at) = (breached_at IS NOT NULL))
) WITH (fillfactor = 75);
CREATE INDEX clock_open ON clock (due_at) WHERE state IN ('pending', 'paused');

-- Each event about a clock that was published. The key is the promise that there is one only.
CREATE TABLE clock_event (
    ticket_id  text        NOT NULL,
    clock      text        NOT NULL,
    generation integer     NOT NULL,
    kind       text        NOT NULL,
    threshold  text        NOT NULL,
    told_at    timestamptz NOT NULL,
    PRIMARY KEY (ticket_id, clock, generation, kind, threshold)
);
