/**
 * Readers against mutated fixtures: whatever the bytes are, a reader ends with a summary or with refusals, holds
 * little memory, and never says that somebody was paid whose serial, account and amount are not in the bytes.
 */
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../../formats/bank-file.ts'
import { formatYuan } from '../../../formats/values/money.ts'
import { fixture } from '../fixture-files.ts'
import {
  type CaseFile,
  caseFiles,
  cipherOf,
  everyProfile,
  readAnswer,
  readRequest,
} from './catalog-fixtures.ts'

const mutationsPerReader = 2000
const mostHeapGrowthBytes = 200 * 1024 * 1024

/** Numbers from a seed, the same on every machine. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const awkward = [
  '\0',
  '\r',
  '\n',
  '|',
  '※',
  '########',
  '0'.repeat(300),
  '9'.repeat(40),
  '-1',
  '1e9',
  '\u202e',
  '珅',
  '<',
  '&#49;',
  '00',
  'PAYOUT',
  ' ',
]

type Mutate = (bytes: Buffer, random: (below: number) => number) => Buffer

const at = (bytes: Buffer, random: (below: number) => number): number => random(bytes.length + 1)

const joined = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)

const mutations: readonly Mutate[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    const place = random(Math.max(copy.length, 1))
    if (place < copy.length) copy[place] = random(256)
    return copy
  },
  (bytes, random) => {
    const from = at(bytes, random)
    return joined(bytes.subarray(0, from), bytes.subarray(from + 1 + random(30)))
  },
  (bytes, random) => {
    const from = at(bytes, random)
    return joined(bytes.subarray(0, from), bytes.subarray(Math.max(0, from - random(200))))
  },
  (bytes, random) => {
    const from = at(bytes, random)
    const text = awkward[random(awkward.length)] ?? ''
    return joined(bytes.subarray(0, from), Buffer.from(text), bytes.subarray(from))
  },
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => {
    const lines = bytes.toString('latin1').split('\n')
    const [one, other] = [random(lines.length), random(lines.length)]
    const swapped = lines.map((line, index) =>
      index === one ? lines[other] : index === other ? lines[one] : line,
    )
    return Buffer.from(swapped.join('\n'), 'latin1')
  },
  (bytes, random) => {
    const lines = bytes.toString('latin1').split('\n')
    lines.splice(random(lines.length), random(2), lines[random(lines.length)] ?? '')
    return Buffer.from(lines.join('\n'), 'latin1')
  },
  (bytes, random) => {
    const digit = `${random(10)}`
    let nth = random(60)
    return Buffer.from(
      bytes.toString('latin1').replace(/\d/gu, (found) => (nth-- === 0 ? digit : found)),
      'latin1',
    )
  },
]

function mutated(bytes: Buffer, random: (below: number) => number): Buffer {
  let result = bytes
  for (let left = 1 + random(3); left > 0; left--)
    result = mutations[random(mutations.length)]?.(result, random) ?? result
  return result
}

/** True when the bytes carry what the row claims. */
function carried(file: CaseFile, bytes: Buffer, row: ResultRow): boolean {
  const cipher = cipherOf(file)
  const account = row.account !== undefined && cipher ? cipher.seal(row.account) : (row.account ?? '')
  const amounts =
    row.amountFen === undefined
      ? ['']
      : [`${row.amountFen}`, formatYuan(row.amountFen), `${row.amountFen / 100n}.`]
  return bytes.includes(row.serial) && bytes.includes(account) && amounts.some((text) => bytes.includes(text))
}

/** Packed contents are looked at for what they say alone: their bytes carry nothing to be seen. So are references. */
const isPlain = (file: CaseFile): boolean => {
  const bytes = fixture(file.path)
  return readAnswer(file).rows.every((row) => carried(file, bytes, row))
}

/** Reads every file in turn, mutated; gives the paid rows that the bytes do not carry. */
function invented(files: readonly CaseFile[], seed: number): readonly string[] {
  const random = seeded(seed)
  const found: string[] = []
  const plain = new Set(files.filter(isPlain))
  for (let round = 0; round < mutationsPerReader; round++) {
    const file = files[round % files.length]
    if (!file) break
    const bytes = mutated(fixture(file.path), random)
    const { rows, summary, refusals } = readAnswer(file, bytes, 1 + random(5000))
    if ((summary === undefined) !== refusals.length > 0) found.push(`${file.path}: neither read nor refused`)
    const referring = file.profile.layout === 'xml' && bytes.includes('&#')
    if (!summary || !plain.has(file) || referring) continue
    for (const row of rows)
      if (row.outcome === 'paid' && !carried(file, bytes, row)) found.push(`${file.path} ${row.serial}`)
  }
  return found
}

describe.each(everyProfile)('%s', (id, profile) => {
  const files = caseFiles(id, profile)
  const answers = files.filter((file) => file.kind !== 'request')
  const requests = files.filter((file) => file.kind === 'request')

  test('the reader of answers refuses or reads, and invents no payment', () => {
    const before = process.memoryUsage().heapUsed
    expect(invented(answers, id.length)).toEqual([])
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(mostHeapGrowthBytes)
  })

  test('the reader of requests refuses or reads', () => {
    const random = seeded(id.length)
    for (let round = 0; round < mutationsPerReader; round++) {
      const file = requests[round % requests.length]
      if (!file) break
      const read = readRequest(file, mutated(fixture(file.path), random), 1 + random(5000))
      expect(read.summary === undefined).toBe(read.refusals.length > 0)
    }
  })

  test('a line without end and an endless run of short lines need little memory', () => {
    const before = process.memoryUsage().heapUsed
    for (const piece of ['0'.repeat(65_536), '<a>'.repeat(20_000), '|\n'.repeat(20_000)]) {
      const reader = profile.resultReader()
      const chunk = Buffer.from(piece)
      for (let mebibytes = 0; mebibytes < 32; mebibytes++) reader.read(chunk)
      expect(reader.end().kind).toBe('refused')
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(mostHeapGrowthBytes)
  })
})
