-- Who holds a lease: a number for which its process keeps a session lock in PostgreSQL as long as it lives, so that the
-- work of a dead process is taken over at once instead of at the end of its lease (reliability.md F27).
create sequence lease_holder_seq as integer cycle;

alter table due_work
  add column holder integer,
  -- Equals leased_until when the holder wrote it; a worker of an older version moves only leased_until, and then the
  -- holder says nothing and the lease alone counts (F33).
  add column holder_until timestamptz;

-- True when no living session keeps the lock of that number. 4713 is the class of these locks.
create function lease_holder_is_gone(holder integer) returns boolean language sql stable as $$
  select not exists (
    select 1 from pg_locks l
    where l.locktype = 'advisory' and l.classid = 4713 and l.objid = holder::oid and l.objsubid = 2 and l.granted
      and l.database = (select d.oid from pg_database d where d.datname = current_database()))
$$;
