-- The keyring: one wrapped key per person. Services reach it through its functions only.
CREATE TABLE keyring.person_key (
    key_id       uuid        PRIMARY KEY,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Stores the offered key where a person has none and answers with the one that counts.
-- A destroyed key answers NULL and never comes back.
CREATE FUNCTION keyring.offer(ids uuid[], offered bytea[])
RETURNS TABLE (id uuid, wrapped bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = keyring, pg_temp AS $$
BEGIN
    INSERT INTO person_key (key_id, wrapped)
    SELECT t.key_id, t.key FROM unnest(ids, offered) AS t (key_id, key) ORDER BY t.key_id
    ON CONFLICT (key_id) DO NOTHING;
    RETURN QUERY SELECT p.key_id, p.wrapped FROM person_key AS p WHERE p.key_id = ANY (ids);
END $$;

CREATE FUNCTION keyring.fetch(ids uuid[])
RETURNS TABLE (id uuid, wrapped bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = keyring, pg_temp AS $$
    SELECT p.key_id, p.wrapped FROM person_key AS p WHERE p.key_id = ANY (ids)
$$;

REVOKE ALL ON FUNCTION keyring.offer(uuid[], bytea[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION keyring.fetch(uuid[]) FROM PUBLIC;
