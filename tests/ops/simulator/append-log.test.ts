/** The durable log under ledgers and journals. */
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAppendLog, readLog } from '../../../ops/simulator/append-log.ts'
import { createRepeatCounter } from '../../../ops/simulator/repeat-counter.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'huida-log-'))
})
afterAll(async () => await rm(folder, { recursive: true }))

async function recordsOf(path: string): Promise<unknown[]> {
  const records: unknown[] = []
  for await (const record of readLog(path)) records.push(record)
  return records
}

describe('an append-only log', () => {
  it('keeps records across openings, in order', async () => {
    const path = join(folder, 'kept')
    for (const n of [1, 2]) {
      const log = await openAppendLog(path)
      await log.append([{ n }, { n: n * 10, name: '张三' }])
      await log.close()
    }
    expect(await recordsOf(path)).toEqual([
      { n: 1 },
      { n: 10, name: '张三' },
      { n: 2 },
      { n: 20, name: '张三' },
    ])
  })

  it('is empty when there is no file', async () => {
    expect(await recordsOf(join(folder, 'nothing'))).toEqual([])
  })

  it('loses nothing but the torn line, wherever the write was cut', async () => {
    const path = join(folder, 'cut')
    const records = Array.from({ length: 40 }, (_, n) => ({ n, text: '补贴'.repeat(n * 100) }))
    const whole = records.map((record) => `${JSON.stringify(record)}\n`).join('')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: Buffer.byteLength(whole) }), async (cut) => {
        await writeFile(path, whole)
        await truncate(path, cut)
        const log = await openAppendLog(path)
        await log.append([{ after: true }])
        await log.close()
        const left = Buffer.from(whole).subarray(0, cut).toString('latin1').split('\n').length - 1
        expect(await recordsOf(path)).toEqual([...records.slice(0, left), { after: true }])
      }),
      { numRuns: 60 },
    )
  })

  it('names the line that is not a record', async () => {
    const path = join(folder, 'broken')
    await appendFile(path, '{"n":1}\nnot a record\n')
    await expect(recordsOf(path)).rejects.toThrow(/Line 2 of .*broken/)
    expect(await readFile(path, 'utf8')).toContain('not a record')
  })
})

describe('counting repeats', () => {
  it('agrees with a set', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 3000 }), (texts) => {
        const counter = createRepeatCounter()
        for (const text of texts) counter.add(text)
        expect(counter.repeats()).toBe(texts.length - new Set(texts).size)
      }),
    )
  })
})
