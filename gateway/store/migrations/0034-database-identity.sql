-- On which server, timeline and database this ledger lives, and every time that it was found to be another one or older
-- than what our processes had seen (R9). The last row counts; each row but the first is a restore.
create table database_identity (
  identity_no       int generated always as identity primary key,
  system_identifier text not null,
  timeline          int not null,
  database_oid      bigint not null,
  cause             text not null check (cause in ('first', 'other-server', 'other-timeline', 'other-database', 'fence-behind',
                      'anchor-unreadable', 'told')),
  -- The highest fence that was known outside the database when this row was written.
  seen_fence        bigint not null,
  -- The last act or move that the database held then; what happened between it and noticed_at may be missing.
  last_fact_at      timestamptz,
  noticed_at        timestamptz not null,
  noticed_by        text not null check (length(noticed_by) > 0)
);

-- What the comparison with a bank found, and what people said of the rest, for one restore. Facts, never changed.
create table bank_comparison (
  comparison_no bigint generated always as identity primary key,
  identity_no   int not null references database_identity,
  bank_no       smallint not null references bank,
  -- `file`: a file of ours by its name; `lost`: a name at the bank that we do not know; `batch`: lines without a file.
  subject       text not null check (subject in ('file', 'lost', 'batch')),
  name          text not null,
  verdict       text not null check (verdict in ('delivered', 'absent', 'acknowledged')),
  evidence      text not null check (length(evidence) between 1 and 500),
  decided_by    text not null check (length(decided_by) > 0),
  decided_at    timestamptz not null,
  -- A second person, where the house asks for one.
  approved_by   text,
  approved_at   timestamptz,
  unique (identity_no, bank_no, subject, name),
  constraint approved_by_another check (approved_by <> decided_by),
  constraint approved_at_a_time check ((approved_by is null) = (approved_at is null))
);

-- Who stands behind a brake: a client lifts none but his own, and his lifting leaves an operator's standing.
alter table brake add column pulled_via text not null default 'operator' check (pulled_via in ('operator', 'client', 'huida'));
drop index brake_standing;
create unique index brake_standing on brake (scope, coalesce(bank_no, 0), coalesce(batch_id, 0), coalesce(programme, ''),
  coalesce(region, ''), cause, pulled_via) where lifted_at is null;
