/** The SFTP channel against bank servers that misbehave at one exact request; OpenSSH's own server does the rest. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { Fault } from '../../../../gateway/faults.ts'
import type { Channel } from '../../../../gateway/transfer/channel.ts'
import { sftpChannel } from '../../../../gateway/transfer/sftp/sftp-channel.ts'
import type { SftpConfig } from '../../../../gateway/transfer/sftp/sftp-config.ts'
import { refusedRename } from '../../../../gateway/transfer/sftp/sftp-send.ts'
import { outboundFile, patternBytes, sftpAgreement } from '../../../support/sftp-agreement.ts'
import { type Sshd, type SshdOptions, startSshd } from '../../../support/sshd.ts'

const bytes = patternBytes(300_000)
const file = outboundFile('DF0001.txt', bytes)
const opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

async function start(
  options: SshdOptions,
  over: Partial<SftpConfig> = {},
): Promise<{ bank: Sshd; channel: Channel }> {
  const bank = await startSshd(options)
  opened.push(() => bank.stop())
  const channel = sftpChannel(sftpAgreement(bank, over))
  opened.push(() => channel.close())
  return { bank, channel }
}

describe('the rename', () => {
  test('F37: a rename whose answer is lost is unknown, and confirming finds the file under its final name', async () => {
    const { bank, channel } = await start({ interpose: { loseRenameReply: 1 } })
    expect(await channel.send(file)).toMatchObject({ kind: 'unknown', fault: { code: 'SEND_UNCONFIRMED' } })
    expect(await channel.confirm(file.name)).toEqual({ final: { sizeBytes: bytes.length } })
    expect(await channel.send(file)).toEqual({ kind: 'name-taken', sameSize: true })
    expect(readdirSync(bank.outbox)).toEqual([file.name])
  })

  test('F37: a rename request that is swallowed is unknown, and confirming finds the part only', async () => {
    const { channel } = await start({ interpose: { swallowRename: 1 } }, { timeoutMs: 3000 })
    expect(await channel.send(file)).toMatchObject({
      kind: 'unknown',
      fault: { cause: { code: 'BANK_TIMEOUT' } },
    })
    expect(await channel.confirm(file.name)).toEqual({ part: { sizeBytes: bytes.length } })
  })

  test('F38: a name that is already there is left alone and reported with its size', async () => {
    const { bank, channel } = await start({})
    writeFileSync(join(bank.outbox, file.name), 'the bank has this')
    expect(await channel.send(file)).toEqual({ kind: 'name-taken', sameSize: false })
    expect(readFileSync(join(bank.outbox, file.name), 'utf8')).toBe('the bank has this')
    expect(existsSync(join(bank.outbox, `${file.name}.part`))).toBe(false)
  })

  test('F38: a name that is taken while we upload is never overwritten', async () => {
    const { bank, channel } = await start({})
    const raced = {
      ...file,
      content: async function* () {
        writeFileSync(join(bank.outbox, file.name), 'taken')
        yield bytes
      },
    }
    expect(await channel.send(raced)).toEqual({ kind: 'name-taken', sameSize: false })
    expect(readFileSync(join(bank.outbox, file.name), 'utf8')).toBe('taken')
    expect(await channel.confirm(file.name)).toEqual({
      final: { sizeBytes: 5 },
      part: { sizeBytes: bytes.length },
    })
  })

  test('what stops us at the last moment before the rename stops the send, with the part complete', async () => {
    const { bank, channel } = await start({})
    const stopped = {
      ...file,
      beforeRename: async () => {
        expect(readFileSync(join(bank.outbox, `${file.name}.part`))).toHaveLength(bytes.length)
        throw new Fault('SENDING_HELD')
      },
    }
    expect(await channel.send(stopped)).toMatchObject({
      kind: 'not-accepted',
      fault: { code: 'SENDING_HELD' },
    })
    expect(await channel.confirm(file.name)).toEqual({ part: { sizeBytes: bytes.length } })
  })

  test('F31: a sender who was shut out takes his part away again', async () => {
    const { channel } = await start({})
    const shutOut = {
      ...file,
      attempt: '4',
      beforeRename: async () => {
        throw new Fault('LEASE_LOST')
      },
    }
    expect(await channel.send(shutOut)).toMatchObject({ kind: 'not-accepted', fault: { code: 'LEASE_LOST' } })
    expect(await channel.confirm(file.name, '4')).toEqual({})
  })

  test('F37: a part that was taken out of reach is found as such, and goes with the next sending', async () => {
    const { bank, channel } = await start({})
    const held = {
      ...file,
      attempt: '4',
      beforeRename: async () => {
        throw new Fault('SENDING_HELD')
      },
    }
    await channel.send(held)
    expect(await channel.withdraw?.(file.name, '4')).toBe(true)
    expect(await channel.confirm(file.name, '4')).toEqual({ withdrawn: true })
    // The answer of the first time may have been lost, so asking again finds the same.
    expect(await channel.withdraw?.(file.name, '4')).toBe(true)
    expect(await channel.withdraw?.(file.name, '5')).toBe(false)
    expect(await channel.send({ ...file, attempt: '6', earlierAttempts: ['4', '5'] })).toMatchObject({
      kind: 'accepted',
    })
    expect(readdirSync(bank.outbox)).toEqual([file.name])
  })

  test('a refused rename that left the part in place is proof that nothing was accepted', async () => {
    const { channel } = await start({ interpose: { refuse: 4, request: 18 } })
    const refused = { code: 'REMOTE_REFUSED', facts: { operation: 'rename', status: 'FAILURE' } }
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: refused })
  })

  test('a rename that happened and was called a failure is accepted by the evidence of both names', async () => {
    const { bank, channel } = await start({ interpose: { refuseAfterRename: 4 } })
    expect(await channel.send(file)).toEqual({ kind: 'accepted', sizeBytes: bytes.length })
    expect(readFileSync(join(bank.outbox, file.name)).equals(bytes)).toBe(true)
  })

  test('F41: names that are both gone after a refusal, or a final of another size, prove nothing', () => {
    const refusal = new Fault('REMOTE_REFUSED')
    expect(refusedRename({}, 10, refusal).kind).toBe('unknown')
    expect(refusedRename({ final: { sizeBytes: 9 } }, 10, refusal).kind).toBe('unknown')
  })
})

describe('the upload', () => {
  test('F39: a server that keeps less than it acknowledged is found out by size, and nothing is renamed', async () => {
    const { bank, channel } = await start({ interpose: { keepBytes: 100_000 } })
    const differs = { code: 'REMOTE_SIZE_DIFFERS', facts: { expectedBytes: bytes.length } }
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: differs })
    expect(existsSync(join(bank.outbox, file.name))).toBe(false)
  })

  test('F39: a byte changed on the way is found out by the digest, and nothing is renamed', async () => {
    const { bank, channel } = await start({ interpose: { flipByte: 1 } }, { verify: 'digest' })
    const differs = { code: 'REMOTE_SIZE_DIFFERS', facts: { reason: 'digest' } }
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: differs })
    expect(existsSync(join(bank.outbox, file.name))).toBe(false)
  })

  test.each([
    [2, 'NO_SUCH_FILE'],
    [3, 'PERMISSION_DENIED'],
    [4, 'FAILURE'],
    [5, 'BAD_MESSAGE'],
    [8, 'OP_UNSUPPORTED'],
    [14, 'STATUS_14'],
  ])('F45: status %i of a write is surfaced as %s and is never success', async (refuse, status) => {
    const { bank, channel } = await start({ interpose: { refuse, request: 6 } })
    const refused = { code: 'REMOTE_REFUSED', facts: { operation: 'write', status } }
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: refused })
    expect(existsSync(join(bank.outbox, file.name))).toBe(false)
  })

  test('F45: a folder that does not exist surfaces for sending, listing and fetching', async () => {
    const { channel } = await start({}, { outbox: '/no/such/outbox', inbox: '/no/such/inbox' })
    const refused = { code: 'REMOTE_REFUSED', facts: { status: 'NO_SUCH_FILE' } }
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: refused })
    await expect(channel.list()).rejects.toMatchObject(refused)
    await expect(channel.fetch('a.txt')[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused)
  })

  test('F45: a stat that the server answers with FAILURE is not taken for absence', async () => {
    const { channel } = await start({ interpose: { refuse: 4, request: 7 } })
    const refused = { code: 'REMOTE_REFUSED', facts: { operation: 'lstat', status: 'FAILURE' } }
    await expect(channel.confirm(file.name)).rejects.toMatchObject(refused)
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: refused })
  })

  test('F45: permission denied is surfaced and leaves nothing behind', async () => {
    const { bank, channel } = await start({ interpose: { refuse: 3, request: 3 } })
    const refused = { code: 'REMOTE_REFUSED', facts: { operation: 'open', status: 'PERMISSION_DENIED' } }
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: refused })
    expect(readdirSync(bank.outbox)).toEqual([])
  })
})
