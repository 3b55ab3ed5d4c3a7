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
