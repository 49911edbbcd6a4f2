/**
 * The SFTP part of a bank agreement and what makes it valid: pinned host keys, a strong client key, sane limits
 * (security.md S14, S15; DESIGN §5 "host keys pinned, or the agreement is invalid").
 */
import { createPublicKey } from 'node:crypto'
import ssh2, { type ServerHostKeyAlgorithm } from 'ssh2'

/** Where and how a bank is reached. Folders are absolute or relative to the login folder. */
export interface SftpConfig {
  readonly host: string
  readonly port: number
  readonly username: string
  /** OpenSSH or PEM text of an unencrypted ed25519, ECDSA or RSA (3072 bits or more) key. */
  readonly privateKey: string
  /** `ssh-ed25519 AAAA...` lines; one is enough, two carry a planned change. */
  readonly hostKeys: readonly string[]
  readonly outbox: string
  readonly inbox: string
  /** Longest wait for one answer, and the window of the rate watchdog. */
  readonly timeoutMs: number
  /** `digest` reads the whole `.part` back and compares SHA-256 before the rename; `size` is the default. */
  readonly verify?: 'size' | 'digest'
  /** Transfers below this rate over a whole window are cut; 8 KiB/s when absent. */
  readonly minimumBytesPerS?: number
}

/** A host key that an agreement trusts. */
export interface PinnedHostKey {
  readonly algorithms: readonly ServerHostKeyAlgorithm[]
  /** The key in SSH wire form, as the server presents it. */
  readonly blob: Buffer
}

const keyAlgorithms = new Map<string, readonly ServerHostKeyAlgorithm[]>([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
])

/** Reads one `type base64 [comment]` line; undefined when it is not a host key that we accept. */
export function pinnedHostKey(line: string): PinnedHostKey | undefined {
  const [type = '', base64 = ''] = line.trim().split(/\s+/)
  const algorithms = keyAlgorithms.get(type)
  if (algorithms === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const parsed = ssh2.utils.parseKey(`${type} ${base64}`)
  if (parsed instanceof Error || parsed.type !== type || !strongEnough(parsed.getPublicPEM()))
    return undefined
  return { algorithms, blob: parsed.getPublicSSH() }
}

/** What is wrong with a configuration, a sentence each; empty when it can be used. Never quotes a key. */
export function sftpConfigProblems(config: SftpConfig): readonly string[] {
  return [
    ...addressProblems(config),
    ...hostKeyProblems(config.hostKeys),
    ...clientKeyProblems(config.privateKey),
    ...limitProblems(config),
  ]
}

function addressProblems({ host, port, username, outbox, inbox }: SftpConfig): string[] {
  const problems: string[] = []
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(host)) problems.push('host is not a host name or an address')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.push('port is not between 1 and 65535')
  if (!/^[^\s:]{1,64}$/.test(username)) problems.push('username is empty or too long')
  if (!folder(outbox)) problems.push('outbox is not a folder name')
  if (!folder(inbox)) problems.push('inbox is not a folder name')
  return problems
}

const folder = (path: string): boolean =>
  path !== '' && path.length <= 1024 && !/[\u0000-\u001f\\]/.test(path) && !path.split('/').includes('..')

function hostKeyProblems(lines: readonly string[]): string[] {
  if (lines.length === 0) return ['hostKeys is empty: without a pinned host key any server would be trusted']
  return lines.flatMap((line, index) =>
    pinnedHostKey(line) === undefined
      ? [`hostKeys line ${index + 1} is not an ed25519, ECDSA or RSA (3072 bits or more) public key`]
      : [],
  )
}

function clientKeyProblems(privateKey: string): string[] {
  const parsed = ssh2.utils.parseKey(privateKey)
  if (parsed instanceof Error || !parsed.isPrivateKey())
    return ['privateKey cannot be read as an unencrypted private key']
  if (!keyAlgorithms.has(parsed.type)) return ['privateKey is of a type that is no longer safe']
  return strongEnough(parsed.getPublicPEM()) ? [] : ['privateKey is an RSA key below 3072 bits']
}

/** RSA needs 3072 bits; the curves that we let in are all strong enough. */
function strongEnough(publicPem: string): boolean {
  const key = createPublicKey(publicPem)
  return key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 3072
}

function limitProblems({ timeoutMs, minimumBytesPerS }: SftpConfig): string[] {
  const problems: string[] = []
  if (!(timeoutMs >= 100 && timeoutMs <= 600_000)) problems.push('timeoutMs is not between 100 and 600000')
  if (minimumBytesPerS !== undefined && !(minimumBytesPerS >= 1)) problems.push('minimumBytesPerS is below 1')
  return problems
}
