-- Brakes: what keeps files from leaving. A person pulls one for a bank, a batch, a programme, a region or everything;
-- after a restore of the database one stands at every bank until its side has been compared (R9).
create table brake (
  brake_id    bigint generated always as identity primary key,
  scope       text not null check (scope in ('everything', 'bank', 'batch', 'programme', 'region')),
  bank_no     smallint references bank,
  batch_id    int references batch,
  programme   text,
  -- A region code or the beginning of one: 4306 holds every county of the city.
  region      text check (region ~ '^[0-9]{2,12}$'),
  cause       text not null check (cause in ('person', 'restored')),
  reason      text not null check (length(reason) between 1 and 500),
  pulled_by   text not null check (length(pulled_by) > 0),
  pulled_at   timestamptz not null,
  lifted_by   text,
  lifted_at   timestamptz,
  lift_reason text,
  constraint scope_names_its_subject check ((scope = 'bank') = (bank_no is not null) and (scope = 'batch') = (batch_id is not null)
    and (scope = 'programme') = (programme is not null) and (scope = 'region') = (region is not null)),
  constraint lifted_by_somebody check ((lifted_at is null) = (lifted_by is null) and (lifted_at is null) = (lift_reason is null))
);
create unique index brake_standing on brake (scope, coalesce(bank_no, 0), coalesce(batch_id, 0), coalesce(programme, ''),
  coalesce(region, ''), cause) where lifted_at is null;

-- Every release of a file shares this row and every pull of a brake owns it: once a pull has committed, no release that
-- did not see it can commit any more.
create table send_gate (one_row boolean primary key default true check (one_row), pulls bigint not null default 0);
insert into send_gate default values;
