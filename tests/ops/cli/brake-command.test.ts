/** `huida brake`: pulled and lifted by name and reason, listed with what each holds, refused in plain words. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectHelp, runHuida } from './command-run.ts'
import { type LedgerStand, openLedger } from './ledger-stand.ts'

let ledger: LedgerStand
beforeAll(async () => {
  ledger = await openLedger('HELD', 12)
})
afterAll(() => ledger.close())

const run = (...words: string[]) => runHuida(['brake', ...words], { DATABASE_URL: ledger.url })
const because = ['--by', 'li.wei', '--reason', 'the county doubts its list']

describe('huida brake', () => {
  test.each([['pull'], ['lift'], ['list']])('help of %s begins with examples', (word) =>
    expectHelp('brake', word),
  )

  test('nothing stands at first', async () => {
    expect(await run('list')).toMatchObject({ code: 0, stdout: '' })
    expect(JSON.parse((await run('list', '--json')).stdout)).toEqual({ items: [] })
  })

  test('one is pulled for a batch, stands once however often it is pulled, and is lifted by its number', async () => {
    const pulled = await run('pull', '--batch', 'HELD', ...because)
    expect(pulled.code).toBe(0)
    expect(pulled.stdout).toMatch(/^\d+\n$/)
    const again = await run('pull', '--batch', 'HELD', '--client', 'finance-platform', '--json', ...because)
    expect(JSON.parse(again.stdout)).toMatchObject({ kind: 'standing', pulledBy: 'cli:li.wei' })
    const { stdout } = await run('list')
    expect(stdout).toContain('finance-platform/HELD')
    expect(stdout).toContain('the county doubts its list')
    expect((await run('lift', pulled.stdout.trim(), ...because)).code).toBe(0)
    expect(await run('lift', pulled.stdout.trim(), ...because)).toMatchObject({ code: 3, stdout: '' })
    expect((await run('list')).stdout).toBe('')
  })

  test.each([['--bank', 'cmbc'], ['--programme', 'FARMLAND-2026'], ['--region', '4306'], ['--everything']])(
    'one is pulled by %s',
    async (...scope) => {
      const { code, stdout } = await run('pull', ...scope, ...because, '--json')
      expect(code).toBe(0)
      expect((await run('lift', String(JSON.parse(stdout).brakeId), ...because)).code).toBe(0)
    },
  )

  test('a person who knows of a restore pauses every bank, and only a comparison lifts that', async () => {
    expect((await run('pull', '--restored', ...because)).code).toBe(0)
    const { items } = JSON.parse((await run('list', '--json')).stdout)
    expect(items).toHaveLength(2)
    expect(items[0]).toMatchObject({ scope: 'bank', cause: 'restored', pulledBy: 'cli:li.wei' })
    const refused = await run('lift', String(items[0].brakeId), ...because)
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('huida reconcile --bank')
  })

  test('what is not there, is said twice, or has no name and reason is refused', async () => {
    expect((await run('pull', '--bank', 'nobody', ...because)).code).toBe(3)
    expect((await run('pull', '--batch', 'NONE', ...because)).code).toBe(3)
    expect((await run('pull', '--bank', 'cmbc', '--everything', ...because)).code).toBe(2)
    expect((await run('pull', ...because)).code).toBe(2)
    expect((await run('pull', '--everything', '--by', 'li.wei')).code).toBe(2)
    expect((await run('pull', '--region', '4', ...because)).code).toBe(2)
    expect((await run('pull', '--everything', '--by', 'li\nwei', '--reason', 'x')).code).toBe(2)
  })
})
