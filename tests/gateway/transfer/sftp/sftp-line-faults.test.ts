/** The SFTP channel on lines that break: every promise ends, nothing is sent twice, doubt is called doubt. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Channel } from '../../../../gateway/transfer/channel.ts'
import { sftpChannel } from '../../../../gateway/transfer/sftp/sftp-channel.ts'
import type { SftpConfig } from '../../../../gateway/transfer/sftp/sftp-config.ts'
import { freePort } from '../../../../ops/simulator/listen-patiently.ts'
import { type FaultProxy, type LineFault, startFaultProxy } from '../../../support/fault-proxy.ts'
import { outboundFile, patternBytes, sftpAgreement } from '../../../support/sftp-agreement.ts'
import { makeKey, type Sshd, startSshd } from '../../../support/sshd.ts'

const bytes = patternBytes(3_000_000)
let bank: Sshd
const opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  bank = await startSshd()
})

afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close()
})

afterAll(async () => {
  await bank.stop()
})

function channelTo(config: SftpConfig): Channel {
  const channel = sftpChannel(config)
  opened.push(channel)
  return channel
}

async function brokenLine(
  fault: LineFault,
  timeoutMs = 1000,
): Promise<{ proxy: FaultProxy; channel: Channel }> {
  const proxy = await startFaultProxy(bank.port, fault)
  opened.push({ close: () => proxy.stop() })
  return { proxy, channel: channelTo(sftpAgreement(bank, { port: proxy.port, timeoutMs })) }
}

const atBank = (name: string): string => join(bank.outbox, name)

describe('while a file is being uploaded', () => {
  test.each([1, 50, 99])(
    'F36: a cut at %i per cent leaves a part only, and the next try of the same name succeeds',
    async (percent) => {
      const { proxy, channel } = await brokenLine({ cutAfterBytes: (bytes.length * percent) / 100 })
      const file = outboundFile(`cut-${percent}.txt`, bytes)
      expect(await channel.send(file)).toMatchObject({
        kind: 'not-accepted',
        fault: { code: 'BANK_UNREACHABLE' },
      })
      expect(existsSync(atBank(file.name))).toBe(false)
      proxy.fault = {}
      expect(await channel.send(file)).toEqual({ kind: 'accepted', sizeBytes: bytes.length })
      expect(readFileSync(atBank(file.name)).equals(bytes)).toBe(true)
      expect(existsSync(atBank(`${file.name}.part`))).toBe(false)
    },
  )

  test('F44: a black hole in the middle of an upload is cut at the deadline and the channel lives on', async () => {
    const { proxy, channel } = await brokenLine({ holeAfterBytes: 1_500_000 })
    const file = outboundFile('hole.txt', bytes)
    expect(await channel.send(file)).toMatchObject({ kind: 'not-accepted', fault: { code: 'BANK_TIMEOUT' } })
    expect(existsSync(atBank('hole.txt'))).toBe(false)
    proxy.fault = {}
    expect((await channel.send(file)).kind).toBe('accepted')
  })

  test('F46: a server of 1 KB a second is cut by the minimum rate', async () => {
    const { channel } = await brokenLine({ bytesPerS: 1024, slowAfterBytes: 200_000 })
    const outcome = await channel.send(outboundFile('slow.txt', bytes))
    expect(outcome).toMatchObject({
      kind: 'not-accepted',
      fault: { code: 'BANK_TIMEOUT', facts: { operation: 'write' } },
    })
    expect(existsSync(atBank('slow.txt'))).toBe(false)
  })

  test('F46: a slow bank above the minimum rate is given the time that it needs', async () => {
    const { channel } = await brokenLine({ bytesPerS: 200_000 })
    expect((await channel.send(outboundFile('patient.txt', patternBytes(400_000)))).kind).toBe('accepted')
  })

  test('a bank far away is served too', async () => {
    const { channel } = await brokenLine({ delayMs: 20 }, 2000)
    expect((await channel.send(outboundFile('far.txt', bytes))).kind).toBe('accepted')
  })
})

describe('while the line is being opened', () => {
  test('F44: a port that takes the connection and says nothing is left at the deadline', async () => {
    const { channel } = await brokenLine({ holeAfterBytes: 0 })
    const late = { code: 'BANK_TIMEOUT', facts: { operation: 'connect' } }
    await expect(channel.list()).rejects.toMatchObject(late)
    expect(await channel.send(outboundFile('dumb.txt', bytes))).toMatchObject({
      kind: 'not-accepted',
      fault: late,
    })
  })

  test('a port where nobody listens is a bank that cannot be reached', async () => {
    const channel = channelTo(sftpAgreement(bank, { port: await freePort() }))
    await expect(channel.confirm('a.txt')).rejects.toMatchObject({ code: 'BANK_UNREACHABLE' })
  })

  test('F42: S14: a changed host key is refused before our name or one byte of the file is given', async () => {
    const impostor = await startSshd()
    opened.push({ close: () => impostor.stop() })
    const channel = channelTo(sftpAgreement(bank, { port: impostor.port }))
    const outcome = await channel.send(outboundFile('secret.txt', bytes))
    expect(outcome).toMatchObject({
      kind: 'not-accepted',
      fault: { code: 'HOST_KEY_CHANGED', entry: { owner: 'security' } },
    })
    const shown = execFileSync('ssh-keygen', ['-l', '-f', join(impostor.folder, 'host.pub')], {
      encoding: 'utf8',
    })
    expect(outcome).toMatchObject({ fault: { facts: { presented: shown.split(' ')[1] } } })
    expect(existsSync(join(impostor.outbox, 'secret.txt.part'))).toBe(false)
    expect(impostor.log()).not.toMatch(new RegExp(`for ${impostor.username}|user ${impostor.username}`))
  })

  test('F42: a server that has lost the pinned kind of key is refused as well', async () => {
    const rsa = makeKey(bank.folder, 'rsa-host', ['-t', 'rsa', '-b', '3072'])
    expect(rsa).toContain('PRIVATE KEY')
    const pinned = readFileSync(join(bank.folder, 'rsa-host.pub'), 'utf8')
    const channel = channelTo(sftpAgreement(bank, { hostKeys: [pinned] }))
    await expect(channel.list()).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' })
  })

  test('S14: two pinned keys carry a rotation rehearsed in both orders', async () => {
    const next = await startSshd()
    opened.push({ close: () => next.stop() })
    const hostKeys = [bank.hostKey, next.hostKey]
    const before = channelTo(sftpAgreement(bank, { hostKeys }))
    const after = channelTo(sftpAgreement(next, { hostKeys }))
    expect(await before.confirm('none.txt')).toEqual({})
    expect(await after.confirm('none.txt')).toEqual({})
  })

  test('F43: a refused login is tried once, says so, and is no reason to try again by itself', async () => {
    const stranger = makeKey(bank.folder, 'stranger')
    const channel = channelTo(sftpAgreement(bank, { privateKey: stranger }))
    const outcome = await channel.send(outboundFile('login.txt', bytes))
    const refused = { code: 'BANK_LOGIN_REFUSED', entry: { retry: 'never' } }
    expect(outcome).toMatchObject({ kind: 'not-accepted', fault: refused })
    expect(bank.log().match(/Failed publickey/g)).toHaveLength(1)
  })

  test('S15: a server that offers only SHA-1 key exchange or CBC ciphers is refused', async () => {
    for (const weak of ['KexAlgorithms diffie-hellman-group14-sha1', 'Ciphers aes256-cbc']) {
      const old = await startSshd({ settings: [weak] })
      opened.push({ close: () => old.stop() })
      const channel = channelTo(sftpAgreement(old))
      await expect(channel.list()).rejects.toMatchObject({
        code: 'BANK_LOGIN_REFUSED',
        facts: { reason: 'no common algorithm' },
      })
    }
  })
})

describe('while the bank is being asked', () => {
  test('F44: an idle line that has gone dead costs one deadline, and the next call opens another', async () => {
    const { proxy, channel } = await brokenLine({})
    expect(await channel.list()).toEqual([])
    proxy.fault = { holeAfterBytes: 0 }
    await expect(channel.confirm('idle.txt')).rejects.toMatchObject({ code: 'BANK_TIMEOUT' })
    proxy.fault = {}
    expect(await channel.confirm('idle.txt')).toEqual({})
    expect(proxy.connections).toBe(2)
  })

  test('F44: calls that wait behind a black hole each end, and none is pending for ever', async () => {
    const { channel } = await brokenLine({ holeAfterBytes: 0 }, 400)
    const calls = [channel.list(), channel.confirm('a.txt'), channel.list()]
    const ends = await Promise.allSettled(calls)
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  })

  /** Fetches a result over a line that turns bad after the first block. */
  async function fetchOverBadLine(
    name: string,
    fault: LineFault,
  ): Promise<{ read: Promise<number>; channel: Channel }> {
    writeFileSync(join(bank.inbox, name), bytes)
    const { proxy, channel } = await brokenLine({})
    const read = async () => {
      let readBytes = 0
      for await (const block of channel.fetch(name)) {
        readBytes += block.length
        proxy.fault = fault
      }
      return readBytes
    }
    return { read: read(), channel }
  }

  test('a result that is cut while it is fetched is a fault and not a shorter file', async () => {
    const { read } = await fetchOverBadLine('cut.txt', { cutAfterBytes: 0 })
    await expect(read).rejects.toMatchObject({ code: 'BANK_UNREACHABLE' })
  })

  test('F46: a fetch below the minimum rate is cut', async () => {
    const { read } = await fetchOverBadLine('drip.txt', { bytesPerS: 1024 })
    await expect(read).rejects.toMatchObject({ code: 'BANK_TIMEOUT', facts: { operation: 'read' } })
  })

  test('F44: closing a channel while a fetch hangs waits for its end and no longer', async () => {
    const { read, channel } = await fetchOverBadLine('hang.txt', { holeAfterBytes: 0 })
    await expect(read).rejects.toMatchObject({ code: 'BANK_TIMEOUT' })
    await channel.close()
  })
})
