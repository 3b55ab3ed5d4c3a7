-- What is known about a ticket or an order, and whose evidence it is. While no ticket is about it
-- (ticket_ids is empty) its records wait in `trail`.
CREATE TABLE dossier (
    key        text    PRIMARY KEY,
    shop_id    text    NOT NULL,
    version    integer NOT NULL,
    is_ticket  boolean NOT NULL,
    ticket_ids text[]  NOT NULL,
    session_id text,
    skus       text[]  NOT NULL
);

-- Records of dossiers that nobody disputes, in order of arrival; moved out when a ticket opens.
CREATE TABLE trail (
    key         text   NOT NULL,
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    event_id    uuid   NOT NULL,
    type        text   NOT NULL,
    correlation uuid   NOT NULL,
    body        bytea  NOT NULL,
    PRIMARY KEY (key, seq)
);
ALTER TABLE trail ALTER COLUMN body SET STORAGE EXTERNAL;

-- The leaves of the log. Append-only, also for the service itself (grants.sql).
CREATE TABLE item (
    leaf_index  bigint      PRIMARY KEY,
    leaf_hash   bytea       NOT NULL CHECK (length(leaf_hash) = 32),
    key         text        NOT NULL,
    ticket_id   text,
    shop_id     text        NOT NULL,
    kind        text        NOT NULL
                CHECK (kind IN ('ticket_event', 'order_event', 'stream_segment', 'file')),
    event_id    uuid        NOT NULL,
    type        text        NOT NULL,
    correlation uuid        NOT NULL,
    segment     bytea       NOT NULL CHECK (length(segment) = 32),
    start       integer     NOT NULL,
    length      integer     NOT NULL,
    archived_at timestamptz NOT NULL
);
CREATE INDEX item_of_ticket ON item (ticket_id, leaf_index) WHERE ticket_id IS NOT NULL;
CREATE INDEX item_of_dossier ON item (key, leaf_index) WHERE ticket_id IS NULL;

-- What is in a dossier is evidence of a ticket; leaf_index is the record that says so.
CREATE TABLE link (
    key         text   NOT NULL,
    ticket_id   text   NOT NULL,
    leaf_index  bigint NOT NULL,
    correlation uuid   NOT NULL,
    PRIMARY KEY (key, ticket_id)
);
CREATE INDEX link_of_ticket ON link (ticket_id);
CREATE INDEX link_of_leaf ON link (leaf_index);

-- The log as it stands: its size and the roots of its complete subtrees, largest first.
-- The row lock is what puts leaves in order.
CREATE TABLE log_head (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    log       uuid    NOT NULL,
    tree_size bigint  NOT NULL,
    frontier  bytea   NOT NULL
);

-- 256 neighbouring hashes of the tree's level 8 × level, for proofs without reading all leaves.
CREATE TABLE tile (
    level  integer NOT NULL,
    number bigint  NOT NULL,
    hashes bytea   NOT NULL CHECK (length(hashes) = 8192),
    root   bytea   NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (level, number)
);
ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Keys that ever signed; the public half only.
CREATE TABLE signing_key (
    key_id     text        PRIMARY KEY,
    public_key bytea       NOT NULL CHECK (length(public_key) = 32),
    first_used timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE signed_head (
    tree_size bigint      PRIMARY KEY,
    root      bytea       NOT NULL CHECK (length(root) = 32),
    signed_at timestamptz NOT NULL,
    key_id    text        NOT NULL REFERENCES signing_key (key_id),
    signature bytea       NOT NULL CHECK (length(signature) = 64)
);

-- Which instance cuts tiles, signs and announces, until when; how far it has announced, and up to
-- where it does now: a keeper that takes over goes on with the same window.
CREATE TABLE head_keeper (
    only_one        boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
    holder          text        NOT NULL,
    held_until      timestamptz NOT NULL,
    announced_size  bigint      NOT NULL,
    announcing_size bigint      NOT NULL DEFAULT 0
);

-- Files that ticket events name by their hash, until their bytes are found in the object store.
CREATE TABLE wanted_file (
    ticket_id   text        NOT NULL,
    sha256      text        NOT NULL,
    shop_id     text        NOT NULL,
    media_type  text        NOT NULL,
    size_bytes  bigint      NOT NULL,
    event_id    uuid        NOT NULL,
    correlation uuid        NOT NULL,
    state       text        NOT NULL DEFAULT 'wanted'
                CHECK (state IN ('wanted', 'archived', 'missing', 'altered', 'too_large')),
    tries       integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (ticket_id, sha256)
);
CREATE INDEX wanted_file_due ON wanted_file (next_try_at) WHERE state = 'wanted';
