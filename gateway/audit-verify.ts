/**
 * Recomputes the audit trail from its first row to its head, page by page with flat memory, and compares it with anchors
 * that were kept outside. Ends at the first bad place: behind it nothing can be said.
 */
import type { Anchor } from './audit-anchor.ts'
import { type ChainFlaw, type ChainPlace, genesis, nextPlace } from './audit-chain.ts'
import { findUnchained, readChainHead, readChainPage } from './audit-chain-store.ts'
import type { Db, Queryable } from './store/pool.ts'
import { inTransaction } from './store/transaction.ts'

/** What a verification found; `good` is the last place up to which everything holds, `anchors` how many were compared. */
export interface AuditVerdict {
  readonly good: ChainPlace
  readonly anchors: number
  readonly flaw: ChainFlaw | undefined
}

/** What a verification is given beside the database. */
export interface VerifyOptions {
  /** Opens the anchors to compare with, in the order in which they were written. */
  readonly anchors?: () => AsyncIterator<Anchor>
  /** Called after each page with the rows verified so far and the rows in all. */
  readonly progress?: (done: bigint, all: bigint) => void
}

/**
 * Verifies the chain as it stands at one moment. Writers are not kept waiting. Throws what the database and the anchors
 * throw.
 */
export function verifyAudit(db: Db, options: VerifyOptions = {}): Promise<AuditVerdict> {
  return inTransaction(db, (tx) => verify(tx, options), {
    isolation: 'repeatable read',
    readOnly: true,
    statementTimeoutMs: 0,
  })
}

async function verify(tx: Queryable, options: VerifyOptions): Promise<AuditVerdict> {
  const iterator = options.anchors?.()
  try {
    return await walk(tx, await openAnchors(iterator), options)
  } finally {
    await iterator?.return?.()
  }
}

async function walk(tx: Queryable, anchors: AnchorsBeside, options: VerifyOptions): Promise<AuditVerdict> {
  const head = await readChainHead(tx)
  let place = genesis
  let flaw = await anchors.compare(place)
  while (flaw === undefined) {
    const page = await readChainPage(tx, place.count)
    if (page.length === 0) break
    for (const row of page) {
      const next = nextPlace(place, row)
      if (next.kind === 'place') place = next.place
      flaw = next.kind === 'flaw' ? next.flaw : await anchors.compare(place)
      if (flaw) break
    }
    options.progress?.(place.count, head?.count ?? place.count)
  }
  flaw ??= (await flawOfEnd(tx, place, head)) ?? anchors.beyond()
  return { good: place, anchors: anchors.compared(), flaw }
}

async function flawOfEnd(
  tx: Queryable,
  place: ChainPlace,
  head: ChainPlace | undefined,
): Promise<ChainFlaw | undefined> {
  if (head?.count !== place.count || head.hash !== place.hash)
    return { kind: 'head-moved', chainNo: place.count, head }
  const auditNo = await findUnchained(tx)
  return auditNo === undefined ? undefined : { kind: 'unchained', auditNo }
}

/** The anchors beside a walk; both go forward only. */
interface AnchorsBeside {
  /** Compares every anchor of this place; one of an earlier place, coming late, means that the chain was once set back. */
  compare(place: ChainPlace): Promise<ChainFlaw | undefined>
  /** An anchor that counts more rows than the walk has met. */
  beyond(): ChainFlaw | undefined
  compared(): number
}

async function openAnchors(iterator: AsyncIterator<Anchor> | undefined): Promise<AnchorsBeside> {
  const read = async (): Promise<Anchor | undefined> => {
    const next = await iterator?.next()
    return next === undefined || next.done === true ? undefined : next.value
  }
  let anchor = await read()
  let compared = 0
  return {
    async compare(place) {
      for (; anchor !== undefined && anchor.count <= place.count; anchor = await read()) {
        const { count, hash, line } = anchor
        if (count < place.count || hash !== place.hash)
          return { kind: 'anchor-differs', chainNo: count, line }
        compared++
      }
      return undefined
    },
    beyond: () => anchor && { kind: 'anchor-ahead', chainNo: anchor.count, line: anchor.line },
    compared: () => compared,
  }
}
