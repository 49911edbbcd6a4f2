/** What makes the SFTP part of an agreement valid; no server is needed for that. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sftpChannel } from '../../../../gateway/transfer/sftp/sftp-channel.ts'
import { type SftpConfig, sftpConfigProblems } from '../../../../gateway/transfer/sftp/sftp-config.ts'
import { makeKey } from '../../../support/sshd.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const privateKey = makeKey(folder, 'good')
const hostKey = readFileSync(join(folder, 'good.pub'), 'utf8')

const valid: SftpConfig = {
  host: 'sftp.bank.example',
  port: 22,
  username: 'huida',
  privateKey,
  hostKeys: [hostKey],
  outbox: '/upload',
  inbox: '/download',
  timeoutMs: 30_000,
}

test('a complete agreement has no problems', () => {
  expect(sftpConfigProblems(valid)).toEqual([])
})

test('S14: an agreement without a pinned host key is invalid and no channel is made of it', () => {
  const unpinned = { ...valid, hostKeys: [] }
  expect(sftpConfigProblems(unpinned)).toHaveLength(1)
  expect(() => sftpChannel(unpinned)).toThrowError(expect.objectContaining({ code: 'AGREEMENT_INVALID' }))
})

test.each([
  ['ssh-dss AAAAB3NzaC1kc3MAAACB'],
  ['ssh-ed25519 not*base64'],
  ['ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIGJhZA=='],
  ['SHA256:7Yt8vAbCdEfGhIjKlMnOpQrStUvWxYz0123456789ab'],
  [''],
])('S14: %j is not taken for a host key', (line) => {
  expect(sftpConfigProblems({ ...valid, hostKeys: [hostKey, line] })).toEqual([
    expect.stringContaining('hostKeys line 2'),
  ])
})

test('S15: RSA keys below 3072 bits are refused on both sides, from 3072 they are taken', () => {
  const weak = makeKey(folder, 'weak', ['-t', 'rsa', '-b', '2048'])
  const strong = makeKey(folder, 'strong', ['-t', 'rsa', '-b', '3072', '-m', 'PEM'])
  const publicOf = (name: string) => readFileSync(join(folder, `${name}.pub`), 'utf8')
  expect(sftpConfigProblems({ ...valid, privateKey: weak, hostKeys: [publicOf('weak')] })).toHaveLength(2)
  expect(sftpConfigProblems({ ...valid, privateKey: strong, hostKeys: [publicOf('strong')] })).toEqual([])
})

test('every other flaw is named, and no key is ever quoted', () => {
  const problems = sftpConfigProblems({
    host: 'a b',
    port: 0,
    username: '',
    privateKey: 'PRIVATE-TEXT',
    hostKeys: ['SOME-TEXT'],
    outbox: '',
    inbox: '/in/../..',
    timeoutMs: Number.NaN,
    minimumBytesPerS: 0,
  })
  expect(problems).toHaveLength(9)
  expect(problems.join()).not.toMatch(/-TEXT/)
})
