-- The trail of acts becomes a chain: each row carries the SHA-256 of itself and of the row before it, made here and by no
-- program, so that a writer of any version is in it. A row joins the chain at the COMMIT of its transaction: the head is
-- locked inside that one command, never while a transaction goes on, so neither long work nor a process that sleeps in
-- the middle of it keeps others from acting. What is committed is chained; what cannot be chained is not committed.
lock table audit_event in share row exclusive mode;

alter table audit_event add column chain_no bigint;
alter table audit_event add constraint audit_event_chain_no_key unique (chain_no);

create table audit_head (
  one_row  boolean primary key default true check (one_row),
  chain_no bigint not null,
  hash     bytea not null check (octet_length(hash) = 32)
);
-- The first row follows 32 zero bytes.
insert into audit_head (chain_no, hash) values (0, decode(repeat('00', 32), 'hex'));

-- Each field with its length in bytes, so that no two rows read alike; gateway/audit-chain.ts makes the same.
create function audit_field(field text) returns text language sql immutable parallel safe as
  $$ select octet_length(convert_to(field, 'UTF8')) || ':' || field || ',' $$;

create function audit_hash(event audit_event) returns bytea language sql stable parallel safe as $$
  select sha256(convert_to('huida-audit-1' || audit_field(encode((event).previous_hash, 'hex')) || audit_field((event).chain_no::text)
    || audit_field((event).audit_no::text)
    || audit_field(to_char((event).at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field((event).actor) || audit_field((event).act) || audit_field((event).subject)
    || audit_field((event).facts::text), 'UTF8'))
$$;

create function audit_chain_it(event audit_event) returns void language plpgsql as $$
begin
  update audit_head set chain_no = audit_head.chain_no + 1 returning audit_head.chain_no, audit_head.hash
    into strict event.chain_no, event.previous_hash;
  event.hash := audit_hash(event);
  update audit_event set chain_no = event.chain_no, previous_hash = event.previous_hash, hash = event.hash
    where audit_no = event.audit_no;
  update audit_head set hash = event.hash;
end $$;

do $$
declare event audit_event;
begin
  for event in select * from audit_event order by audit_no loop
    perform audit_chain_it(event);
  end loop;
end $$;

-- A writer cannot bring a place in the chain of its own.
create function audit_event_comes_bare() returns trigger language plpgsql as $$
begin
  new.chain_no := null;
  new.previous_hash := null;
  new.hash := null;
  return new;
end $$;
create trigger audit_event_comes_bare before insert on audit_event for each row execute function audit_event_comes_bare();

create function audit_event_joins() returns trigger language plpgsql as $$
begin
  perform audit_chain_it(new);
  return null;
end $$;
create constraint trigger audit_event_joins after insert on audit_event deferrable initially deferred
  for each row execute function audit_event_joins();

-- The one change that a row sees is the one that puts it into the chain.
create function audit_event_is_fact() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and pg_trigger_depth() > 1 then
    if old.chain_no is null and (new.audit_no, new.at, new.actor, new.act, new.subject, new.facts)
      is not distinct from (old.audit_no, old.at, old.actor, old.act, old.subject, old.facts) then
      return new;
    end if;
  end if;
  raise exception 'an audit event is never changed or removed' using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_event_is_fact before update or delete on audit_event
  for each row execute function audit_event_is_fact();
create trigger audit_event_stays before truncate on audit_event
  for each statement execute function audit_event_is_fact();

create function audit_head_goes_on() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and pg_trigger_depth() > 1 and new.chain_no >= old.chain_no then
    return new;
  end if;
  raise exception 'the head of the audit trail moves with its rows alone' using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_head_goes_on before insert or update or delete on audit_head
  for each row execute function audit_head_goes_on();
create trigger audit_head_stays before truncate on audit_head
  for each statement execute function audit_head_goes_on();
