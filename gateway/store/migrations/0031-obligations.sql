-- What a bank owes us for every file that it has: an acknowledgement where that was agreed, and a result for every line.
create table obligation (
  file_id  int not null references bank_file,
  kind     text not null check (kind in ('acknowledgement', 'result')),
  due_at   timestamptz not null,
  met_at   timestamptz,
  -- When people were told that it is late; the exception says the rest.
  late_at  timestamptz,
  -- Year whose working calendar was not published when due_at was counted; it is counted again once it is.
  missing_year int,
  primary key (file_id, kind)
);
create index obligation_open on obligation (due_at) where met_at is null;
insert into obligation (file_id, kind, due_at, met_at)
  select file_id, 'result', result_due_at, case when state in ('closed', 'refused') then coalesce(answered_at, sent_at) end
  from bank_file where result_due_at is not null;
insert into due_work (step, subject, due_at)
  select 'chase', file_id::text, min(due_at) from obligation where met_at is null group by file_id on conflict do nothing;
-- bank_file.result_due_at stays for processes of the version before, which still write it (F33); what they
-- leave is entered here when a process starts.

alter table exception_item drop constraint exception_item_kind_check;
alter table exception_item add constraint exception_item_kind_check check (kind in ('orphan', 'amount-differs',
  'account-differs', 'conflicting', 'unmapped', 'other-bank', 'second-return', 'quarantined-file',
  'same-name-new-content', 'unsafe-name', 'unreadable-row', 'not-in-file', 'repeated', 'name-taken', 'orphan-return',
  'ambiguous-return', 'lump-differs', 'result-late', 'acknowledgement-late', 'file-refused', 'queries-used-up'));
