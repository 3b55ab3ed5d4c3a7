-- Messages that had their effect: one row each, written in the transaction of that effect. Those
-- that did not come over Kafka have the topic `http`.
CREATE TABLE handled (
    desk       text        NOT NULL,
    id         uuid        NOT NULL,
    topic      text        NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (desk, id)
);

-- What must happen later.
CREATE TABLE alarm (
    desk        text        NOT NULL,
    key         text        NOT NULL,
    name        text        NOT NULL,
    due_at      timestamptz NOT NULL,
    shop_id     text        NOT NULL,
    correlation uuid        NOT NULL,
    cause       uuid        NOT NULL,
    PRIMARY KEY (desk, key, name)
);
CREATE INDEX alarm_due ON alarm (desk, due_at);
