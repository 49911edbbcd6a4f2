/**
 * Opens TLS connections to one bank: 1.2 or newer, the server known by its pinned key or a named authority, no proxy,
 * no session taken up again (a resumed one shows no certificate). Whatever fails here failed before a byte of a request.
 */
import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'
import { codeOf, Fault } from '../../faults.ts'

/** How a server is known and reached. PEM texts; pins are Base64 of SHA-256 over the public key. */
export interface ServerTrust {
  readonly connectMs: number
  readonly pins?: readonly string[]
  readonly ca?: string
  readonly clientCertificate?: string
  readonly clientKey?: string
}

/** Proof that a connection was never there, and so that nothing of a request was sent. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected'
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message, { cause: fault })
    this.fault = fault
  }
}

/** SHA-256 of a certificate's public key (SPKI) in Base64, as agreements pin it. */
export const serverPin = (certificate: X509Certificate): string =>
  createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')

/** Makes the connector of one bank's pool; its errors are `NotConnected`. */
export function pinnedConnector(trust: ServerTrust): buildConnector.connector {
  const connect = buildConnector({
    timeout: trust.connectMs,
    minVersion: 'TLSv1.2',
    maxCachedSessions: 0,
    allowH2: false,
    // Without an authority the pin alone decides: it binds the key itself, which no authority can give to another.
    rejectUnauthorized: trust.ca !== undefined,
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
    ...(trust.clientCertificate === undefined ? {} : { cert: trust.clientCertificate }),
    ...(trust.clientKey === undefined ? {} : { key: trust.clientKey }),
  })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(new NotConnected(connectFault(error)), null)
      const flaw = socket ? pinFlaw(socket, trust.pins) : undefined
      if (!socket || flaw === undefined) return callback(null, socket)
      socket.destroy()
      callback(new NotConnected(new Fault('HOST_KEY_CHANGED', { reason: flaw })), null)
    })
}

/** Connects to a server, checks who it is, and hangs up without a request. Throws the Fault that says why not. */
export async function reachServer(url: string, trust: ServerTrust): Promise<void> {
  const { hostname, host, port } = new URL(url)
  const connect = pinnedConnector(trust)
  await new Promise<void>((resolve, reject) => {
    connect(
      { hostname, host, protocol: 'https:', port: port === '' ? '443' : port },
      (...[error, socket]) => {
        socket?.destroy()
        if (error === null) return resolve()
        reject(error instanceof NotConnected ? error.fault : error)
      },
    )
  })
}

function pinFlaw(socket: unknown, pins: readonly string[] | undefined): string | undefined {
  if (!(socket instanceof TLSSocket)) return 'the connection is not TLS'
  if (pins === undefined) return socket.authorized ? undefined : 'the certificate was not verified'
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return 'the server shows no certificate'
  const shown = Buffer.from(serverPin(certificate), 'base64')
  const known = pins.some((pin) => timingSafeEqual(Buffer.from(pin, 'base64'), shown))
  return known ? undefined : 'the key is not a pinned one'
}

const distrust =
  /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|ERR_SSL_(CERTIFICATE|TLSV1_ALERT_UNKNOWN_CA))/

function connectFault(error: Error): Fault {
  const reason = codeOf(error) ?? error.name
  return new Fault(distrust.test(reason) ? 'HOST_KEY_CHANGED' : 'BANK_UNREACHABLE', { reason }, error)
}
