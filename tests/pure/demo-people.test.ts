/** Made-up batches: repeatable, valid by the same checks that intake makes, and of people who never were. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { charset } from '../../formats/values/charset.ts'
import { checkCard, checkResidentId } from '../../formats/values/identifiers.ts'
import { add, money, zero } from '../../formats/values/money.ts'
import { digestingNdjson, lineJson, ndjson } from '../../ops/demo/batch-ndjson.ts'
import { correctLine } from '../../ops/demo/line-correction.ts'
import { type DemoLine, type DemoPlan, generateLines, lineAt } from '../../ops/demo/people.ts'

const banks = [
  { code: 'yy-rcb', share: 60 },
  { code: 'icbc', share: 25 },
  { code: 'psbc', share: 15 },
]
const plan: DemoPlan = { people: 20_000, seed: 7, banks, batchNo: 'YY2026-FARM-0001', region: '430621' }
const lines = [...generateLines(plan)]
const gbk = charset('gbk')

const share = (of: (line: DemoLine) => boolean): number => lines.filter(of).length / lines.length

describe('a made-up batch', () => {
  test('is the same for the same seed and another for another seed', () => {
    expect([...generateLines({ ...plan, people: 500 })]).toEqual(lines.slice(0, 500))
    const other = [...generateLines({ ...plan, people: 500, seed: 'seven' })]
    expect(other.filter((line, index) => line.payeeAccount === lines[index]?.payeeAccount)).toEqual([])
  })

  test('gives any line without the ones before it', () => {
    for (const index of [0, 1, 119, 120, 7777, 19_999]) expect(lineAt(plan, index)).toEqual(lines[index])
    expect(() => lineAt(plan, 20_000)).toThrow(RangeError)
    expect(() => lineAt(plan, 0.5)).toThrow(RangeError)
  })

  test('has valid cards and valid resident IDs of people born 1880 to 1899 in county 430621', () => {
    for (const { payeeAccount, payeeIdNumber } of lines) {
      expect(checkCard(payeeAccount)).toBeUndefined()
      expect(checkResidentId(payeeIdNumber)).toBeUndefined()
      expect(payeeAccount).toMatch(/^62\d{17}$/)
      expect(payeeIdNumber).toMatch(/^43062118[89]\d{8}[\dX]$/)
    }
  })

  test('repeats no instruction, no account and no person', () => {
    for (const key of ['instructionId', 'payeeAccount', 'payeeIdNumber'] as const) {
      expect(new Set(lines.map((line) => line[key])).size).toBe(lines.length)
    }
  })

  test('splits by the shares of the banks, each with a card prefix of its own', () => {
    for (const { code, share: weight } of banks) {
      expect(share((line) => line.bank === code)).toBeCloseTo(weight / 100, 1)
      const prefixes = lines.filter((line) => line.bank === code).map((line) => line.payeeAccount.slice(0, 6))
      expect(new Set(prefixes).size).toBe(1)
    }
  })

  test('has the rare names, the long names and the missing phones that real lists have', () => {
    const rare = /[㛃𬭎䶮珅瑋玚㻬龴𠅤]/u
    expect(share((line) => rare.test(line.payeeName))).toBeGreaterThan(0.005)
    expect(share((line) => rare.test(line.payeeName))).toBeLessThan(0.02)
    expect(share((line) => line.payeeName.includes('·'))).toBeGreaterThan(0.005)
    expect(share((line) => line.payeeName.includes('·'))).toBeLessThan(0.02)
    expect(share((line) => line.phone === undefined)).toBeGreaterThan(0.01)
    expect(share((line) => line.phone === undefined)).toBeLessThan(0.03)
    expect(share((line) => /^[王李张]/.test(line.payeeName))).toBeGreaterThan(0.15)
  })

  test('pays skewed amounts between 1,000 and 500,000 fen', () => {
    const amounts = lines.map((line) => line.amountFen).sort((a, b) => Number(a - b))
    expect(amounts[0]).toBeGreaterThanOrEqual(1000n)
    expect(amounts.at(-1)).toBeLessThanOrEqual(500_000n)
    const mean = amounts.reduce(add, zero) / BigInt(amounts.length)
    expect(mean).toBeGreaterThan(amounts[amounts.length / 2] ?? 0n)
  })

  test('names villages and townships of the county, and mobile numbers of eleven digits', () => {
    for (const { region, phone } of lines) {
      expect(region).toMatch(/^430621\d{3}(\d{3})?$/)
      if (phone !== undefined) expect(phone).toMatch(/^1[3-9]\d{9}$/)
    }
  })

  test('refuses a plan that makes no sense', () => {
    for (const bad of [
      { people: -1 },
      { banks: [] },
      { banks: [{ code: 'a', share: 0 }] },
      { region: '43' },
      { batchNo: '' },
    ]) {
      expect(() => [...generateLines({ ...plan, ...bad })]).toThrow(RangeError)
    }
  })

  test('keeps accounts apart over tens of millions of indexes', () => {
    const wide = { ...plan, people: 60_000_000 }
    const indexes = Array.from({ length: 5000 }, (_, n) => [n * 9973, n * 9973 + 1_000_000]).flat()
    const bodies = indexes.map((index) => lineAt(wide, index).payeeAccount.slice(6, 18))
    expect(new Set(bodies).size).toBe(new Set(indexes).size)
  })
})

describe('its NDJSON', () => {
  test('comes in buffers of about 256 KiB that hold whole lines, with integer fen', () => {
    const chunks = [...ndjson(lines)]
    for (const chunk of chunks.slice(0, -1)) {
      expect(chunk.length).toBeGreaterThan(190_000)
      expect(chunk.length).toBeLessThan(280_000)
      expect(chunk.at(-1)).toBe(0x0a)
    }
    const rows = Buffer.concat(chunks).toString('utf8').trimEnd().split('\n')
    expect(rows).toHaveLength(lines.length)
    expect(JSON.parse(rows[41] ?? '')).toEqual({ ...lines[41], amountFen: Number(lines[41]?.amountFen) })
  })

  test('tells count, amount and digest of exactly the bytes that it gave', () => {
    const batch = digestingNdjson(lines)
    const bytes = Buffer.concat([...batch.chunks])
    expect(batch.totals()).toEqual({
      count: lines.length,
      amountFen: lines.map((line) => line.amountFen).reduce(add, zero),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
  })

  test('of nobody is empty', () => {
    const batch = digestingNdjson([])
    expect([...batch.chunks]).toEqual([])
    expect(batch.totals()).toMatchObject({ count: 0, amountFen: money(0n) })
  })
})

describe('a correction', () => {
  const line = lineAt(plan, 3)
  const named = (payeeName: string): DemoLine => ({ ...line, payeeName })

  test('is a new instruction that replaces the old one and pays the same amount', () => {
    const first = correctLine(line, 'LIMIT_PERIOD', 1)
    expect(first).toEqual({
      ...line,
      instructionId: `${line.instructionId}-R1`,
      replaces: line.instructionId,
    })
    const second = correctLine(first, 'NAME_MISMATCH', 2)
    expect(second).toMatchObject({
      instructionId: `${line.instructionId}-R2`,
      replaces: `${line.instructionId}-R1`,
    })
    expect(JSON.parse(lineJson(second))).toHaveProperty('replaces')
    expect(() => correctLine(line, 'CHARSET', 0)).toThrow(RangeError)
  })

  test('for the charset is a name that GBK can write', () => {
    expect(correctLine(named('王㛃'), 'CHARSET', 1).payeeName).toBe('王冉')
    expect(correctLine(named('李建𬭎'), 'CHARSET', 1).payeeName).toBe('李建宏')
    for (const old of lines) {
      expect(gbk.firstUnencodable(correctLine(old, 'CHARSET', 1).payeeName)).toBeUndefined()
    }
  })

  test('for a name mismatch is another name, and the same one each time it is asked for', () => {
    for (const old of lines.slice(0, 2000)) {
      const corrected = correctLine(old, 'NAME_MISMATCH', 1)
      expect(corrected.payeeName).not.toBe(old.payeeName)
      expect([...corrected.payeeName][0]).toBe([...old.payeeName][0])
      expect(correctLine(old, 'NAME_MISMATCH', 1)).toEqual(corrected)
    }
  })

  test('for an account is a new valid card that nobody else in the batch has', () => {
    const known = new Set(lines.map(({ payeeAccount }) => payeeAccount))
    for (const reason of ['ACCOUNT_NOT_FOUND', 'ACCOUNT_CLOSED', 'ACCOUNT_FORMAT']) {
      for (const old of lines.slice(0, 500)) {
        const { payeeAccount } = correctLine(old, reason, 1)
        expect(checkCard(payeeAccount)).toBeUndefined()
        expect(known.has(payeeAccount)).toBe(false)
      }
    }
  })

  test('for an ID is another valid one of the same birthday', () => {
    const { payeeIdNumber } = correctLine(line, 'ID_MISMATCH', 1)
    expect(checkResidentId(payeeIdNumber)).toBeUndefined()
    expect(payeeIdNumber.slice(0, 14)).toBe(line.payeeIdNumber.slice(0, 14))
    expect(payeeIdNumber).not.toBe(line.payeeIdNumber)
  })

  test('for a name that is too long is the given name alone', () => {
    expect(correctLine(named('迪丽努尔·阿布都热依木'), 'TOO_LONG', 1).payeeName).toBe('迪丽努尔')
  })
})
