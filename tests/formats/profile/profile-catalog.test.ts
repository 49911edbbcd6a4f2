/** Versions of a profile side by side: the current one is planned with, older ones stay readable. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadCatalog, readProfiles } from '../../../formats/profile/load-catalog.ts'
import {
  changedInPlace,
  droppedVersions,
  openProfileCatalog,
} from '../../../formats/profile/profile-catalog.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const document = (version: number, more = ''): string => `
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
  codes: { '0': PAID, '1': NAME_MISMATCH }
${more}`

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'huida-profile-catalog-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

describe('a folder with an older version', () => {
  const folder = folderOf({
    'own-bank.yaml': document(3),
    'own-bank@1.yaml': document(1),
    'own-bank@2.yaml': document(2),
  })
  const catalog = openProfileCatalog(folder)

  test('plans with the current one and reads with any', () => {
    expect(catalog.current('own-bank')?.version).toBe(3)
    expect(catalog.version('own-bank', 1)?.version).toBe(1)
    expect(catalog.version('own-bank', 4)).toBeUndefined()
    expect(catalog.versions('own-bank').map(({ version }) => version)).toEqual([3, 2, 1])
    expect([...loadCatalog(folder).values()].map(({ version }) => version)).toEqual([3])
  })
})

test('a name and a document that disagree about the version are refused', () => {
  const folder = folderOf({ 'own-bank.yaml': document(3), 'own-bank@1.yaml': document(2) })
  expect(() => openProfileCatalog(folder)).toThrow(
    /own-bank@1\.yaml:3 version: the file's name says version 1/,
  )
})

test('an older version that is not older is refused', () => {
  const folder = folderOf({ 'own-bank.yaml': document(1), 'own-bank@1.yaml': document(1) })
  expect(() => openProfileCatalog(folder)).toThrow(
    /is kept as an older version, but own-bank\.yaml has version 1/,
  )
})

test('a document that means something else under the same version is found, a comment or a space is not', () => {
  const before = readProfiles(folderOf({ 'own-bank.yaml': document(1) }))
  const spaced = readProfiles(folderOf({ 'own-bank.yaml': document(1, '# a note of the clerk\n') }))
  const changed = readProfiles(
    folderOf({ 'own-bank.yaml': document(1).replace('item: amount', 'item: amount, unit: yuan') }),
  )
  const raised = readProfiles(
    folderOf({ 'own-bank.yaml': document(2).replace('item: amount', 'item: amount, unit: yuan') }),
  )
  expect(changedInPlace(before, spaced)).toEqual([])
  expect(changedInPlace(before, changed)[0]).toMatch(/own-bank: .*raise version to 2 .*请把 version 改为 2/)
  expect(changedInPlace(before, raised)).toEqual([])
  expect(droppedVersions(before, raised).map(({ profile }) => profile.version)).toEqual([1])
})
