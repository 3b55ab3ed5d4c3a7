-- name: progress
SELECT topic, part, instance, next_pos FROM triage.progress ORDER BY topic, part;
