-- Files to and from banks, their bytes, and the work that is due on them.

-- Bytes as they went or came, kept before anything is sent or parsed (law 6).
create table content (
  content_id bigint generated always as identity primary key,
  sha256     bytea not null,
  size_bytes bigint not null
);
create table content_chunk (
  content_id bigint not null references content on delete cascade deferrable initially deferred,
  chunk_no   int not null,
  bytes      bytea not null,
  primary key (content_id, chunk_no)
);
alter table content_chunk alter column bytes set storage external;

-- The bank's daily sequence comes from here and never from a clock or a remote folder.
create table daily_sequence (
  bank_no       smallint not null references bank,
  business_date date not null,
  last_sequence int not null,
  primary key (bank_no, business_date)
);

-- A bank file covers a range of seq of one bank without its gaps, or exactly its members: never a row a line.
create table bank_file (
  file_id        int generated always as identity primary key,
  batch_id       int not null references batch,
  bank_no        smallint not null references bank,
  lo_seq         int not null,
  hi_seq         int not null,
  gaps           int[] not null default '{}',
  members        int[],
  row_count      int not null check (row_count > 0),
  total_fen      bigint not null check (total_fen > 0),
  business_date  date not null,
  sequence       int not null check (sequence > 0),
  name           text not null,
  profile        text not null,
  profile_version int not null,
  state          text not null default 'planned' check (state in ('planned', 'composed', 'sealed', 'sending',
                   'unconfirmed', 'sent', 'acknowledged', 'answered', 'closed', 'refused')),
  not_before     timestamptz not null,
  content_sha256 bytea,
  content_bytes  bigint,
  sealed_name    text,
  content_id     bigint references content,
  side_files     jsonb not null default '[]',
  send_fence     bigint not null default 0,
  -- How far a sending went: after 'renaming' was committed the bank may have the file, before it cannot.
  send_stage     text check (send_stage in ('uploading', 'renaming')),
  sent_at        timestamptz,
  result_due_at  timestamptz,
  answered_at    timestamptz,
  settled_count  int not null default 0,
  unique (bank_no, business_date, sequence),
  unique (bank_no, name)
);
create index bank_file_batch on bank_file (batch_id, bank_no, lo_seq);
create index bank_file_open on bank_file (state) where state not in ('closed', 'refused');

create table bank_file_event (
  event_no    bigint generated always as identity primary key,
  file_id     int not null references bank_file,
  from_state  text not null,
  to_state    text not null,
  cause       text not null,
  facts       jsonb not null default '{}',
  fence       bigint,
  business_at timestamptz not null,
  constraint legal_file_move check ((from_state, to_state) in (
    ('planned', 'composed'), ('composed', 'sealed'), ('planned', 'sealed'), ('sealed', 'sending'), ('sending', 'sealed'),
    ('sending', 'sent'), ('sending', 'unconfirmed'), ('unconfirmed', 'sent'), ('unconfirmed', 'sealed'),
    ('sending', 'answered'), ('unconfirmed', 'answered'), ('sent', 'acknowledged'), ('sent', 'answered'),
    ('acknowledged', 'answered'), ('sent', 'refused'), ('acknowledged', 'refused'), ('answered', 'closed')))
);
create index bank_file_event_of on bank_file_event (file_id);

-- The last look at a remote name: a file is fetched when two looks agree in size and time.
create table inbound_sighting (
  bank_no     smallint not null references bank,
  name        text not null,
  size_bytes  bigint not null,
  modified_at timestamptz not null,
  seen_at     timestamptz not null,
  collected   boolean not null default false,
  primary key (bank_no, name)
);

create table inbound_file (
  inbound_id     int generated always as identity primary key,
  bank_no        smallint not null references bank,
  name           text not null,
  size_bytes     bigint not null,
  modified_at    timestamptz not null,
  content_id     bigint not null references content,
  sealed_sha256  bytea not null,
  content_sha256 bytea,
  state          text not null default 'collected' check (state in ('collected', 'opened', 'read', 'matched', 'closed',
                   'quarantined')),
  file_id        int references bank_file,
  late           boolean not null default false,
  row_count      int not null default 0,
  applied_count  int not null default 0,
  exception_count int not null default 0,
  facts          jsonb not null default '{}',
  collected_at   timestamptz not null,
  unique (bank_no, name, sealed_sha256)
);
create index inbound_file_content on inbound_file (bank_no, content_sha256);

create table inbound_file_event (
  event_no    bigint generated always as identity primary key,
  inbound_id  int not null references inbound_file,
  from_state  text not null,
  to_state    text not null,
  cause       text not null,
  facts       jsonb not null default '{}',
  business_at timestamptz not null,
  constraint legal_inbound_move check ((from_state, to_state) in (
    ('collected', 'opened'), ('opened', 'read'), ('read', 'matched'), ('matched', 'closed'), ('collected', 'matched'),
    ('collected', 'quarantined'), ('opened', 'quarantined'), ('read', 'quarantined'), ('quarantined', 'collected'),
    ('collected', 'closed')))
);

-- What banks say, each wording once. Long runs of digits are masked: a bank may put an account in its text.
create table bank_reason (
  reason_id    int generated always as identity primary key,
  bank_no      smallint not null references bank,
  bank_code    text not null,
  bank_text    text not null,
  reason_code  text not null,
  reason_class text not null,
  unique (bank_no, bank_code, bank_text, reason_code)
);

-- A final or other answer after the first final one: late returns, repeats, contradictions. Facts, never deleted.
create table later_result (
  later_id    bigint generated always as identity primary key,
  batch_id    int not null,
  seq         int not null,
  inbound_id  int not null,
  file_id     int not null,
  line_no     int not null,
  outcome     text not null,
  reason_id   int not null,
  amount_fen  bigint,
  verdict     text not null check (verdict in ('returned', 'repeated', 'conflicting'))
);
create index later_result_of on later_result (batch_id, seq);

-- Lines and files that need a person. Every line read is applied or stands here (I4).
create table exception_item (
  exception_id bigint generated always as identity primary key,
  kind         text not null check (kind in ('orphan', 'amount-differs', 'account-differs', 'conflicting', 'unmapped',
                 'other-bank', 'second-return', 'quarantined-file', 'same-name-new-content', 'unsafe-name', 'unreadable-row',
                 'not-in-file', 'repeated', 'name-taken')),
  bank_no      smallint not null references bank,
  inbound_id   int references inbound_file,
  file_id      int,
  batch_id     int,
  seq          int,
  line_no      int,
  facts        jsonb not null,
  state        text not null default 'open' check (state in ('open', 'resolved')),
  resolution   jsonb,
  opened_at    timestamptz not null
);
create index exception_open on exception_item (state, kind, bank_no);
create index exception_of on exception_item (batch_id, seq);

-- Due work, found by a sweep. A lease is real time of the database; due_at is business time.
create table due_work (
  step         text not null,
  subject      text not null,
  due_at       timestamptz not null,
  leased_until timestamptz,
  fence        bigint not null default 0,
  tries        int not null default 0,
  last_fault   text,
  asked_again  boolean not null default false,
  primary key (step, subject)
);
create index due_work_due on due_work (due_at);
create sequence fence_seq;
