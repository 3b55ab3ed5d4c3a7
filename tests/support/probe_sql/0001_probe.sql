CREATE TABLE tally (
    key     text    PRIMARY KEY,
    seen    text[]  NOT NULL,
    fired   integer NOT NULL,
    version integer NOT NULL,
    CHECK (cardinality(seen) < 100000)
);
