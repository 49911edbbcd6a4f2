-- Each sending uploads under a part name of its own, so that a sender who was frozen before his rename and wakes up
-- late can only publish what he wrote himself, and not at all once his part was cleared away (F31).
alter table bank_file add column send_attempt bigint not null default 0;
