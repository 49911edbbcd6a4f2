/**
 * One SSH connection to a bank: our own socket with noDelay, pinned host keys, an allow-list of algorithms, a
 * deadline around every call (measured.md §7, reliability.md M5, F42-F46). Nothing started here stays pending:
 * a call ends by its answer, by its deadline or by the end of the line, and a missed deadline ends the line.
 */
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Algorithms, ServerHostKeyAlgorithm, SFTPWrapper } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { Fault } from '../../faults.ts'
import { pinnedHostKey, type SftpConfig } from './sftp-config.ts'
import { type SftpStep, sftpFault } from './sftp-fault.ts'
import type { Request, SftpSession, SftpVerbs } from './sftp-session.ts'

/** A live line to one bank. After any fault but a refusal it is dropped, and is not used again. */
export class SftpConnection implements SftpSession {
  readonly config: SftpConfig
  readonly #socket: Socket
  readonly #client: SftpClient
  readonly #broken: Promise<never>
  #breakLine: (cause: unknown) => void = () => {}
  #cause: unknown
  #sftp: SFTPWrapper | undefined

  private constructor(config: SftpConfig) {
    this.config = config
    this.#broken = new Promise((_, reject) => {
      this.#breakLine = reject
    })
    this.#broken.catch(() => {})
    this.#socket = connect({ host: config.host, port: config.port, noDelay: true, keepAlive: true })
    const broke = (error?: unknown) => this.drop(error)
    this.#client = new SftpClient('huida', { error: broke, end: broke, close: broke })
    this.#client.on('error', broke)
    this.#socket.on('error', broke)
    this.#socket.on('close', () => broke())
  }

  /** Connects, checks the host key, logs in and opens SFTP, all within `timeoutMs`. Throws a Fault. */
  static async open(config: SftpConfig): Promise<SftpConnection> {
    const connection = new SftpConnection(config)
    await connection.#logIn()
    return connection
  }

  /** False once the line is gone; a later call needs another connection. */
  get alive(): boolean {
    return this.#sftp !== undefined && this.#cause === undefined
  }

  /** Makes one request and waits at most `timeoutMs` for its answer. Throws a Fault. */
  async call<T>(operation: string, request: Request<T>): Promise<T> {
    const sftp = this.#sftp
    return this.#guard(operation, async () => {
      if (sftp === undefined) throw new Error('not connected')
      return new Promise<T>((resolve, reject) => {
        request(sftp, (error, value) => (error ? reject(error) : resolve(value)))
      })
    })
  }

  /**
   * Runs a transfer of many requests without a deadline of its own; every window of `timeoutMs` must bring at
   * least the minimum rate, as counted by `movedBytes()`, or the line is cut. Throws a Fault.
   */
  async transfer<T>(
    operation: string,
    movedBytes: () => number,
    run: (sftp: SftpVerbs) => Promise<T>,
  ): Promise<T> {
    const sftp = this.#sftp
    if (sftp === undefined) throw this.#fault(operation, new Error('not connected'))
    const watchdog = this.#watchRate(operation, movedBytes)
    try {
      return await Promise.race([run(sftp), this.#broken])
    } catch (error) {
      throw this.#fault(operation, error)
    } finally {
      clearInterval(watchdog)
    }
  }

  /** Cuts the line at once; calls under way end with a fault. */
  drop(cause?: unknown): void {
    if (this.#cause !== undefined) return
    this.#cause = cause ?? new Error('the bank closed the connection')
    this.#socket.destroy()
    this.#breakLine(this.#cause)
  }

  /** Says goodbye and waits for the end of the line, at most one second. */
  async end(): Promise<void> {
    const goodbye = this.alive ? this.#client.end().catch(() => {}) : Promise.resolve()
    const patience = setTimeout(() => this.drop(), 1000)
    await Promise.race([goodbye, this.#broken.catch(() => {})])
    clearTimeout(patience)
    this.drop(new Error('we closed the connection'))
  }

  async #logIn(): Promise<void> {
    try {
      this.#sftp = await this.#guard('connect', () => this.#client.connect(this.#connectOptions()))
      this.#sftp.on('error', (error: unknown) => this.drop(error))
      this.#sftp.on('close', () => this.drop())
    } catch (error) {
      this.drop(error)
      throw error
    }
  }

  #connectOptions(): SftpClient.ConnectOptions {
    const { username, privateKey, timeoutMs, hostKeys } = this.config
    const pins = hostKeys.flatMap((line) => pinnedHostKey(line) ?? [])
    return {
      sock: this.#socket,
      authHandler: ['publickey'],
      username,
      privateKey,
      readyTimeout: timeoutMs,
      keepaliveInterval: Math.max(1000, Math.floor(timeoutMs / 3)),
      keepaliveCountMax: 3,
      algorithms: algorithmsFor(pins.flatMap((pin) => pin.algorithms)),
      hostVerifier: (presented: Buffer) =>
        pins.some((pin) => pin.blob.equals(presented)) || this.#refuseHost(presented),
    }
  }

  /** Cuts the line before anything of ours is said; the fingerprint is what `ssh-keygen -l` shows. */
  #refuseHost(presented: Buffer): false {
    const fingerprint = `SHA256:${createHash('sha256').update(presented).digest('base64').replace(/=+$/, '')}`
    this.drop(new Fault('HOST_KEY_CHANGED', { ...this.#step('connect'), presented: fingerprint }))
    return false
  }

  async #guard<T>(operation: string, act: () => Promise<T>): Promise<T> {
    const deadline = setTimeout(() => this.drop(this.#late(operation)), this.config.timeoutMs)
    try {
      return await Promise.race([act(), this.#broken])
    } catch (error) {
      throw this.#fault(operation, error)
    } finally {
      clearTimeout(deadline)
    }
  }

  #watchRate(operation: string, movedBytes: () => number): NodeJS.Timeout {
    const { timeoutMs, minimumBytesPerS = 8192 } = this.config
    let before = movedBytes()
    return setInterval(() => {
      const moved = movedBytes() - before
      before += moved
      if ((moved * 1000) / timeoutMs < minimumBytesPerS) this.drop(this.#late(operation))
    }, timeoutMs)
  }

  /** The first thing that went wrong tells more than what the libraries make of it afterwards. */
  #fault(operation: string, error: unknown): Fault {
    return sftpFault(this.#cause ?? error, this.#step(operation))
  }

  #late(operation: string): Fault {
    return new Fault('BANK_TIMEOUT', { ...this.#step(operation), timeoutMs: this.config.timeoutMs })
  }

  #step(operation: string): SftpStep {
    return { operation, address: `${this.config.host}:${this.config.port}` }
  }
}

/** What we negotiate: no SHA-1, no CBC, and only the host key types that the agreement pins. */
function algorithmsFor(serverHostKey: ServerHostKeyAlgorithm[]): Algorithms {
  return {
    serverHostKey: [...new Set(serverHostKey)],
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group18-sha512',
      'diffie-hellman-group14-sha256',
    ],
    cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
    hmac: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
    ],
    compress: ['none'],
  }
}
