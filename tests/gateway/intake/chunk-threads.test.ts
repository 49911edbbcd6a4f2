/** Compiled worker threads do what the calling thread does, for a batch that is big enough for tables of its own. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFieldSealer } from '../../../crypto/field-sealing.ts'
import { batchId } from '../../../gateway/ledger/batch.ts'
import { openLines } from '../../../gateway/ledger/payee-store.ts'
import {
  client,
  digest,
  type IntakeStand,
  lines,
  ndjson,
  open,
  openStand,
  pieces,
  seal,
  send,
} from './intake-stand.ts'

const root = resolve(import.meta.dirname, '../../..')
const built = mkdtempSync(join(tmpdir(), 'huida-built-'))
const catalogFolder = join(root, 'formats/catalog')
let stand: IntakeStand
let threaded: typeof import('../../../gateway/intake/receive-part.ts')

beforeAll(async () => {
  compile()
  stand = await openStand({ needs: { threads: 2, catalogFolder } })
  threaded = await import(
    /* @vite-ignore */ pathToFileURL(join(built, 'gateway/intake/receive-part.js')).href
  )
})
afterAll(async () => {
  await stand.close()
  rmSync(built, { recursive: true, force: true })
})

/** Compiles intake with what it imports, since threads run compiled code only. */
function compile(): void {
  const project = join(built, 'tsconfig.json')
  const compilerOptions = {
    outDir: built,
    rootDir: root,
    noEmit: false,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const include = [join(root, 'gateway/intake/*.ts')]
  mkdirSync(built, { recursive: true })
  writeFileSync(project, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include }))
  writeFileSync(join(built, 'package.json'), '{"type":"module"}')
  symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    stdio: 'pipe',
  })
}

test('a hundred thousand lines come in through threads and are attached as partitions of their own', async () => {
  const all = lines('BIG', 100_000)
  const content = ndjson(all)
  await open(stand, 'BIG', all)
  const part = await threaded.receivePart(
    stand.needs,
    client,
    'BIG',
    1,
    pieces(content),
    'ndjson',
    'identity',
  )
  expect(part).toMatchObject({ kind: 'received', lineCount: 100_000, refused: 0, held: 0 })
  expect(await stand.count('select count(*)::int as n from instruction')).toBe(0)
  const sealed = await seal(stand, 'BIG', all, content)
  expect(sealed).toMatchObject({ kind: 'accepted' })
  const shard = 'batchId' in sealed ? sealed.batchId : 0
  expect(await stand.count('select count(*)::int as n from instruction where shard = $1', [shard])).toBe(
    100_000,
  )
  expect(
    await stand.count('select sum(row_count)::int as n from sealed_block where shard = $1', [shard]),
  ).toBe(100_000)
  expect(
    await stand.count(
      `select count(*)::int as n from pg_inherits where inhrelid::regclass::text like '%_b${shard}'`,
    ),
  ).toBe(3)
  const bank = stand.needs.bankBook.byCode('yy-rcb')
  const batch = { batchId: batchId(shard), shard }
  const names: string[] = []
  if (bank)
    for await (const block of openLines(
      stand.needs.db,
      createFieldSealer(stand.needs.fieldKey),
      batch,
      bank.bankNo,
      50_000,
      50_010,
    ))
      names.push(...block.map((one) => one.payeeAccount))
  expect(names).toEqual([50_000, 50_002, 50_004, 50_006, 50_008].map((index) => all[index]?.payeeAccount))
})

test('threads write the rows and findings that the calling thread writes', async () => {
  const all = lines('SAME', 20_000).map((one, index) =>
    index % 1000 === 999 ? { ...one, bank: 'icbc' } : one,
  )
  const content = ndjson(all)
  const rows = () =>
    stand.rows(
      'select seq, amount_fen, account_ref, person_ref, bank_no, instruction_id from staged_instruction order by seq',
    )
  await open(stand, 'SAME', all)
  const inline = await send(stand, 'SAME', content)
  const wanted = digest(JSON.stringify(await rows(), (_key, value) => String(value)))
  await send(stand, 'SAME', ndjson(all.slice(0, 1)))
  expect(
    await threaded.receivePart(stand.needs, client, 'SAME', 1, pieces(content), 'ndjson', 'identity'),
  ).toEqual(inline)
  expect(digest(JSON.stringify(await rows(), (_key, value) => String(value)))).toBe(wanted)
})

test('F34: a thread that dies fails the load and nothing else; the same part is taken afterwards', async () => {
  const all = lines('THREAD', 20_000)
  const content = ndjson(all)
  await open(stand, 'THREAD', all)
  const broken = { ...stand.needs, catalogFolder: join(built, 'nowhere') }
  await expect(
    threaded.receivePart(broken, client, 'THREAD', 1, pieces(content), 'ndjson', 'identity'),
  ).rejects.toThrow('thread')
  expect(
    await stand.count(
      `select count(*)::int as n from batch_part join batch using (batch_id) where batch_no = 'THREAD'`,
    ),
  ).toBe(0)
  expect(
    await threaded.receivePart(stand.needs, client, 'THREAD', 1, pieces(content), 'ndjson', 'identity'),
  ).toMatchObject({ kind: 'received' })
  expect(stand.spooled()).toEqual([])
})

test('F08: a bad byte far into a threaded body is named by its offset', async () => {
  const all = lines('OFFSET', 30_000)
  const content = ndjson(all)
  const byteOffset = content.indexOf('payeeName":"', content.length - 300_000) + 12
  content[byteOffset] = 0xff
  await open(stand, 'OFFSET', all)
  expect(
    await threaded.receivePart(stand.needs, client, 'OFFSET', 1, pieces(content), 'ndjson', 'identity'),
  ).toMatchObject({
    kind: 'refused',
    problems: [{ code: 'INVALID_UTF8', facts: { byteOffset } }],
  })
})
