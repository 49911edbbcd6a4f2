-- Banks that are reached over an HTTP API. Every call about a file is written down before it leaves, so that a process
-- that dies in the middle still counts it: some banks answer five queries of a batch and no more.
create table api_exchange (
  exchange_no bigint generated always as identity primary key,
  bank_no     smallint not null references bank,
  file_id     int not null references bank_file,
  purpose     text not null check (purpose in ('send', 'query', 'page')),
  -- Fence of the sending that a call belongs to; a sender that was shut out can write none down, and so send nothing.
  attempt     bigint,
  begun_at    timestamptz not null,
  ended_at    timestamptz,
  -- Absent while the call is under way, and for ever when its process died.
  outcome     text check (outcome in ('accepted', 'in-progress', 'refused', 'not-known', 'unclear', 'unanswered', 'busy',
                'not-sent')),
  -- The bank's code, or in our words why there is none.
  reason      text,
  -- The answer as it came, whatever it was.
  content_id  bigint references content,
  check ((outcome is null) = (ended_at is null))
);
create index api_exchange_of on api_exchange (file_id, exchange_no);

-- The latest result that a bank gave for a file, kept until the inbound ledger has it under its answer name.
create table api_answer (
  bank_no     smallint not null references bank,
  name        text not null,
  file_id     int not null references bank_file,
  content_id  bigint not null references content,
  sha256      bytea not null,
  size_bytes  bigint not null,
  got_at      timestamptz not null,
  primary key (bank_no, name)
);

-- Banks that asked us to wait (429 with Retry-After); no process calls them before that time.
create table api_pause (
  bank_no     smallint primary key references bank,
  until       timestamptz not null
);

-- Notices by which a bank says that there is something to fetch; each counts once and proves nothing.
create table api_notice (
  bank_no     smallint not null references bank,
  notice_id   text not null,
  got_at      timestamptz not null,
  primary key (bank_no, notice_id)
);
