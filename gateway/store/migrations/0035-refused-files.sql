-- A file that its bank refused whole keeps its lines in flight until people let them go; from then on it holds none of
-- them, and another file under another number may (R1).
alter table bank_file add column released_at timestamptz;
alter table bank_file add constraint released_was_refused check (released_at is null or state = 'refused');

-- Logins that a bank refused: after three of them nobody tries for a long while, so that no account is locked (F43).
create table bank_login (
  bank_no    smallint primary key references bank,
  -- Address, user and public key; another login begins anew.
  login      text not null,
  refusals   int not null,
  held_until timestamptz
);

-- Exceptions of one inbound line or file, for what closes them by itself.
create index exception_inbound on exception_item (inbound_id) where state = 'open';
create index exception_file on exception_item (file_id, kind) where state = 'open';

-- A quarantined file is closed when the bank sent it again whole, or a person put it aside.
alter table inbound_file_event drop constraint legal_inbound_move;
alter table inbound_file_event add constraint legal_inbound_move check ((from_state, to_state) in (
  ('collected', 'opened'), ('opened', 'read'), ('read', 'matched'), ('matched', 'closed'), ('collected', 'matched'),
  ('collected', 'quarantined'), ('opened', 'quarantined'), ('read', 'quarantined'), ('quarantined', 'collected'),
  ('quarantined', 'closed'), ('collected', 'closed')));
