/**
 * The SFTP front door of one simulated bank: its own host key, one account, public-key login for one key only.
 * Nagle's algorithm is off on every socket: with it on, uploads crawl at a fiftieth of the speed.
 */
import { timingSafeEqual } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection, type ParsedKey } from 'ssh2'
import { openHandles } from './sftp-handles.ts'
import { serveSftpSession } from './sftp-session.ts'

/** What a bank's SFTP server needs. Keys are in OpenSSH text form; `root` is an existing local folder. */
export interface SftpServerOptions {
  readonly host: string
  readonly port: number
  readonly root: string
  readonly hostKey: string
  readonly username: string
  readonly authorizedKey: string
}

/** A running server. */
export interface SftpServer {
  readonly port: number
  /** True while some client holds this local path open for writing; such a file is not complete. */
  isBeingWritten(local: string): boolean
  /** Cuts every connection and stops listening. */
  close(): Promise<void>
}

/** Listens; rejects when a key cannot be read or the port is taken. Port 0 takes a free one. */
export async function startSftpServer(options: SftpServerOptions): Promise<SftpServer> {
  const allowed = readPublicKey(options.authorizedKey)
  const writing = new Map<string, number>()
  const sockets = new Set<Socket>()
  const ssh = new ssh2.Server({ hostKeys: [options.hostKey] }, (connection) => {
    connection.on('error', () => undefined)
    connection.on('authentication', (login) => decideLogin(login, options.username, allowed))
    connection.on('ready', () => openSessions(connection, options.root, writing))
  })
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    ssh.injectSocket(socket)
  })
  const port = await listen(listener, options)
  return {
    port,
    isBeingWritten: (local) => writing.has(local),
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function listen(listener: Server, { host, port }: SftpServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, host, () => {
      const address: AddressInfo | string | null = listener.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function openSessions(connection: Connection, root: string, writing: Map<string, number>): void {
  connection.on('session', (acceptSession) => {
    acceptSession().on('sftp', (acceptSftp) => {
      const handles = openHandles(writing)
      const sftp = acceptSftp()
      sftp.on('error', () => undefined)
      sftp.on('close', () => void handles.closeAll())
      connection.on('close', () => void handles.closeAll())
      serveSftpSession(sftp, root, handles)
    })
  })
}

function decideLogin(login: AuthContext, username: string, allowed: ParsedKey): void {
  if (mayLogIn(login, username, allowed)) login.accept()
  else login.reject(['publickey'])
}

function mayLogIn(login: AuthContext, username: string, allowed: ParsedKey): boolean {
  if (login.method !== 'publickey' || login.username !== username) return false
  if (login.key.algo !== allowed.type || !sameBytes(login.key.data, allowed.getPublicSSH())) return false
  // Without a signature the client only asks whether the key would do.
  if (login.signature === undefined || login.blob === undefined) return true
  return allowed.verify(login.blob, login.signature, login.hashAlgo) === true
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function readPublicKey(text: string): ParsedKey {
  const parsed = ssh2.utils.parseKey(text)
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (key === undefined || key instanceof Error)
    throw new Error(`The client's public key cannot be read: ${key?.message ?? 'no key in it'}`)
  return key
}
