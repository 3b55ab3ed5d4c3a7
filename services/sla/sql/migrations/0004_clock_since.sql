-- Clocks by when they began, for whoever measures the last weeks. It costs a write next to nothing:
-- rows lie in the order in which they began.
CREATE INDEX clock_since ON clock USING brin (anchor_at) WITH (pages_per_range = 32, autosummarize = on);
