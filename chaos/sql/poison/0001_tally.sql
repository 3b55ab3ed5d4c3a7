-- How many messages of each key the desk has taken in.
CREATE TABLE tally (
    key     text    PRIMARY KEY,
    seen    integer NOT NULL,
    version integer NOT NULL
);
