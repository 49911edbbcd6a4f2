-- Entries of banks' statements, and which of them is the return of which line. Facts: nothing here is ever changed.

-- Own and other accounts are pseudonyms; names and remarks stay in the kept bytes of the file.
create table statement_entry (
  entry_id     bigint generated always as identity primary key,
  bank_no      smallint not null references bank,
  account_ref  uuid not null,
  entry_ref    text not null check (length(entry_ref) between 1 and 200),
  -- What a return names where the bank books several payments under one serial: the reference without its last part.
  booked_under text generated always as (regexp_replace(entry_ref, '-[0-9A-Za-z]+$', '')) stored,
  inbound_id   int not null references inbound_file,
  line_no      int not null,
  booked_on    date not null,
  direction    text not null check (direction in ('debit', 'credit')),
  amount_fen   bigint not null check (amount_fen > 0),
  reversal     boolean not null,
  counter_ref  uuid,
  original_ref text,
  kind         text not null check (kind in ('payment', 'return', 'lump-return', 'fee', 'other')),
  reason_id    int references bank_reason,
  balance_fen  bigint,
  -- Statements overlap: an entry counts once, whatever file it comes in.
  unique (bank_no, account_ref, entry_ref)
);
create index statement_entry_under on statement_entry (bank_no, account_ref, booked_under) where kind = 'payment';
create index statement_entry_inbound on statement_entry (inbound_id);
create index statement_entry_lumps on statement_entry (bank_no, account_ref, amount_fen) where kind = 'payment';
create index statement_entry_refunds on statement_entry (bank_no, account_ref) where kind = 'lump-return';

-- One entry, one line, either of them once.
create table statement_match (
  entry_id    bigint primary key references statement_entry,
  batch_id    int not null references batch,
  seq         int not null,
  file_id     int not null references bank_file,
  matched_by  text not null check (matched_by in ('serial', 'amount')),
  -- returned: it took the line out of paid. told-before: an answer had done so. refund: of a line that failed.
  effect      text not null check (effect in ('returned', 'told-before', 'refund')),
  business_at timestamptz not null,
  unique (batch_id, seq)
);

-- Files that were booked as one sum: one debit, and one refund of what failed where anything did.
create table statement_lump (
  file_id         int primary key references bank_file,
  debit_entry_id  bigint not null unique references statement_entry,
  refund_entry_id bigint unique references statement_entry,
  total_fen       bigint not null check (total_fen > 0),
  failed_fen      bigint not null check (failed_fen >= 0),
  inbound_id      int not null references inbound_file,
  business_at     timestamptz not null,
  constraint refund_where_failed check ((failed_fen = 0) = (refund_entry_id is null))
);

create function statement_is_fact() returns trigger language plpgsql as $$
begin
  raise exception 'what a statement said is never changed';
end $$;
create trigger statement_entry_is_fact before update or delete on statement_entry
  for each row execute function statement_is_fact();
create trigger statement_match_is_fact before update or delete on statement_match
  for each row execute function statement_is_fact();
create trigger statement_lump_is_fact before update or delete on statement_lump
  for each row execute function statement_is_fact();

alter table exception_item drop constraint exception_item_kind_check;
alter table exception_item add constraint exception_item_kind_check check (kind in ('orphan', 'amount-differs',
  'account-differs', 'conflicting', 'unmapped', 'other-bank', 'second-return', 'quarantined-file',
  'same-name-new-content', 'unsafe-name', 'unreadable-row', 'not-in-file', 'repeated', 'name-taken', 'orphan-return',
  'ambiguous-return', 'lump-differs'));
