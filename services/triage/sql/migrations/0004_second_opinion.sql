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
