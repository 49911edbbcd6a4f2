-- How people resolve exceptions: who, when, why, on what evidence, and what it did. Rows are facts; the one thing that a
-- row may still get is a second person's approval (I11).
create table resolution (
  resolution_id bigint generated always as identity primary key,
  -- The exception that was asked about; an act may settle others with it, which name this row.
  exception_id  bigint not null unique references exception_item,
  act           text not null check (act in ('paid', 'failed', 'remap', 'match', 'match-return', 'read-again',
                  'refused-by-bank', 'send-again', 'fail-lines', 'delivered', 'absent', 'dismiss')),
  -- What was asked for beside the act, and what it came to: codes, ids, counts and fen.
  asked         jsonb not null default '{}',
  effect        jsonb not null default '{}',
  reason        text not null check (length(reason) between 1 and 500),
  evidence      text not null check (length(evidence) between 1 and 2000),
  -- Number of a bank's letter, digest of a kept paper.
  reference     text check (length(reference) between 1 and 200),
  decided_by    text not null check (length(decided_by) > 0),
  decided_at    timestamptz not null,
  -- The API client through which it was entered; null for an operator's command.
  client        text,
  approval      text not null check (approval in ('wanted', 'not-wanted')),
  approved_by   text,
  approved_at   timestamptz,
  constraint two_people check (approved_by <> decided_by),
  constraint approved_whole check ((approved_by is null) = (approved_at is null))
);
create index resolution_unapproved on resolution (resolution_id) where approval = 'wanted' and approved_by is null;

create function resolution_is_fact() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.approved_by is null and new.approved_by is not null
    and to_jsonb(new) - 'approved_by' - 'approved_at' = to_jsonb(old) - 'approved_by' - 'approved_at' then
    return new;
  end if;
  raise exception 'a resolution is never changed';
end $$;
create trigger resolution_is_fact before update or delete on resolution
  for each row execute function resolution_is_fact();

-- exception_item.resolution stays the note of what settled itself; what people settled names their row.
alter table exception_item add column resolution_id bigint references resolution deferrable initially deferred;
create index exception_resolved_by on exception_item (resolution_id) where resolution_id is not null;
alter table exception_item drop constraint exception_item_kind_check;
alter table exception_item add constraint exception_item_kind_check check (kind in ('orphan', 'amount-differs',
  'account-differs', 'conflicting', 'unmapped', 'other-bank', 'second-return', 'quarantined-file',
  'same-name-new-content', 'unsafe-name', 'unreadable-row', 'not-in-file', 'repeated', 'name-taken', 'orphan-return',
  'ambiguous-return', 'lump-differs', 'result-late', 'acknowledgement-late', 'file-refused', 'queries-used-up',
  'sms-refused', 'line-in-doubt', 'file-in-doubt'));

-- Evidence takes the road of answers: its words are kept, its outcomes are told, routed and notified from its own row.
alter table inbound_file add column origin text not null default 'bank' check (origin in ('bank', 'evidence'));
alter table inbound_file_event drop constraint legal_inbound_move;
alter table inbound_file_event add constraint legal_inbound_move check ((from_state, to_state) in (
    ('collected', 'opened'), ('opened', 'read'), ('read', 'matched'), ('matched', 'closed'), ('collected', 'matched'),
    ('collected', 'quarantined'), ('opened', 'quarantined'), ('read', 'quarantined'), ('quarantined', 'collected'),
    ('quarantined', 'closed'), ('collected', 'closed')));

-- decided: people ended a contradiction. overruled: the first final answer that their decision took the place of.
alter table later_result drop constraint later_result_verdict_check;
alter table later_result add constraint later_result_verdict_check check (verdict in ('returned', 'repeated', 'conflicting',
  'decided', 'overruled'));
create index later_result_overruled on later_result (inbound_id, batch_id, seq) where verdict = 'overruled';

-- A return that people matched with its line.
alter table statement_match drop constraint statement_match_matched_by_check;
alter table statement_match add constraint statement_match_matched_by_check check (matched_by in ('serial', 'amount', 'evidence'));

-- A return that was begun for a line whose failure was contradicted.
alter table treasury_return drop constraint treasury_return_state_check;
alter table treasury_return add constraint treasury_return_state_check check (state in ('pending', 'returned', 'withdrawn'));
alter table treasury_return drop constraint returned_has_voucher;
alter table treasury_return add constraint returned_has_voucher check (state <> 'returned'
  or (refund_voucher_no is not null and refund_date is not null));

-- Paid lines that were contradicted before their notice was asked for; whoever decides that they are paid asks for it.
create table sms_withheld (
  inbound_id int not null references inbound_file,
  batch_id   int not null references batch,
  seq        int not null,
  primary key (inbound_id, seq)
);
create index sms_withheld_of on sms_withheld (batch_id, seq);
