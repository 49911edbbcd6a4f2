/** Guards of the trail of acts. */
import type { Protection } from '../protection.ts'

const migration = 'gateway/store/migrations/0033-audit-chain.sql'
const test = 'tests/gateway/audit-chain.test.ts'

/** One guard an entry. */
export const protections: readonly Protection[] = [
  {
    fault: 'F78',
    promise: 'an act whose trace cannot be chained is not committed',
    file: migration,
    take: `    into strict event.chain_no, event.previous_hash;\n`,
    put: `    into event.chain_no, event.previous_hash;\n  if not found then return; end if;\n`,
    test,
    title: 'F78: is not committed when its trace cannot be',
  },
  {
    fault: 'F78',
    promise: 'PostgreSQL refuses to change or remove a row of the trail',
    file: migration,
    take: `create trigger audit_event_is_fact before update or delete on audit_event\n  for each row execute function audit_event_is_fact();\n`,
    put: '',
    test,
    title: 'F78: refuses a deletion',
  },
  {
    fault: 'F78',
    promise: 'the head of the trail is moved by its rows alone',
    file: migration,
    take: `create trigger audit_head_goes_on before insert or update or delete on audit_head\n  for each row execute function audit_head_goes_on();\n`,
    put: '',
    test,
    title: 'F78: refuses a head that is set back',
  },
  {
    fault: 'F78',
    promise: 'verification hashes every row anew',
    file: 'gateway/audit-chain.ts',
    take: `  if (row.hash !== hash) return flaw('edited')\n`,
    put: '',
    test,
    title: 'F78: somebody who goes past the triggers',
  },
  {
    fault: 'F78',
    promise: 'each row follows the row that stood before it',
    file: 'gateway/audit-chain.ts',
    take: `  if (row.previousHash !== place.hash) return flaw('out-of-place')\n`,
    put: '',
    test,
    title: 'F78: somebody who goes past the triggers',
  },
  {
    fault: 'F78',
    promise: 'no place of the chain is empty',
    file: 'gateway/audit-chain.ts',
    take: `  if (row.chainNo !== wanted) return flaw('missing')\n`,
    put: '',
    test,
    title: 'F78: somebody who goes past the triggers',
  },
  {
    fault: 'F78',
    promise: 'the rows end where the head says',
    file: 'gateway/audit-verify.ts',
    take: `  if (head?.count !== place.count || head.hash !== place.hash)\n`,
    put: `  if (head !== undefined && place.count < 0n)\n`,
    test,
    title: 'F78: somebody who goes past the triggers',
  },
  {
    fault: 'F78',
    promise: 'a trail that was written anew meets the lines that were kept elsewhere',
    file: 'gateway/audit-verify.ts',
    take: `        if (count < place.count || hash !== place.hash)\n`,
    put: `        if (count < place.count)\n`,
    test,
    title: 'F78: a line kept outside the database',
  },
  {
    fault: 'F33',
    promise: 'a row of a writer that knows nothing of the chain is chained by the database',
    file: migration,
    take: `  new.chain_no := null;\n`,
    put: '',
    test,
    title: 'F33: gives a row of the version before its place, and takes none that a writer brings',
  },
]
