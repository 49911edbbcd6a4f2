/** People and strangers of the simulation: what they draw disturbs nobody else, and what they do is true to the banks' books. */
import { describe, expect, it } from 'vitest'
import { drawOf } from '../../ops/demo/seeded-draw.ts'
import { decideEvidence, type Known } from '../../ops/drills/sim/decide-evidence.ts'
import type { OpenException } from '../../ops/drills/sim/exception-desk-store.ts'
import { allFaultKinds, openChaos } from '../../ops/drills/sim/fault-kinds.ts'
import { openForeign, type Published, watchNames } from '../../ops/drills/sim/final-names.ts'
import { makeRemoteFolder } from '../../ops/drills/sim/remote-folder.ts'
import { ownStream } from '../../ops/drills/sim/scenario.ts'
import type { AccountBook } from '../../ops/drills/sim/sim-bank.ts'
import { openTrace } from '../../ops/drills/sim/trace.ts'

const draw = drawOf(1, 1)

/** The first seed in which somebody else is faster now and then. */
function strangers() {
  for (let seed = 1; ; seed++) {
    const chaos = openChaos(drawOf(seed, seed), new Set(['taken']), ownStream(seed))
    if (chaos.has('taken')) return chaos
  }
}

function bankWithNames() {
  const folder = makeRemoteFolder(() => 0)
  const published: Published[] = []
  const foreign = openForeign(() => folder, strangers(), openTrace())
  const names = { foreign, published: (file: Published) => void published.push(file) }
  const verbs = watchNames('cmbc', folder.connect(), names)
  const rename = (from: string, to: string): Error | undefined => {
    let answered: Error | undefined
    verbs.rename(from, to, (error) => {
      answered = error ?? undefined
    })
    return answered
  }
  return { folder, foreign, published, rename }
}

describe('final names in the simulation', () => {
  it('are taken by others now and then, whose files stay until their owner takes them away', () => {
    const { folder, foreign, published, rename } = bankWithNames()
    for (let at = 0; foreign.laid.length === 0; at++) {
      folder.put(`/in/F${at}.7.part`, Buffer.from('ours'))
      const refused = rename(`/in/F${at}.7.part`, `/in/F${at}`)
      expect(refused === undefined).toBe(foreign.laid.length === 0)
    }
    const [taken] = foreign.laid
    expect(published.map(({ name, attempt }) => `${name} ${attempt}`)).not.toContain(`${taken?.name} 7`)
    expect(foreign.lost()).toEqual([])
    folder.put(`/in/${taken?.name}`, Buffer.from('ours'))
    expect(foreign.lost()).toMatchObject([taken])
    foreign.remove()
    expect(folder.files.has(`/in/${taken?.name}`)).toBe(false)
    expect(foreign.lost()).toMatchObject([taken])
  })

  it('are watched for data files only, and never on the way to another part', () => {
    const { folder, published, rename } = bankWithNames()
    for (const [from, to] of [
      ['/in/M.part', '/in/M'],
      ['/in/F.7.part', '/in/F.7.withdrawn.part'],
    ] as const) {
      folder.put(from, Buffer.from('ours'))
      expect(rename(from, to)).toBeUndefined()
    }
    expect(published).toEqual([])
  })
})

describe('kinds that came later', () => {
  it('change nothing of what the others do', () => {
    const others = allFaultKinds.filter((kind) => !['taken', 'brake', 'resolution'].includes(kind))
    const courseOf = (kinds: typeof allFaultKinds, meddle: boolean): boolean[] => {
      const chaos = openChaos(drawOf(9, 9), new Set(kinds), ownStream(9))
      return Array.from({ length: 2000 }, (_, at) => {
        if (meddle) for (const kind of ['taken', 'brake', 'resolution'] as const) chaos.strikes(kind)
        return chaos.strikes(others[at % others.length] ?? 'line')
      })
    }
    expect(courseOf(allFaultKinds, true)).toEqual(courseOf(others, false))
  })
})

const book = (change: Partial<AccountBook>): AccountBook => ({
  credits: 0,
  returns: 0,
  failures: 0,
  creditedFen: 0n,
  returnedFen: 0n,
  ...change,
})

const known = (over: Partial<Known>): Known => ({
  bookOf: () => undefined,
  stateOf: () => undefined,
  took: () => undefined,
  isGone: () => false,
  isBankDone: () => false,
  ...over,
})

const about = (kind: OpenException['kind'], state: 'unconfirmed' | 'sent' | 'refused'): OpenException => ({
  exceptionId: 1n,
  kind,
  bank: 'cmbc',
  instructionId: 'I-1',
  file: { fileId: 1, sealedName: 'F', state },
})

describe('a person with the books of the bank', () => {
  it('enters what the books say and leaves alone what they do not speak of', () => {
    const line = about('unmapped', 'sent')
    const decide = (state: string, own: AccountBook | undefined) =>
      decideEvidence(line, known({ stateOf: () => state, bookOf: () => own }), draw)?.kind
    expect(decide('unknown', undefined)).toBeUndefined()
    expect(decide('unknown', book({ credits: 1 }))).toBe('paid')
    expect(decide('unknown', book({ failures: 1 }))).toBe('failed')
    expect(decide('paid', book({ credits: 1 }))).toBe('dismiss')
    expect(decide('failed', book({ credits: 1 }))).toBeUndefined()
  })

  it('says of a file in doubt that it is absent only when nothing can bring it there any more', () => {
    const file = about('name-taken', 'unconfirmed')
    expect(decideEvidence(file, known({}), draw)).toBeUndefined()
    expect(decideEvidence(file, known({ isGone: () => true }), draw)).toEqual({ kind: 'absent' })
    expect(decideEvidence(file, known({ took: () => 'executed', isGone: () => true }), draw)).toEqual({
      kind: 'delivered',
    })
    expect(decideEvidence(about('name-taken', 'sent'), known({}), draw)).toEqual({ kind: 'dismiss' })
  })

  it('lets lines of a refused file go only when the bank has refused it', () => {
    const refusal = about('file-refused', 'refused')
    expect(decideEvidence(refusal, known({ took: () => 'executed' }), draw)).toBeUndefined()
    expect(['send-again', 'fail-lines']).toContain(
      decideEvidence(refusal, known({ took: () => 'refused' }), draw)?.kind,
    )
  })
})
