-- name: log_state
SELECT log, tree_size, frontier FROM log_head;

-- name: keys
SELECT key_id, public_key FROM signing_key;

-- name: heads
SELECT tree_size, root, signed_at, key_id, signature FROM signed_head
WHERE tree_size >= $1
ORDER BY tree_size;

-- name: newest_head
SELECT tree_size, root, signed_at, key_id, signature FROM signed_head
ORDER BY tree_size DESC LIMIT 1;

-- name: items_of_ticket
SELECT i.leaf_index, i.leaf_hash, i.key, i.ticket_id, i.shop_id, i.kind, i.event_id, i.type,
       i.segment, i.start, i.length, i.archived_at
FROM item AS i WHERE i.ticket_id = $1
UNION ALL
SELECT i.leaf_index, i.leaf_hash, i.key, i.ticket_id, i.shop_id, i.kind, i.event_id, i.type,
       i.segment, i.start, i.length, i.archived_at
FROM link AS l
JOIN item AS i ON i.key = l.key AND i.ticket_id IS NULL
WHERE l.ticket_id = $1
ORDER BY leaf_index;

-- name: items_from
SELECT leaf_index, leaf_hash, key, ticket_id, shop_id, kind, event_id, type, segment, start,
       length, archived_at
FROM item WHERE leaf_index >= $1 AND leaf_index < $2
ORDER BY leaf_index;

-- name: links_of_ticket
SELECT key FROM link WHERE ticket_id = $1 ORDER BY key;

-- name: links_of_tickets
SELECT ticket_id, key FROM link WHERE ticket_id = ANY ($1::text[]);

-- name: unsettled_files
SELECT sha256, state FROM wanted_file WHERE ticket_id = $1 AND state <> 'archived'
ORDER BY sha256;

-- name: count_items
SELECT count(*) FROM item WHERE leaf_index < $1;

-- name: archived_twice
SELECT event_id, count(*) AS times FROM item WHERE kind <> 'file'
GROUP BY event_id HAVING count(*) > 1
ORDER BY event_id LIMIT 20;

-- name: tiles_between
SELECT level, number, hashes, root FROM tile
WHERE level = $1 AND number >= $2 AND number < $3
ORDER BY number;
