-- The version of the calendars by whose holidays the deadlines of a ticket were counted last; none
-- where no clock of its policy follows holidays.
ALTER TABLE sla_case ADD COLUMN counted_by text;
