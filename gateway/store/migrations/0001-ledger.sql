-- The ledger: append-only facts. An instruction is written once and never updated; its state is a fold over
-- what happened to it (small tables hold what is out of the ordinary, counters hold the rest).
-- Measured: a quarter of the cost of updating one wide row per person, and nothing can be edited away.

-- Who may call us. Only the SHA-256 of a token is stored; tokens are 256 random bits, so a plain digest is enough.
create table api_client (
  client        text primary key check (client ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  token_sha256  bytea not null unique check (length(token_sha256) = 32),
  created_at    timestamptz not null default now(),
  disabled_at   timestamptz
);

-- The answer that a key was given; kept for the life of the batch, so a repeated call never acts twice.
create table idempotency (
  client         text not null references api_client,
  key            text not null check (length(key) between 1 and 255),
  request_sha256 bytea not null,
  status         int not null,
  body           jsonb not null,
  created_at     timestamptz not null default now(),
  primary key (client, key)
);

-- Numbers for bank codes, so that a million lines carry two bytes and not a word.
create table bank (
  bank_no smallint generated always as identity primary key,
  bank    text not null unique,
  title   text not null
);

create table batch (
  batch_id        int generated always as identity primary key,
  client          text not null references api_client,
  batch_no        text not null check (length(batch_no) between 1 and 64),
  programme_code  text not null,
  programme_name  text not null,
  period          text not null,
  region          text not null,
  funding_account text not null,
  voucher_no      text,
  due_by          date not null,
  approvals       jsonb not null,
  declared_count  int not null check (declared_count > 0),
  declared_fen    bigint not null check (declared_fen > 0),
  header_sha256   bytea not null,
  -- 0 for small batches, which share one partition; the batch's own id for a big one.
  shard           int not null,
  state           text not null default 'open' check (state in ('open', 'accepted', 'refused', 'cancelled')),
  content_sha256  bytea,
  report          jsonb,
  min_instruction_id text,
  max_instruction_id text,
  created_at      timestamptz not null default now(),
  settled_at      timestamptz
);
-- The natural key; a refused batch may be handed in again under its number.
create unique index batch_natural_key on batch (client, batch_no) where state in ('open', 'accepted');
create index batch_siblings on batch (programme_code, period) where state = 'accepted';

-- One upload of lines. Parts come in order; the first line of a part is the line after the last part's last.
create table batch_part (
  batch_id    int not null references batch,
  part        int not null check (part > 0),
  first_seq   int not null check (first_seq > 0),
  line_count  int not null check (line_count >= 0),
  amount_fen  bigint not null,
  bad_count   int not null,
  size_bytes  bigint not null,
  sha256      bytea not null,
  received_at timestamptz not null default now(),
  primary key (batch_id, part)
);

-- What was found in lines: `refuse` sinks the batch, `hold` keeps one line back, `warn` is only reported.
create table line_finding (
  finding_id bigint generated always as identity primary key,
  batch_id   int not null references batch,
  part       int not null,
  seq        int not null,
  level      text not null check (level in ('refuse', 'hold', 'warn')),
  field      text not null,
  code       text not null,
  facts      jsonb not null
);
create index line_finding_batch on line_finding (batch_id, level, seq);

-- A person's recorded reason why an equal payment is meant and no duplicate.
create table duplicate_override (
  batch_id       int not null references batch,
  instruction_id text not null,
  reason         text not null check (length(reason) > 0),
  decided_by     text not null,
  primary key (batch_id, instruction_id)
);

-- Written once by COPY. seq is the line number at intake. Equality works on keyed pseudonyms; personal fields
-- lie sealed in sealed_block and nowhere else.
create table instruction (
  amount_fen     bigint not null,
  account_ref    uuid not null,
  person_ref     uuid,
  shard          int not null,
  batch_id       int not null,
  seq            int not null,
  bank_no        smallint not null,
  instruction_id text not null,
  region         text,
  replaces       text
) partition by list (shard);
create table instruction_small partition of instruction for values in (0);
alter table instruction_small add primary key (batch_id, seq);
create unique index instruction_small_id on instruction_small (instruction_id, batch_id);

-- Personal fields of the lines of one bank, about a thousand a block, sealed with AES-256-GCM.
create table sealed_block (
  shard     int not null,
  batch_id  int not null,
  bank_no   smallint not null,
  first_seq int not null,
  last_seq  int not null,
  row_count int not null,
  sealed    bytea not null
) partition by list (shard);
create table sealed_block_small partition of sealed_block for values in (0);
alter table sealed_block_small add primary key (batch_id, bank_no, first_seq);
alter table sealed_block alter column sealed set storage external;
alter table sealed_block_small alter column sealed set storage external;

-- Final answers of banks, one row per instruction, copied as they came; the first final answer stands here and
-- whatever comes later is a later_result.
create table result_item (
  amount_fen  bigint,
  account_ref uuid,
  shard       int not null,
  batch_id    int not null,
  seq         int not null,
  inbound_id  int not null,
  file_id     int not null,
  line_no     int not null,
  reason_id   int not null,
  paid        boolean not null
) partition by list (shard);
create table result_item_small partition of result_item for values in (0);
alter table result_item_small add primary key (batch_id, seq);

-- Where the money of a batch stands at one bank. Law 7: the CHECK refuses any commit that loses or makes a fen.
create table position (
  batch_id       int not null references batch,
  bank_no        smallint not null references bank,
  accepted_count int not null, accepted_fen bigint not null,
  waiting_count           int not null default 0, waiting_fen           bigint not null default 0,
  held_count              int not null default 0, held_fen              bigint not null default 0,
  in_flight_count         int not null default 0, in_flight_fen         bigint not null default 0,
  unknown_count           int not null default 0, unknown_fen           bigint not null default 0,
  conflict_count          int not null default 0, conflict_fen          bigint not null default 0,
  paid_count              int not null default 0, paid_fen              bigint not null default 0,
  failed_count            int not null default 0, failed_fen            bigint not null default 0,
  returned_count          int not null default 0, returned_fen          bigint not null default 0,
  correcting_count        int not null default 0, correcting_fen        bigint not null default 0,
  treasury_pending_count  int not null default 0, treasury_pending_fen  bigint not null default 0,
  treasury_returned_count int not null default 0, treasury_returned_fen bigint not null default 0,
  reissued_count          int not null default 0, reissued_fen          bigint not null default 0,
  primary key (batch_id, bank_no),
  constraint conservation_count check (accepted_count = waiting_count + held_count + in_flight_count + unknown_count
    + conflict_count + paid_count + failed_count + returned_count + correcting_count + treasury_pending_count
    + treasury_returned_count + reissued_count),
  constraint conservation_fen check (accepted_fen = waiting_fen + held_fen + in_flight_fen + unknown_fen
    + conflict_fen + paid_fen + failed_fen + returned_fen + correcting_fen + treasury_pending_fen
    + treasury_returned_fen + reissued_fen),
  constraint nothing_negative check (least(waiting_count, held_count, in_flight_count, unknown_count, conflict_count,
    paid_count, failed_count, returned_count, correcting_count, treasury_pending_count, treasury_returned_count,
    reissued_count) >= 0 and least(waiting_fen, held_fen, in_flight_fen, unknown_fen, conflict_fen, paid_fen,
    failed_fen, returned_fen, correcting_fen, treasury_pending_fen, treasury_returned_fen, reissued_fen) >= 0)
);
create function position_accepted_is_fixed() returns trigger language plpgsql as $$
begin
  raise exception 'what was accepted of batch % is fixed', old.batch_id;
end $$;
create trigger position_accepted_is_fixed before update of accepted_count, accepted_fen on position
  for each row execute function position_accepted_is_fixed();

-- Every move of money between states, with its cause; the position is the sum of its moves.
create table position_move (
  move_id     bigint generated always as identity primary key,
  batch_id    int not null,
  bank_no     smallint not null,
  from_state  text not null,
  to_state    text not null,
  count       int not null check (count > 0),
  amount_fen  bigint not null check (amount_fen > 0),
  cause       text not null,
  file_id     int,
  inbound_id  int,
  actor       text not null,
  business_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  constraint legal_move check ((from_state, to_state) in (
    ('waiting', 'in_flight'), ('waiting', 'held'), ('waiting', 'correcting'), ('held', 'waiting'), ('held', 'correcting'),
    ('held', 'treasury_pending'), ('held', 'reissued'), ('in_flight', 'waiting'), ('in_flight', 'paid'),
    ('in_flight', 'failed'), ('in_flight', 'unknown'), ('in_flight', 'conflict'), ('unknown', 'paid'),
    ('unknown', 'failed'), ('unknown', 'conflict'), ('conflict', 'paid'), ('conflict', 'failed'), ('paid', 'returned'),
    ('paid', 'conflict'), ('failed', 'conflict'), ('failed', 'correcting'), ('failed', 'treasury_pending'),
    ('failed', 'reissued'), ('returned', 'correcting'), ('returned', 'treasury_pending'), ('returned', 'reissued'),
    ('correcting', 'conflict'), ('correcting', 'reissued'), ('correcting', 'treasury_pending'),
    ('treasury_pending', 'conflict'), ('treasury_pending', 'treasury_returned'), ('treasury_returned', 'reissued')))
);
create index position_move_batch on position_move (batch_id, bank_no);

-- One row for each instruction that is out of the ordinary; everything else is told by result_item and its file.
create table instruction_state (
  batch_id    int not null,
  seq         int not null,
  bank_no     smallint not null,
  state       text not null check (state in ('held', 'unknown', 'conflict', 'failed', 'returned', 'correcting',
                'treasury_pending', 'treasury_returned', 'reissued', 'waiting')),
  amount_fen  bigint not null check (amount_fen > 0),
  reason_code text not null,
  reason_class text not null,
  bank_code   text not null default '',
  bank_text   text not null default '',
  file_id     int,
  inbound_id  int,
  since       timestamptz not null,
  primary key (batch_id, seq)
);
create index instruction_state_queue on instruction_state (state, bank_no, batch_id, seq);
create index instruction_state_inbound on instruction_state (inbound_id) where inbound_id is not null;

-- History of single instructions; moves of whole files stand in position_move.
create table instruction_event (
  event_no    bigint generated always as identity primary key,
  batch_id    int not null,
  seq         int not null,
  from_state  text not null,
  to_state    text not null,
  reason_code text not null,
  cause       text not null,
  actor       text not null,
  inbound_id  int,
  business_at timestamptz not null
);
create index instruction_event_of on instruction_event (batch_id, seq);

-- A re-issue: the child replaces the parent. Both keys are unique, so a second child of one parent cannot commit.
create table reissue (
  parent_batch_id int not null,
  parent_seq      int not null,
  child_batch_id  int not null,
  child_seq       int not null,
  primary key (parent_batch_id, parent_seq),
  unique (child_batch_id, child_seq)
);
