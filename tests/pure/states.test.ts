/** The states that people read about are those of the program, and the database lets nothing else pass. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bankFileMoves } from '../../gateway/dispatch/bank-file.ts'
import { instructionMoves } from '../../gateway/ledger/instruction-states.ts'
import { inboundMoves } from '../../gateway/transfer/collect/inbound-file.ts'
import { statesPage } from '../../ops/state-diagrams.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

it('the page of states is the one that the literals draw (else: npm run states)', () =>
  expect(read('ops/states.md')).toBe(statesPage()))

describe('the database lets pass what the literals allow, and nothing else', () => {
  it.each([
    ['legal_move', instructionMoves],
    ['legal_file_move', bankFileMoves],
    ['legal_inbound_move', inboundMoves],
  ])('%s', (constraint, moves) => {
    const allowed = Object.entries(moves).flatMap(([from, to]) =>
      Object.keys(to).map((at) => `${from} ${at}`),
    )
    expect(checkedMoves(constraint)).toEqual(allowed.sort())
  })
})

/** The pairs of a CHECK, as the last migration that names the constraint left it. */
function checkedMoves(constraint: string): string[] {
  const folder = 'gateway/store/migrations'
  const files = readdirSync(new URL(`../../${folder}`, import.meta.url)).sort()
  const sql = files.map((file) => read(`${folder}/${file}`)).join('\n')
  const from = sql.lastIndexOf(`constraint ${constraint} check (`)
  const list = sql.slice(from, sql.indexOf(')))', from))
  return [...list.matchAll(/\('(\w+)', '(\w+)'\)?/g)].map(([, before, after]) => `${before} ${after}`).sort()
}
