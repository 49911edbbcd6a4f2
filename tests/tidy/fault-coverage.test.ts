/** No fault of the matrix goes without a test and a guard, no title names a fault that is none, and the table is true. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { faultMatrix, provenLater } from '../../ops/fault-matrix.ts'
import type { Protection } from '../faults/protection.ts'
import { gatherEvidence } from './fault-evidence.ts'
import { faultCells, readRows } from './fault-page.ts'
import { titlesIn } from './fault-titles.ts'
import { readSourceFiles } from './source-file.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const evidence = await gatherEvidence(root)
const { titles, protections } = evidence
const ids = faultMatrix.map(({ id }) => id)
const owed = ids.filter((id) => !provenLater.has(id))

/** Matches what a title becomes when its places are filled. */
const filled = (title: string): RegExp =>
  new RegExp(`^${title.replace(/[.*+?^()|[\]\\{}]/g, '\\$&').replace(/%[sij]|\$\w+|…/g, '.+')}$`)

describe('the matrix', () => {
  it('has its eighty rows, each once and in order', () =>
    expect(ids).toEqual(Array.from({ length: 80 }, (_, at) => `F${String(at + 1).padStart(2, '0')}`)))

  it('says why a row is proven later, and only of rows that are', () => {
    const proven = new Set(titles.flatMap((title) => title.ids))
    expect([...provenLater.keys()].filter((id) => !['F73', 'F74', 'F80'].includes(id))).toEqual([])
    expect([...provenLater.keys()].filter((id) => proven.has(id))).toEqual([])
  })
})

describe('every fault', () => {
  it('has a test whose title carries its id', () => {
    const proven = new Set(titles.filter(({ tests }) => tests > 0).flatMap((title) => title.ids))
    expect(owed.filter((id) => !proven.has(id))).toEqual([])
  })

  it('has a guard that can be taken away', () => {
    const guarded = new Set(protections.map(({ fault }) => fault))
    expect(owed.filter((id) => !guarded.has(id))).toEqual([])
  })
})

describe('every title', () => {
  it('names faults of the matrix only', () =>
    expect(titles.filter((title) => title.ids.some((id) => !ids.includes(id)))).toEqual([]))

  it('that names a fault has tests under it', () =>
    expect(titles.filter(({ tests }) => tests === 0)).toEqual([]))
})

describe('every guard', () => {
  const read = (path: string): string => (existsSync(root + path) ? readFileSync(root + path, 'utf8') : '')
  const offenders = (wrong: (protection: Protection) => boolean): string[] =>
    protections.filter(wrong).map(({ fault, promise }) => `${fault} ${promise}`)

  it('stands once where its entry says', () =>
    expect(offenders(({ file, take }) => read(file).split(take).length !== 2)).toEqual([]))

  it('is another line when it is gone', () => expect(offenders(({ take, put }) => take === put)).toEqual([]))

  it('belongs to a row of the matrix that its test names', () =>
    expect(offenders(({ fault, title }) => !ids.includes(fault) || !title.includes(fault))).toEqual([]))

  it('has a test of that title', () => {
    const named = new Set(protections.map(({ test }) => test))
    const files = readSourceFiles(root, ['tests']).filter(({ path }) => named.has(path))
    const titlesOf = new Map(files.map((file) => [file.path, titlesIn(file)]))
    const missing = ({ test, title }: Protection): boolean =>
      !titlesOf.get(test)?.some((one) => one.full.includes(title) || filled(one.title).test(title))
    expect(offenders(missing)).toEqual([])
  })
})

it('the table in ops/faults.md names these tests and guards (else: npm run faults)', () => {
  const rows = readRows(readFileSync(`${root}ops/faults.md`, 'utf8'))
  const stale = faultMatrix.filter((row) => {
    const drawn = faultCells(row, evidence)
    return rows.get(row.id)?.slice(0, -1).join(' | ') !== drawn.slice(0, -1).join(' | ')
  })
  expect(stale.map(({ id }) => id)).toEqual([])
})
