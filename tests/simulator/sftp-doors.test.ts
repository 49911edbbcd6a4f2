/** What goes wrong at a bank's SFTP door, tried against the gateway's own channel: never a file of other bytes, never a guess. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { makeSshKeyPair } from '../../crypto/keyring.ts'
import type { Channel } from '../../gateway/transfer/channel.ts'
import { sftpChannel } from '../../gateway/transfer/sftp/sftp-channel.ts'
import { openCallBook } from '../../ops/simulator/misdeeds/call-book.ts'
import { readFaultScript } from '../../ops/simulator/misdeeds/fault-script.ts'
import { sftpManners } from '../../ops/simulator/sftp/sftp-manners.ts'
import { startSftpServer } from '../../ops/simulator/sftp/sftp-server.ts'

const [bankKey, otherKey, ourKey] = ['bank', 'other', 'gateway'].map((name) => makeSshKeyPair(name))
const folder = mkdtempSync(join(tmpdir(), 'huida-doors-'))
const content = Buffer.from(`${'line of a file\n'.repeat(4000)}`)
let now = new Date('2026-11-20T15:50:00Z')
let closers: (() => Promise<unknown>)[] = []
let doors = 0

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Door {
  readonly channel: Channel
  readonly inFolder: string
  readonly taken: string
}

/** A bank's door with these rules, and the gateway's channel to it. */
async function door(rules: string): Promise<Door> {
  if (!bankKey || !otherKey || !ourKey) throw new Error('no keys')
  const script = readFaultScript(rules)
  if (script.kind === 'refused') throw new Error(script.problems.join('\n'))
  const own = join(folder, `door-${++doors}`)
  const [root, taken] = [join(own, 'sftp'), join(own, 'taken')]
  for (const one of [join(root, 'in'), join(root, 'out'), taken]) mkdirSync(one, { recursive: true })
  const chooser = { seed: 7, bank: 'cmbc' }
  const book = await openCallBook(join(own, 'misdeeds.ndjson'), script.rules, chooser, () => now)
  const server = await startSftpServer({
    host: '127.0.0.1',
    port: 0,
    root,
    hostKey: bankKey.privateKeyPem,
    username: 'huida',
    authorizedKey: ourKey.publicKeyLine,
    manners: sftpManners({ book, now: () => now, takenFolder: taken }),
    otherHostKey: () => otherKey.privateKeyPem,
  })
  const channel = sftpChannel({
    host: '127.0.0.1',
    port: server.port,
    username: 'huida',
    privateKey: ourKey.privateKeyPem,
    hostKeys: [bankKey.publicKeyLine],
    outbox: '/in',
    inbox: '/out',
    timeoutMs: 1000,
  })
  closers = [() => channel.close(), () => server.close(), () => book.close()]
  return { channel, inFolder: join(root, 'in'), taken }
}

const send = ({ channel }: Door, attempt = '1') =>
  channel.send({
    name: 'a.txt',
    attempt,
    sizeBytes: content.length,
    content: async function* () {
      yield content
    },
  })

const whole = (path: string): boolean => existsSync(path) && readFileSync(path).equals(content)

describe('a door that refuses', () => {
  it.each([
    ['F42: shows another host key', 'other-host-key', 'HOST_KEY_CHANGED'],
    ['F43: refuses the login', 'refuse-login', 'BANK_LOGIN_REFUSED'],
    ['F44: never says a word', 'silent', 'BANK_TIMEOUT'],
  ])('%s, and is sent nothing', async (_title, rules, code) => {
    const bank = await door(rules)
    expect(await send(bank)).toMatchObject({ kind: 'not-accepted', fault: { code } })
    expect(readdirSync(bank.inFolder)).toEqual([])
    expect((await send(bank)).kind).toBe('accepted')
  })

  it('F45: answers any status at any step, and is never taken for a success', async () => {
    for (const on of ['open', 'write', 'close', 'rename'])
      for (const status of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const bank = await door(`sftp-status on=${on} status=${status}`)
        const { kind } = await send(bank)
        expect({ on, status, kind }).toEqual({
          on,
          status,
          kind: expect.stringMatching(/^(not-accepted|unknown)$/),
        })
        expect(existsSync(join(bank.inFolder, 'a.txt'))).toBe(false)
        for (const close of closers.splice(0)) await close()
      }
  })

  it('is shut from its day-end until midnight, and takes the file after that', async () => {
    const bank = await door('cut-over')
    const refused = { kind: 'not-accepted', fault: { code: 'REMOTE_REFUSED' } }
    expect(await send(bank)).toMatchObject(refused)
    expect(await send(bank, '2')).toMatchObject(refused)
    now = new Date('2026-11-20T16:01:00Z')
    expect((await send(bank, '3')).kind).toBe('accepted')
  })

  it('works on a made-up Saturday and rests on a usual one', async () => {
    const bank = await door('closed-days')
    now = new Date('2026-10-17T02:00:00Z')
    expect((await send(bank)).kind).toBe('not-accepted')
    now = new Date('2026-10-10T02:00:00Z')
    expect((await send(bank, '2')).kind).toBe('accepted')
  })
})

describe('a door that spoils what it is given', () => {
  it.each([
    ['F36: cuts the line in the middle', 'cut bytes=30000'],
    ['F39: drops what lies beyond its quota', 'quota bytes=30000'],
    ['F39: turns line feeds into CRLF', 'crlf'],
    ['F46: moves a kilobyte a second', 'slow bytesPerS=1024'],
  ])('%s, and the file never gets its final name', async (_title, rules) => {
    const bank = await door(rules)
    expect((await send(bank)).kind).toBe('not-accepted')
    expect(readdirSync(bank.inFolder).filter((name) => !name.endsWith('.part'))).toEqual([])
    expect((await send(bank, '2')).kind).toBe('accepted')
    expect(whole(join(bank.inFolder, 'a.txt'))).toBe(true)
  })

  it('F38: has another file under the final name, which stays as it is', async () => {
    const bank = await door('name-taken')
    expect(await send(bank)).toMatchObject({ kind: 'name-taken', sameSize: false })
    expect(readFileSync(join(bank.inFolder, 'a.txt'), 'utf8')).toBe('another file\n')
  })

  it('F41: takes the file away right after the rename, and the rename counts', async () => {
    const bank = await door('take-after-rename')
    expect((await send(bank)).kind).toBe('accepted')
    expect(readdirSync(bank.inFolder)).toEqual([])
    expect(whole(join(bank.taken, 'a.txt'))).toBe(true)
  })

  it('F37: loses the reply to the rename, and both names tell what happened', async () => {
    const bank = await door('lose-rename-reply')
    expect((await send(bank)).kind).toBe('unknown')
    expect(await bank.channel.confirm('a.txt', '1')).toEqual({ final: { sizeBytes: content.length } })
    expect(whole(join(bank.inFolder, 'a.txt'))).toBe(true)
  })
})
