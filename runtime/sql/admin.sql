-- name: ledger
CREATE SCHEMA IF NOT EXISTS aftercare;
CREATE TABLE IF NOT EXISTS aftercare.schema_migration (
    schema     text        NOT NULL,
    origin     text        NOT NULL,
    version    text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (schema, origin, version)
);
CREATE SCHEMA IF NOT EXISTS keyring;
REVOKE ALL ON SCHEMA keyring FROM PUBLIC;

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended('aftercare-migrations', 0));

-- name: applied
SELECT origin, version, checksum FROM aftercare.schema_migration WHERE schema = $1;

-- name: note
INSERT INTO aftercare.schema_migration (schema, origin, version, checksum)
VALUES ($1, $2, $3, $4);

-- name: role_exists
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1);

-- name: create_role_statement
SELECT format('CREATE ROLE %I LOGIN', $1::text);

-- name: password_statement
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text);

-- name: enter_statement
SELECT format('CREATE SCHEMA IF NOT EXISTS %1$I; SET LOCAL search_path TO %1$I', $1::text);

-- name: grant_statement
SELECT format(
    'GRANT USAGE ON SCHEMA %1$I TO %2$I;'
    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %1$I TO %2$I;'
    'GRANT USAGE ON ALL SEQUENCES IN SCHEMA %1$I TO %2$I;'
    'GRANT EXECUTE ON FUNCTION %1$I.keep_history(interval, timestamptz) TO %2$I;'
    'ALTER ROLE %2$I SET search_path TO %1$I;'
    'GRANT USAGE ON SCHEMA keyring TO %2$I;'
    'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA keyring TO %2$I;'
    'GRANT USAGE ON SCHEMA aftercare TO %2$I;'
    'GRANT SELECT ON aftercare.schema_migration TO %2$I',
    $1::text, $2::text);

-- name: versions
SELECT origin, version FROM aftercare.schema_migration WHERE schema = $1
ORDER BY origin, version;
