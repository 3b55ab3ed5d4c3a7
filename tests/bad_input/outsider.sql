-- name: stored
SELECT (SELECT count(*) FROM intake.ticket) AS tickets,
       (SELECT count(*) FROM intake.outbox) AS events,
       (SELECT count(*) FROM resolution.inbox WHERE answer IS NOT NULL) AS decisions;

-- name: letters
SELECT 'intake.' || desk AS desk, topic, part, pos, reason, detail, tries FROM intake.dead_letter
UNION ALL
SELECT 'triage.' || desk, topic, part, pos, reason, detail, tries FROM triage.dead_letter
UNION ALL
SELECT 'sla.' || desk, topic, part, pos, reason, detail, tries FROM sla.dead_letter
UNION ALL
SELECT 'notifier.' || desk, topic, part, pos, reason, detail, tries FROM notifier.dead_letter
UNION ALL
SELECT 'evidence.' || desk, topic, part, pos, reason, detail, tries FROM evidence.dead_letter
UNION ALL
SELECT 'resolution.' || desk, topic, part, pos, reason, detail, tries FROM resolution.dead_letter;

-- name: places
SELECT 'intake.' || desk AS desk, topic, part, pos FROM intake.inbox
UNION ALL
SELECT 'triage.' || desk, topic, part, pos FROM triage.inbox
UNION ALL
SELECT 'sla.' || desk, topic, part, pos FROM sla.inbox
UNION ALL
SELECT 'notifier.' || desk, topic, part, pos FROM notifier.inbox
UNION ALL
SELECT 'evidence.' || desk, topic, part, pos FROM evidence.inbox
UNION ALL
SELECT 'resolution.' || desk, topic, part, pos FROM resolution.inbox;

-- name: ticket_state
SELECT state FROM intake.ticket WHERE ticket_id = $1;
