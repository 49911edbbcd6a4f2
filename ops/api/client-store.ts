/**
 * Who may call: tokens are 256 random bits, only their SHA-256 is stored. A token is looked up at most once in five
 * seconds, so a client that is disabled is out after five seconds (security.md, controls on API clients).
 */
import { createHash, randomBytes } from 'node:crypto'
import { Fault } from '../../gateway/faults.ts'
import type { Queryable } from '../../gateway/store/pool.ts'

const nameForm = /^[a-z0-9][a-z0-9-]{0,62}$/

/**
 * Enters a client and gives its token, which is shown once and cannot be read again. Throws CONFIGURATION_INVALID for
 * a name that is taken or has other characters than lower-case letters, digits and hyphens.
 */
export async function createClient(db: Queryable, name: string): Promise<string> {
  if (!nameForm.test(name)) {
    throw new Fault('CONFIGURATION_INVALID', {
      reason: 'a client name has 1 to 63 lower-case letters, digits or hyphens',
    })
  }
  const token = `huida_${randomBytes(32).toString('base64url')}`
  const { rowCount } = await db.query(
    'insert into api_client (client, token_sha256) values ($1, $2) on conflict (client) do nothing',
    [name, digest(token)],
  )
  if (rowCount === 0)
    throw new Fault('CONFIGURATION_INVALID', { client: name, reason: 'there is such a client already' })
  return token
}

/** Gives the client of a token; undefined when there is none or it was disabled. */
export type FindClient = (token: string) => Promise<string | undefined>

const keptMs = 5_000
const mostKept = 10_000

interface Kept {
  readonly client: string | undefined
  readonly untilMs: number
}

/** Looks clients up, and remembers each answer for five seconds. */
export function clientFinder(db: Queryable): FindClient {
  const kept = new Map<string, Kept>()
  return async (token) => {
    const sha256 = digest(token)
    const key = sha256.toString('base64')
    const known = kept.get(key)
    if (known && known.untilMs > performance.now()) return known.client
    const client = await findClient(db, sha256)
    // Made-up tokens must not fill the memory.
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, { client, untilMs: performance.now() + keptMs })
    return client
  }
}

async function findClient(db: Queryable, sha256: Buffer): Promise<string | undefined> {
  const { rows } = await db.query<{ client: string }>(
    'select client from api_client where token_sha256 = $1 and disabled_at is null',
    [sha256],
  )
  return rows[0]?.client
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()
