/** Whether a database may be older than what was seen of it: by its own memory, by the anchor, and by neither alone. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { advanceAnchor, anchorPath, readAnchor } from '../../../gateway/store/database-anchor.ts'
import {
  judgeIdentity,
  type KnownIdentity,
  type ServerNow,
} from '../../../gateway/store/database-identity.ts'

const now: ServerNow = { systemIdentifier: '7', timeline: 1, databaseOid: 16_384n, fence: 100n }
const known: KnownIdentity = { ...now, identityNo: 1, seenFence: 0n }
const absent = { kind: 'absent' } as const
const anchor = (fence: bigint, over: Partial<ServerNow> = {}) =>
  ({ kind: 'read', identity: { ...now, ...over }, fence }) as const

describe('a database', () => {
  it('of which nobody knows anything is new, and beside its own memory the same', () => {
    expect(judgeIdentity(now, undefined, absent)).toEqual({ kind: 'first' })
    expect(judgeIdentity(now, known, absent)).toEqual({ kind: 'same' })
    expect(judgeIdentity(now, known, anchor(100n))).toEqual({ kind: 'same' })
    expect(judgeIdentity(now, undefined, anchor(100n))).toEqual({ kind: 'first' })
  })

  it.each([
    ['other-server', { systemIdentifier: '8' }],
    ['other-timeline', { timeline: 2 }],
    ['other-database', { databaseOid: 16_385n }],
  ] as const)(
    'is restored when it is on %s than it remembers, or than the anchor does where it remembers nothing',
    (cause, over) => {
      expect(judgeIdentity({ ...now, ...over }, known, absent)).toEqual({ kind: 'restored', cause })
      expect(judgeIdentity(now, undefined, anchor(1n, over))).toEqual({ kind: 'restored', cause })
      // Another machine has written the move down already.
      expect(judgeIdentity(now, known, anchor(1n, over))).toEqual({ kind: 'same' })
    },
  )

  it('F79: is restored exactly when the anchor knows a later fence than it and than any restore that is known', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 50n), fc.bigInt(0n, 50n), fc.bigInt(0n, 50n), (fence, kept, seen) => {
        const verdict = judgeIdentity({ ...now, fence }, { ...known, seenFence: seen }, anchor(kept))
        const behind = kept > fence && kept > seen
        expect(verdict).toEqual(behind ? { kind: 'restored', cause: 'fence-behind' } : { kind: 'same' })
      }),
    )
  })

  it('is not trusted beside an anchor that makes no sense', () => {
    expect(judgeIdentity(now, known, { kind: 'unreadable' })).toEqual({
      kind: 'restored',
      cause: 'anchor-unreadable',
    })
  })
})

describe('the anchor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'huida-anchor-'))
  const path = anchorPath(folder)
  const at = new Date('2026-11-20T02:00:00Z')
  beforeAll(() => advanceAnchor(path, now, at))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is read as it was written, is its owner’s alone, and leaves nothing beside it', async () => {
    expect(await readAnchor(path)).toEqual(readOf(100n))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['database-anchor.json'])
  })

  it('goes forward and never back', async () => {
    await advanceAnchor(path, { ...now, fence: 200n }, at)
    await advanceAnchor(path, { ...now, fence: 150n }, at)
    expect(await readAnchor(path)).toEqual(readOf(200n))
  })

  it.each(['', '{', '{"fence":"1"}', '[]', '{"anchor":"huida-database-1","fence":"-1"}'])(
    'is unreadable when it holds %j',
    async (text) => {
      const damaged = join(folder, 'damaged.json')
      writeFileSync(damaged, text)
      expect(await readAnchor(damaged)).toEqual({ kind: 'unreadable' })
    },
  )

  const readOf = (fence: bigint) => ({
    kind: 'read',
    identity: { systemIdentifier: '7', timeline: 1, databaseOid: 16_384n },
    fence,
  })
})
