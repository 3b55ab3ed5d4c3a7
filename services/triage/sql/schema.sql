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
    version        integer     NOT NULL,
    picture        jsonb -- answers and names of findings to judge anew from; never a text
);

-- What an endpoint is to be asked, while it is: `words` is the masked text, until the answer came;
-- `subtypes` says of each class what the ticket would be in it.
-- `next_try_at` (real time) says when somebody asks, or, while somebody does, when that is in doubt.
CREATE TABLE second_opinion_question (
    ticket_id   text        PRIMARY KEY,
    shop_id     text        NOT NULL,
    words       text,
    answer      jsonb,
    subtypes    jsonb       NOT NULL,
    correlation uuid        NOT NULL,
    cause       uuid        NOT NULL,
    traceparent text,
    tries       integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    CONSTRAINT second_opinion_question_words CHECK ((words IS NULL) <> (answer IS NULL))
);
CREATE INDEX second_opinion_question_due
ON second_opinion_question ((words IS NOT NULL), next_try_at);

-- What was spent on asking, by slots of five minutes of real time; a day of them is kept.
CREATE TABLE second_opinion_spent (
    slot_at   timestamptz PRIMARY KEY,
    spent_fen bigint      NOT NULL
);

-- What the cluster alarm has not counted yet of tickets that were triaged; gone with the next look.
CREATE TABLE cluster_sighting (
    seq     bigint GENERATED ALWAYS AS IDENTITY,
    shop_id text   NOT NULL,
    body    text   NOT NULL,
    PRIMARY KEY (shop_id, seq)
);

-- A shop's counts, of all its tickets and of each name (batch, host …) that had some of late.
CREATE TABLE cluster_shop (
    shop_id text    PRIMARY KEY,
    shares  text    NOT NULL,
    version integer NOT NULL
);
CREATE TABLE cluster_name (
    shop_id text        NOT NULL,
    kind    text        NOT NULL,
    name    text        NOT NULL,
    counts  text        NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, kind, name)
);
CREATE INDEX cluster_name_seen ON cluster_name (shop_id, seen_at);

-- Photos and wordings of the last days: `mark` finds what may be alike, `content` is compared.
CREATE TABLE cluster_mark (
    shop_id     text        NOT NULL,
    mark        text        NOT NULL,
    ticket_id   text        NOT NULL,
    content     text        NOT NULL,
    order_id    text,
    customer_id text,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (shop_id, mark, ticket_id)
);
CREATE INDEX cluster_mark_seen ON cluster_mark (shop_id, seen_at);
