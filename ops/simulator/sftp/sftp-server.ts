/**
 * The SFTP front door of one simulated bank: its own host key, one account, public-key login for one key only.
 * Nagle's algorithm is off on every socket: with it on, uploads crawl at a fiftieth of the speed.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection, type ParsedKey } from 'ssh2'
import { listenPatiently } from '../listen-patiently.ts'
import { openHandles } from './sftp-handles.ts'
import { goodManners, type SftpManners } from './sftp-manners.ts'
import { serveSftpSession } from './sftp-session.ts'

/** What a bank's SFTP server needs. Keys are in OpenSSH text form; `root` is an existing local folder. */
export interface SftpServerOptions {
  readonly host: string
  readonly port: number
  readonly root: string
  readonly hostKey: string
  readonly username: string
  readonly authorizedKey: string
  /** How the door misbehaves, and another host key that it may show. */
  readonly manners?: SftpManners
  readonly otherHostKey?: () => string
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
  const { manners = goodManners, otherHostKey } = options
  const speak = (hostKey: string) =>
    new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
      connection.on('error', () => undefined)
      connection.on('authentication', (login) => void decideLogin(login, options.username, allowed, manners))
      connection.on('ready', () => openSessions(connection, options.root, writing, manners))
    })
  const ssh = speak(options.hostKey)
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    void manners.greet().then((greeting) => {
      if (greeting === 'silent') return
      const strange = greeting === 'other-host-key' ? otherHostKey?.() : undefined
      const server = strange === undefined ? ssh : speak(strange)
      server.injectSocket(socket)
    })
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
  return listenPatiently(listener, { host, port })
}

function openSessions(
  connection: Connection,
  root: string,
  writing: Map<string, number>,
  manners: SftpManners,
): void {
  connection.on('session', (acceptSession) => {
    acceptSession().on('sftp', (acceptSftp) => {
      const handles = openHandles(writing)
      const sftp = acceptSftp()
      sftp.on('error', () => undefined)
      sftp.on('close', () => void handles.closeAll())
      connection.on('close', () => void handles.closeAll())
      serveSftpSession(sftp, root, handles, { manners, hangUp: () => connection.end() })
    })
  })
}

async function decideLogin(
  login: AuthContext,
  username: string,
  allowed: ParsedKey,
  manners: SftpManners,
): Promise<void> {
  // A login is tried once its key has signed; what comes before only asks which key would do.
  const isTry = login.method === 'publickey' && login.signature !== undefined
  if (isTry && (await manners.refusesLogin())) login.reject(['publickey'])
  else if (mayLogIn(login, username, allowed)) login.accept()
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
