/**
 * Ed25519 keys in the forms that SSH programs read: the openssh-key-v1 private key file (OpenSSH
 * PROTOCOL.key) and the one-line public key.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'

/** A key pair for SFTP: text of the private key file and the `ssh-ed25519 AAAA... comment` line. */
export interface SshKeyPair {
  readonly privateKeyPem: string
  readonly publicKeyLine: string
}

/** Makes an Ed25519 key pair without passphrase; `comment` ends the public line. */
export function makeEd25519SshKey(comment: string): SshKeyPair {
  if (/[\r\n]/.test(comment)) throw new RangeError('the comment of an SSH key is one line')
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32)
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const publicBlob = Buffer.concat([sshString('ssh-ed25519'), sshString(point)])
  return {
    privateKeyPem: armour(privateFile(publicBlob, seed, point, comment)),
    publicKeyLine: `ssh-ed25519 ${publicBlob.toString('base64')} ${comment}`.trim(),
  }
}

function privateFile(publicBlob: Buffer, seed: Buffer, point: Buffer, comment: string): Buffer {
  const check = randomBytes(4)
  const secret = sshString(Buffer.concat([seed, point]))
  const body = Buffer.concat([check, check, publicBlob, secret, sshString(comment)])
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, index) => index + 1))
  return Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    ...['none', 'none', ''].map(sshString),
    Buffer.of(0, 0, 0, 1),
    sshString(publicBlob),
    sshString(Buffer.concat([body, padding])),
  ])
}

function sshString(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function armour(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
