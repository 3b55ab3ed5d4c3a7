-- name: enter
SELECT set_config('search_path', $1, true);

-- name: letters
SELECT id, desk, event_id, key, topic, part, pos, reason, detail, tries, round, dead_at,
       requested_at, replayed_at, dropped_at, dropped_because,
       EXISTS (SELECT FROM inbox AS i WHERE i.desk = d.desk AND i.id = d.event_id) AS applied,
       EXISTS (SELECT FROM parked AS p WHERE p.desk = d.desk AND p.id = d.event_id) AS parked
FROM dead_letter AS d
WHERE (cardinality($1::uuid[]) = 0 OR d.id = ANY ($1::uuid[]) OR d.event_id = ANY ($1::uuid[]))
  AND ($2::text IS NULL OR d.key = $2)
  AND ($3::text IS NULL OR d.reason = $3)
  AND ($4::text IS NULL OR d.desk = $4)
  AND ($5::timestamptz IS NULL OR d.dead_at >= $5)
  AND ($6::timestamptz IS NULL OR d.dead_at < $6)
  AND ($7::boolean OR (d.replayed_at IS NULL AND d.dropped_at IS NULL))
ORDER BY d.dead_at, d.id;

-- name: ask_back
UPDATE dead_letter SET requested_at = clock_timestamp()
WHERE id = ANY ($1::uuid[]) AND replayed_at IS NULL AND dropped_at IS NULL
  AND reason <> 'id_reused' AND (requested_at IS NULL OR requested_at < dead_at)
RETURNING id;

-- name: drop_letters
UPDATE dead_letter SET dropped_at = clock_timestamp(), dropped_because = $2, requested_at = NULL
WHERE id = ANY ($1::uuid[]) AND replayed_at IS NULL AND dropped_at IS NULL
RETURNING id;
