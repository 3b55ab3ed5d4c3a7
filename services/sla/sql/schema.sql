-- A ticket as the clocks know it. The ledger is the truth and only grows. `counted_by`: the version
-- of the calendars by whose holidays its deadlines were counted last; none where none follows any.
-- `standing`: which deadline binds and what silence would cost; none when the ticket has ended.
CREATE TABLE sla_case (
    ticket_id      text        PRIMARY KEY,
    shop_id        text        NOT NULL,
    policy_version text        NOT NULL,
    ledger         jsonb       NOT NULL,
    told           jsonb       NOT NULL,
    armed_at       timestamptz,
    version        bigint      NOT NULL,
    counted_by     text,
    standing       jsonb
) WITH (fillfactor = 75);
CREATE INDEX sla_case_open ON sla_case (ticket_id) WHERE standing IS NOT NULL;

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
CREATE INDEX clock_since ON clock USING brin (anchor_at) WITH (pages_per_range = 32, autosummarize = on);

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

-- Open tickets, to be put in working order.
CREATE VIEW queue AS
SELECT ticket_id, shop_id, standing ->> 'level' AS level, standing ->> 'group' AS queue_group,
       standing ->> 'clock' AS binding_clock,
       (standing ->> 'due_at')::timestamptz AS binding_due_at,
       (standing ->> 'platform_due_at')::timestamptz AS platform_due_at,
       (standing ->> 'silence_costs_fen')::bigint AS silence_costs_fen
FROM sla_case
WHERE standing IS NOT NULL;
