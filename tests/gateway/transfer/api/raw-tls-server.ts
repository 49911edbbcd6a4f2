/** A TLS server that answers with exactly these bytes, for answers that no HTTP library would send. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { createServer, type SecureVersion } from 'node:tls'
import { selfSignedCertificate } from '../../../../crypto/self-signed-certificate.ts'
import { serverPin } from '../../../../gateway/transfer/api/pinned-connector.ts'

/** A server at hand. `seen` counts connections that sent something. */
export interface RawServer {
  readonly url: string
  readonly pin: string
  seen(): number
  close(): Promise<void>
}

/** What to do with a request: bytes to send, and whether to hang up after them. */
export interface RawAnswer {
  readonly bytes: string | Buffer
  readonly after: 'end' | 'reset' | 'wait'
}

/** Opens a server that answers each request's first bytes. */
export async function rawTlsServer(
  answer: RawAnswer,
  maxVersion: SecureVersion = 'TLSv1.3',
): Promise<RawServer> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = new X509Certificate(
    selfSignedCertificate({
      privateKey,
      commonName: 'raw server',
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() + 86_400_000),
      keyUsages: ['digitalSignature', 'keyEncipherment'],
    }),
  )
  let seen = 0
  const open = new Set<{ destroy(): void }>()
  const server = createServer(
    {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: certificate.toString(),
      minVersion: 'TLSv1',
      maxVersion,
      ciphers: 'DEFAULT@SECLEVEL=0',
    },
    (socket) => {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => open.delete(socket))
      socket.once('data', () => {
        seen++
        socket.write(answer.bytes, () => {
          if (answer.after === 'end') socket.end()
          if (answer.after === 'reset') socket.destroy()
        })
      })
    },
  )
  server.on('tlsClientError', () => {})
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `https://127.0.0.1:${port}`,
    pin: serverPin(certificate),
    seen: () => seen,
    close: () =>
      new Promise((closed) => {
        for (const socket of open) socket.destroy()
        server.close(() => closed())
      }),
  }
}
