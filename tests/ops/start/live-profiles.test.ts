/** A folder of profiles that an operator edits while the service runs: whole changes are taken, half ones are told. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProfileCatalog } from '../../../formats/profile/profile-catalog.ts'
import { type LiveProfiles, liveProfiles } from '../../../ops/start/live-profiles.ts'

const document = (version: number, change: (text: string) => string = (text) => text): string =>
  change(`
id: own-bank
version: ${version}
title: 自己的银行
source: made for this test
fidelity: invented
charset: gbk
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 1000, maxAmountFen: 99999999 }
request:
  name: 'Q_{date}_{sequence:NNN}.txt'
  row: [ { item: serial }, { item: account }, { item: name }, { item: amount } ]
result:
  style: full-list
  name: 'A_{date}_{sequence:NNN}.txt'
  appended: [ { item: code } ]
  codeTables: [own]
  codes: { '0': PAID }
`)

const table = "id: own\nsource: made for this test\ncodes: { '1': NAME_MISMATCH }\n"

let folder: string
let live: LiveProfiles
const used: string[] = []
const reloads: (readonly string[])[] = []
const refusals: (readonly string[])[] = []
/** What an agreement would say of a new catalog. */
let objection: Error | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'huida-live-profiles-'))
  mkdirSync(join(folder, 'codes'))
  write('own-bank.yaml', document(1))
  write('codes/own.yaml', table)
  objection = undefined
  for (const list of [used, reloads, refusals]) list.splice(0)
  live = liveProfiles({
    folder,
    everyMs: 10,
    onReload: (changed) => void reloads.push(changed),
    onRefusal: (reasons) => void refusals.push(reasons),
  })
  live.watch((copy) => {
    if (objection) throw objection
    used.push(copy)
  })
})
afterEach(() => {
  live.stop()
  rmSync(folder, { recursive: true })
})

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const inUse = () => openProfileCatalog(live.copy())
const taken = (times: number) => vi.waitFor(() => expect(used).toHaveLength(times))
const refused = (times: number) => vi.waitFor(() => expect(refusals).toHaveLength(times))

describe('a change that holds', () => {
  test('takes effect by itself, and the former version stays readable although the operator dropped it', async () => {
    write('own-bank.yaml', document(2))
    await taken(1)
    expect(reloads).toEqual([['own-bank 1 -> 2']])
    expect(inUse().current('own-bank')?.version).toBe(2)
    expect(inUse().version('own-bank', 1)?.version).toBe(1)
    write('own-bank.yaml', document(3))
    await taken(2)
    expect(
      inUse()
        .versions('own-bank')
        .map(({ version }) => version),
    ).toEqual([3, 2, 1])
  })

  test('may bring a new bank along', async () => {
    write(
      'next-bank.yaml',
      document(1, (text) => text.replace('id: own-bank', 'id: next-bank')),
    )
    await taken(1)
    expect(inUse().current('next-bank')?.version).toBe(1)
  })

  test('is read from a copy: what becomes of the folder meanwhile is another matter', async () => {
    write('own-bank.yaml', document(2))
    await taken(1)
    rmSync(join(folder, 'own-bank.yaml'))
    expect(inUse().current('own-bank')?.version).toBe(2)
  })
})

describe('a change that does not hold', () => {
  test('leaves what is in use, is told once, and is taken when it is put right', async () => {
    write(
      'own-bank.yaml',
      document(2, (text) => text.replace('charset: gbk', 'charset: gb2312')),
    )
    await refused(1)
    expect(refusals[0]?.[0]).toContain('own-bank.yaml:7 charset: must be one of')
    expect(inUse().current('own-bank')?.version).toBe(1)
    write('own-bank.yaml', document(2))
    await taken(1)
    expect(refusals).toHaveLength(1)
  })

  test('a document that means something else under its old number is refused', async () => {
    write(
      'own-bank.yaml',
      document(1, (text) => text.replace("'0': PAID", "'00': PAID")),
    )
    await refused(1)
    expect(refusals[0]?.[0]).toMatch(/own-bank: .*raise version to 2/)
    expect(used).toEqual([])
  })

  test('a code table that is changed under the profiles that use it is refused too', async () => {
    write('codes/own.yaml', table.replace('NAME_MISMATCH', 'ACCOUNT_CLOSED'))
    await refused(1)
    expect(refusals[0]?.[0]).toContain('a changed code table needs a new name')
  })

  test('one bad document holds back the good ones beside it', async () => {
    write('bad-bank.yaml', 'id: bad-bank\n')
    write('own-bank.yaml', document(2))
    await vi.waitFor(() => expect(refusals.length).toBeGreaterThan(0))
    expect(inUse().current('own-bank')?.version).toBe(1)
  })

  test('a catalog that an agreement objects to is refused with its words', async () => {
    objection = new Error('yy-rcb: there is no profile rural-fixed')
    write('own-bank.yaml', document(2))
    await refused(1)
    expect(refusals[0]).toEqual(['yy-rcb: there is no profile rural-fixed'])
    expect(inUse().current('own-bank')?.version).toBe(1)
  })

  test('a mistake that is taken back is forgotten', async () => {
    copyFileSync(join(folder, 'own-bank.yaml'), join(folder, 'aside'))
    write('own-bank.yaml', 'id: [')
    await refused(1)
    copyFileSync(join(folder, 'aside'), join(folder, 'own-bank.yaml'))
    write('own-bank@0.yaml', 'id: [')
    await refused(2)
    rmSync(join(folder, 'own-bank@0.yaml'))
    expect(used).toEqual([])
  })
})

test('a folder that does not hold at start is no start', () => {
  write('own-bank.yaml', 'id: [')
  const options = { folder, everyMs: 10, onReload: () => {}, onRefusal: () => {} }
  expect(() => liveProfiles(options)).toThrow(/bank profiles do not hold/)
})

test('copies end with the watch', () => {
  const copies = join(live.copy(), '..')
  expect(readdirSync(copies)).toHaveLength(1)
  live.stop()
  expect(() => readdirSync(copies)).toThrow(/ENOENT/)
})
