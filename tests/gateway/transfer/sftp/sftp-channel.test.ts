/** The SFTP channel against a real OpenSSH server that works as it should. */
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel } from '../../../../gateway/transfer/channel.ts'
import { sftpChannel } from '../../../../gateway/transfer/sftp/sftp-channel.ts'
import { outboundFile, patternBytes, sftpAgreement } from '../../../support/sftp-agreement.ts'
import { type Sshd, startSshd } from '../../../support/sshd.ts'

let bank: Sshd
let channel: Channel

beforeAll(async () => {
  bank = await startSshd()
  channel = sftpChannel(sftpAgreement(bank))
})

afterAll(async () => {
  await channel.close()
  await bank.stop()
})

async function collected(name: string): Promise<Buffer> {
  const blocks: Buffer[] = []
  for await (const block of channel.fetch(name)) blocks.push(block)
  return Buffer.concat(blocks)
}

describe('what lies where we send to', () => {
  test('is listed with our unfinished parts, and read back by its digest', async () => {
    const bytes = patternBytes(1_200_000)
    await channel.send(outboundFile('SENT01.txt', bytes))
    writeFileSync(join(bank.outbox, 'SENT02.txt.9.part'), 'half')
    mkdirSync(join(bank.outbox, 'taken'))
    const sizes = new Map(
      (await channel.sent()).map((one) => (one.kind === 'file' ? [one.name, one.sizeBytes] : ['', 0])),
    )
    expect(sizes.get('SENT01.txt')).toBe(bytes.length)
    expect(sizes.get('SENT02.txt.9.part')).toBe(4)
    expect(sizes.has('taken')).toBe(false)
    expect(await channel.sentSha256('SENT01.txt')).toBe(createHash('sha256').update(bytes).digest('hex'))
    await expect(channel.sentSha256('NONE.txt')).rejects.toMatchObject({ code: 'REMOTE_REFUSED' })
    await expect(channel.sentSha256('../inbox/x')).rejects.toMatchObject({ code: 'REMOTE_REFUSED' })
  })
})

