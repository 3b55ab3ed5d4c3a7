-- What is in the archive stays as it is: the service adds rows and can't change or remove any.
-- Applied after every migration run, behind the general grants.
REVOKE UPDATE, DELETE, TRUNCATE ON item, link, tile, signing_key, signed_head
FROM aftercare_evidence;
REVOKE DELETE, TRUNCATE ON log_head, head_keeper, wanted_file, dossier
FROM aftercare_evidence;
