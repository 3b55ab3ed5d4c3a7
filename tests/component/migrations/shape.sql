-- name: columns
SELECT c.relname AS thing, a.attname AS part,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || CASE WHEN a.attidentity <> '' THEN ' identity' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS shape
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'v', 'p')
ORDER BY 1, 2;

-- name: indexes
SELECT tablename AS thing, indexname AS part,
       replace(indexdef, schemaname || '.', '') AS shape
FROM pg_indexes WHERE schemaname = $1 ORDER BY 1, 2;

-- name: constraints
SELECT conrelid::regclass::text AS thing, conname AS part, pg_get_constraintdef(oid) AS shape
FROM pg_constraint WHERE connamespace = $1::regnamespace AND contype <> 'n' ORDER BY 1, 2;

-- name: routines
SELECT proname AS thing, pg_get_function_identity_arguments(oid) AS part, prosrc AS shape
FROM pg_proc WHERE pronamespace = $1::regnamespace ORDER BY 1, 2;

-- name: tables
SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1;

-- name: may_write
SELECT has_schema_privilege($1, $2, 'USAGE') AS allowed;

-- name: owner
SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = $1;
