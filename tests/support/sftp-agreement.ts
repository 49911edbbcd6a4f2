/** What a bank agreement says of a test server, and files to send there. */
import type { OutboundFile } from '../../gateway/transfer/channel.ts'
import type { SftpConfig } from '../../gateway/transfer/sftp/sftp-config.ts'
import type { Sshd } from './sshd.ts'

/** A valid agreement for a server, with short deadlines; members can be replaced. */
export function sftpAgreement(sshd: Sshd, over: Partial<SftpConfig> = {}): SftpConfig {
  return {
    host: '127.0.0.1',
    port: sshd.port,
    username: sshd.username,
    privateKey: sshd.clientKey,
    hostKeys: [sshd.hostKey],
    outbox: sshd.outbox,
    inbox: sshd.inbox,
    timeoutMs: 2000,
    ...over,
  }
}

/** Bytes that differ at every place, so that a lost or moved block shows. */
export function patternBytes(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  for (let at = 0; at + 4 <= sizeBytes; at += 4) bytes.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
  return bytes
}

/** An outbound file of given bytes, handed over in buffers of an uneven size. */
export function outboundFile(name: string, bytes: Buffer, bufferBytes = 100_003): OutboundFile {
  return {
    name,
    sizeBytes: bytes.length,
    content: async function* () {
      for (let at = 0; at < bytes.length; at += bufferBytes) yield bytes.subarray(at, at + bufferBytes)
    },
  }
}
