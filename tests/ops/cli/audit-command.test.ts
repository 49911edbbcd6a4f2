/** `huida audit`: a whole trail ends 0, a broken one 4 with the first bad row named, and anchors are lines of a file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditStand, openAuditStand, rewriteChain } from '../../gateway/audit-stand.ts'
import { expectHelp, runHuida } from './command-run.ts'

let stand: AuditStand
let folder: string
let anchors: string
beforeAll(async () => {
  stand = await openAuditStand(5)
  folder = mkdtempSync(join(tmpdir(), 'huida-test-anchors-'))
  anchors = join(folder, 'audit.anchors')
})
afterAll(async () => {
  await stand.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...words: string[]) => runHuida(['audit', ...words], { DATABASE_URL: stand.url })

describe('huida audit', () => {
  it.each([['verify'], ['anchor']])('%s: help begins with examples', (command) =>
    expectHelp('audit', command),
  )

  it('prints the anchor as one line, or writes it', async () => {
    const { code, stdout } = await run('anchor')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ chain: 'huida-audit-1', count: '5' })
    expect((await run('anchor', '--write', anchors)).code).toBe(0)
    expect(JSON.parse(readFileSync(anchors, 'utf8')).hash).toBe(JSON.parse(stdout).hash)
  })

  it('says how far a whole trail holds', async () => {
    const { code, stdout } = await run('verify', '--anchor', anchors)
    expect(code).toBe(0)
    expect(stdout).toMatch(/rows that hold: 5\n.*: [0-9a-f]{64}\n.*anchors compared: 1/)
    const json = JSON.parse((await run('verify', '--json')).stdout)
    expect(json).toMatchObject({ holds: true, count: 5, anchors: 0 })
  })

  it('refuses a file that is not there, and one that holds something else', async () => {
    expect(await run('verify', '--anchor', join(folder, 'none'))).toMatchObject({ code: 3, stdout: '' })
    writeFileSync(join(folder, 'letter'), 'Dear auditor\n')
    const refused = await run('verify', '--anchor', join(folder, 'letter'))
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.stderr).toContain('line 1')
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  it('F78: names the first bad row in both languages and ends 4; covering up leaves the anchor', async () => {
    await stand.tamper(`update audit_event set actor = 'nobody' where chain_no in (3, 4)`)
    const { code, stderr } = await run('verify')
    expect(code).toBe(4)
    expect(stderr).toContain('第 3 行（记录 3）被改动 / row 3 (record 3) was edited')
    await stand.tamper(rewriteChain)
    expect((await run('verify')).code).toBe(0)
    const json = await run('verify', '--anchor', anchors, '--json')
    expect(json.code).toBe(4)
    expect(JSON.parse(json.stdout)).toMatchObject({
      holds: false,
      flaw: { kind: 'anchor-differs', chainNo: 5, line: 1 },
    })
  })
})