describe('sending', () => {
  test('a file appears whole under its final name and leaves no part behind', async () => {
    const bytes = patternBytes(3 * 1024 * 1024 + 12_345)
    expect(await channel.send(outboundFile('DF0001.txt', bytes))).toEqual({
      kind: 'accepted',
      sizeBytes: bytes.length,
    })
    expect(readFileSync(join(bank.outbox, 'DF0001.txt')).equals(bytes)).toBe(true)
    expect(await channel.confirm('DF0001.txt')).toEqual({ final: { sizeBytes: bytes.length } })
  })

  test('an empty file and a file of a single huge buffer are sent as they are', async () => {
    const huge = patternBytes(5 * 1024 * 1024 + 1)
    expect((await channel.send(outboundFile('empty.OK', Buffer.alloc(0)))).kind).toBe('accepted')
    expect((await channel.send(outboundFile('huge.txt', huge, huge.length))).kind).toBe('accepted')
    expect(readFileSync(join(bank.outbox, 'empty.OK'))).toHaveLength(0)
    expect(readFileSync(join(bank.outbox, 'huge.txt')).equals(huge)).toBe(true)
  })

  test('a longer part of an earlier try is emptied first and never renamed with its old tail', async () => {
    writeFileSync(join(bank.outbox, 'again.txt.part'), patternBytes(500_000))
    const bytes = Buffer.from('P|1|50000\n')
    expect((await channel.send(outboundFile('again.txt', bytes))).kind).toBe('accepted')
    expect(readFileSync(join(bank.outbox, 'again.txt'), 'utf8')).toBe('P|1|50000\n')
  })

  test('F31: a sender frozen before his rename cannot publish what his successor is still uploading', async () => {
    const bytes = patternBytes(2 * 1024 * 1024 + 7)
    const frozen = sftpChannel(sftpAgreement(bank))
    let wake = (): void => {}
    const asleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    let reached = (): void => {}
    const atRename = new Promise<void>((resolve) => {
      reached = resolve
    })
    const first = frozen.send({
      ...outboundFile('frozen.txt', bytes),
      attempt: '7',
      beforeRename: async () => {
        reached()
        await asleep
      },
    })
    await atRename
    const halfway = {
      ...outboundFile('frozen.txt', bytes),
      attempt: '8',
      earlierAttempts: ['7'],
      content: async function* () {
        yield bytes.subarray(0, 1024 * 1024)
        wake()
        expect((await first).kind).not.toBe('accepted')
        expect(readdirSync(bank.outbox)).not.toContain('frozen.txt')
        yield bytes.subarray(1024 * 1024)
      },
    }
    expect(await channel.send(halfway)).toEqual({ kind: 'accepted', sizeBytes: bytes.length })
    expect(readFileSync(join(bank.outbox, 'frozen.txt')).equals(bytes)).toBe(true)
    expect(readdirSync(bank.outbox).filter((name) => name.startsWith('frozen.txt'))).toEqual(['frozen.txt'])
    await frozen.close()
  })

  test('F31: an earlier sending of ours that published after all counts, and is not sent again', async () => {
    const bytes = patternBytes(1000)
    expect((await channel.send({ ...outboundFile('late.txt', bytes), attempt: '3' })).kind).toBe('accepted')
    const again = { ...outboundFile('late.txt', bytes), attempt: '4', earlierAttempts: ['3'] }
    expect(await channel.send(again)).toEqual({ kind: 'accepted', sizeBytes: bytes.length })
  })

  test('F38: a file of the very size that an earlier sending of ours did not publish is a taken name', async () => {
    const bytes = patternBytes(1000)
    const foreign = Buffer.alloc(bytes.length, 'x')
    writeFileSync(join(bank.outbox, 'same-size.txt'), foreign)
    const again = { ...outboundFile('same-size.txt', bytes), attempt: '4', earlierAttempts: ['3'] }
    expect(await channel.send(again)).toEqual({ kind: 'name-taken', sameSize: true })
    expect(readFileSync(join(bank.outbox, 'same-size.txt'))).toEqual(foreign)
  })

  test('calls made at the same moment wait for each other and all end well', async () => {
    const files = Array.from({ length: 8 }, (_, n) =>
      outboundFile(`wave-${n}.txt`, patternBytes(200_000 + n)),
    )
    const outcomes = await Promise.all([...files.map((file) => channel.send(file)), channel.list()])
    expect(outcomes.slice(0, 8)).toEqual(files.map(({ sizeBytes }) => ({ kind: 'accepted', sizeBytes })))
  })

  test('reading the part back compares its digest before the rename', async () => {
    const careful = sftpChannel(sftpAgreement(bank, { verify: 'digest' }))
    const bytes = patternBytes(2_500_000)
    expect((await careful.send(outboundFile('careful.txt', bytes))).kind).toBe('accepted')
    expect(readFileSync(join(bank.outbox, 'careful.txt')).equals(bytes)).toBe(true)
    await careful.close()
  })

  test('content that fails, or is shorter or longer than it was said to be, is never published', async () => {
    const short = { ...outboundFile('short.txt', patternBytes(1000)), sizeBytes: 1001 }
    const long = { ...outboundFile('long.txt', patternBytes(1001)), sizeBytes: 1000 }
    const failing = {
      ...outboundFile('failing.txt', patternBytes(1000)),
      content: async function* () {
        yield patternBytes(500)
        throw new Error('spool is gone')
      },
    }
    const differs = { kind: 'not-accepted', fault: { code: 'REMOTE_SIZE_DIFFERS' } }
    expect(await channel.send(short)).toMatchObject(differs)
    expect(await channel.send(long)).toMatchObject(differs)
    expect(await channel.send(failing)).toMatchObject({ kind: 'not-accepted', fault: { code: 'INTERNAL' } })
    const published = readdirSync(bank.outbox).filter((name) => /^(short|long|failing)\.txt$/.test(name))
    expect(published).toEqual([])
  })

  test('a name that leads out of the outbox is refused before anything is asked of the bank', async () => {
    const outcome = await channel.send(outboundFile('../escape.txt', Buffer.from('x')))
    expect(outcome).toMatchObject({
      kind: 'not-accepted',
      fault: { code: 'REMOTE_REFUSED', facts: { flaw: 'separator' } },
    })
    await expect(channel.confirm('..')).rejects.toMatchObject({ code: 'REMOTE_REFUSED' })
  })
})

