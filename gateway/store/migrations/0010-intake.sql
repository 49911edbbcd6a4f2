-- What intake keeps of a batch that is still open.

-- Lines of small batches wait here until their batch is accepted; only then do they enter the shared partition,
-- whose unique index would otherwise stop an upload at the first duplicate instead of listing them all.
create table staged_instruction (like instruction);
alter table staged_instruction add primary key (batch_id, seq);

-- Exact counts by code, which the capped rows of line_finding cannot give, and the lines that a CSV header takes.
alter table batch_part add column tally jsonb not null default '{}';
alter table batch_part add column header_lines int not null default 0 check (header_lines in (0, 1));
