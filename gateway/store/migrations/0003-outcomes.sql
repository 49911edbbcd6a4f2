-- What outcomes cause: the feed, SMS requests, corrections, treasury returns, and the audit trail.

-- The feed is a list of slices over facts, one for each applied result file; `later` tells what came after a first answer.
create table feed_head (one_row boolean primary key default true check (one_row), last_no bigint not null);
insert into feed_head values (true, 0);
create table feed_slice (
  feed_no    bigint primary key,
  client     text not null,
  batch_id   int not null references batch,
  kind       text not null check (kind in ('results', 'later')),
  inbound_id int not null,
  lo_seq     int not null,
  hi_seq     int not null
);
create index feed_slice_client on feed_slice (client, feed_no);

-- One request to the SMS provider: the paid lines of one result file between two seqs. What was asked is here.
create table sms_request (
  request_id    text primary key,
  batch_id      int not null references batch,
  bank_no       smallint not null,
  inbound_id    int not null,
  lo_seq        int not null,
  hi_seq        int not null,
  paid_count    int not null,
  message_count int,
  state         text not null default 'planned' check (state in ('planned', 'sending', 'accepted', 'unconfirmed', 'refused')),
  tries         int not null default 0,
  requested_at  timestamptz,
  unique (inbound_id, lo_seq)
);
create index sms_request_open on sms_request (inbound_id, state);

-- A request to the line department: what failed, why, and what may be changed. The answer is a new instruction.
create table correction (
  correction_id bigint generated always as identity primary key,
  client        text not null,
  batch_id      int not null,
  seq           int not null,
  reason_code   text not null,
  reason_class  text not null,
  wanted        text not null check (wanted in ('corrected-data', 'same-data-again', 'person-must-act')),
  fields        text[] not null,
  state         text not null default 'open' check (state in ('open', 'reissued', 'given-up')),
  opened_at     timestamptz not null,
  closed_at     timestamptz,
  unique (batch_id, seq)
);
create index correction_open on correction (client, state, correction_id);

create table treasury_return (
  return_id           bigint generated always as identity primary key,
  client              text not null,
  batch_id            int not null,
  seq                 int not null,
  bank_no             smallint not null,
  amount_fen          bigint not null check (amount_fen > 0),
  reason_code         text not null,
  cause               text not null check (cause in ('reason-class', 'decision')),
  decided_by          text not null,
  original_voucher_no text,
  original_date       date not null,
  state               text not null default 'pending' check (state in ('pending', 'returned')),
  refund_voucher_no   text,
  refund_date         date,
  opened_at           timestamptz not null,
  returned_at         timestamptz,
  unique (batch_id, seq),
  constraint returned_has_voucher check (state = 'pending' or (refund_voucher_no is not null and refund_date is not null))
);
create index treasury_return_open on treasury_return (client, state, return_id);

-- Who did what. The chain of hashes is written by the audit issue; its columns are here from the start.
create table audit_event (
  audit_no      bigint generated always as identity primary key,
  at            timestamptz not null default now(),
  actor         text not null,
  act           text not null,
  subject       text not null,
  facts         jsonb not null,
  previous_hash bytea,
  hash          bytea
);