describe('collecting', () => {
  test('the inbox lists regular files with size and time, and their bytes come back whole', async () => {
    const bytes = patternBytes(2 * 1024 * 1024 + 7)
    writeFileSync(join(bank.inbox, '回盘_20260301.txt'), bytes)
    utimesSync(
      join(bank.inbox, '回盘_20260301.txt'),
      new Date(1_770_000_000_000),
      new Date(1_770_000_000_000),
    )
    expect(await channel.list()).toContainEqual({
      kind: 'file',
      name: '回盘_20260301.txt',
      sizeBytes: bytes.length,
      modifiedAt: new Date(1_770_000_000_000),
    })
    expect((await collected('回盘_20260301.txt')).equals(bytes)).toBe(true)
  })

  test('F70: S26: links and folders are not listed, and unsafe names are shown escaped but never as files', async () => {
    symlinkSync('/etc/passwd', join(bank.inbox, 'link.txt'))
    mkdirSync(join(bank.inbox, 'folder.txt'))
    for (const name of [
      '..\\..\\evil.txt',
      '%2e%2e%2fevil.txt',
      'evil\u202etxt.exe',
      'nul.txt',
      `${'长'.repeat(80)}.txt`,
    ]) {
      writeFileSync(join(bank.inbox, name), 'x')
    }
    writeFileSync(Buffer.concat([Buffer.from(`${bank.inbox}/`), Buffer.from([0xbb, 0xd8, 0xc5, 0xcc])]), 'x')
    const listed = await channel.list()
    const names = listed.map((file) => (file.kind === 'file' ? file.name : file.flaw))
    expect(names).not.toContain('link.txt')
    expect(names).not.toContain('folder.txt')
    const flaws = listed.flatMap((file) => (file.kind === 'unsafe' ? file.flaw : [])).sort()
    expect(flaws).toEqual([
      'invisible-character',
      'not-utf8',
      'percent-escape',
      'reserved',
      'separator',
      'too-long',
    ])
  })

  test('a reader who walks away in the middle does not keep the line from the next call', async () => {
    writeFileSync(join(bank.inbox, 'big.txt'), patternBytes(4 * 1024 * 1024))
    for await (const block of channel.fetch('big.txt')) {
      expect(block).toHaveLength(1024 * 1024)
      break
    }
    const abandoned = channel.fetch('big.txt')[Symbol.asyncIterator]()
    await abandoned.next()
    expect((await channel.list()).length).toBeGreaterThan(0)
  })

  test('a file that shrinks or grows while it is read is a fault and not a short file', async () => {
    const path = join(bank.inbox, 'moving.txt')
    for (const sizeBytes of [1_500_000, 4_000_000]) {
      writeFileSync(path, patternBytes(3_000_000))
      const read = async () => {
        for await (const _ of channel.fetch('moving.txt')) truncateSync(path, sizeBytes)
      }
      await expect(read()).rejects.toMatchObject({ code: 'REMOTE_SIZE_DIFFERS' })
    }
  })

  test('an inbox of thousands of files is listed whole', async () => {
    const crowded = join(bank.folder, 'crowded')
    mkdirSync(crowded)
    for (let n = 0; n < 3000; n++) writeFileSync(join(crowded, `R${n}.txt`), '')
    const many = sftpChannel(sftpAgreement(bank, { inbox: crowded }))
    expect(await many.list()).toHaveLength(3000)
    await many.close()
  })
})

test('a closed channel refuses later calls and cannot be woken', async () => {
  const brief = sftpChannel(sftpAgreement(bank))
  await brief.list()
  await brief.close()
  await expect(brief.list()).rejects.toMatchObject({ code: 'INTERNAL' })
  await brief.close()
})
