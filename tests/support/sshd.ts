/** Starts a real OpenSSH server for one test file: own keys, own folders, own port, nothing outside its folder. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../ops/simulator/listen-patiently.ts'

/** What a bank's SSH server can be told to be. */
export interface SshdOptions {
  /** More lines of sshd_config, such as `KexAlgorithms ...`. */
  readonly settings?: readonly string[]
  /** Behaviour of the interposed SFTP server, a JSON object of `sftp-interposer.mjs`; the plain server without. */
  readonly interpose?: Readonly<Record<string, string | number>>
  /** Host key of another server, to come back as the same bank. */
  readonly hostKeyFrom?: Sshd
}

/** A running server. Keys are texts as an agreement holds them; folders are on this machine. */
export interface Sshd {
  readonly port: number
  readonly folder: string
  readonly username: string
  readonly hostKey: string
  readonly clientKey: string
  readonly inbox: string
  readonly outbox: string
  /** What the server wrote of connections and logins so far. */
  log(): string
  stop(): Promise<void>
}

const sshdPath = '/usr/sbin/sshd'
const sftpServerPath = '/usr/lib/openssh/sftp-server'

/** A test that fails half-way must not leave its server behind. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** True where OpenSSH's server is installed. */
export const sshdInstalled = (): boolean => existsSync(sshdPath) && existsSync(sftpServerPath)

/** Starts a server on a free port and waits until it answers. Throws when OpenSSH is not installed. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (!sshdInstalled()) throw new Error('openssh-server is missing; `npm test` installs it')
  const folder = mkdtempSync(join(tmpdir(), 'huida-sshd-'))
  const port = await freePort()
  const inbox = makeFolder(folder, 'inbox')
  const outbox = makeFolder(folder, 'outbox')
  makeKeys(folder, options)
  writeConfig(folder, port, options)
  const child = run(folder)
  await answering(port, child, folder)
  return {
    port,
    folder,
    username: userInfo().username,
    hostKey: readFileSync(join(folder, 'host.pub'), 'utf8').trim(),
    clientKey: readFileSync(join(folder, 'client'), 'utf8'),
    inbox,
    outbox,
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
    stop: () => stop(child, folder),
  }
}

/** Makes an SSH key pair; answers the private key's text. */
export function makeKey(folder: string, name: string, type: readonly string[] = ['-t', 'ed25519']): string {
  execFileSync('ssh-keygen', ['-q', ...type, '-N', '', '-C', name, '-f', join(folder, name)])
  return readFileSync(join(folder, name), 'utf8')
}

function makeFolder(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}

function makeKeys(folder: string, { hostKeyFrom }: SshdOptions): void {
  makeKey(folder, 'client')
  if (hostKeyFrom === undefined) {
    makeKey(folder, 'host')
    return
  }
  for (const name of ['host', 'host.pub']) {
    writeFileSync(join(folder, name), readFileSync(join(hostKeyFrom.folder, name)), { mode: 0o600 })
  }
}

function writeConfig(folder: string, port: number, { settings = [], interpose }: SshdOptions): void {
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'client.pub')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'PidFile none',
    'LogLevel VERBOSE',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    `ForceCommand ${interpose === undefined ? 'internal-sftp' : interposer(folder, interpose)}`,
    ...settings,
  ]
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`)
}

function interposer(folder: string, behaviour: Readonly<Record<string, string | number>>): string {
  const file = join(folder, 'behaviour.json')
  writeFileSync(file, JSON.stringify(behaviour))
  chmodSync(file, 0o644)
  return `"${process.execPath}" "${join(import.meta.dirname, 'sftp-interposer.mjs')}" "${file}" ${sftpServerPath}`
}

/** Root's sshd insists on its privilege separation folder. */
function run(folder: string): ChildProcess {
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const log = join(folder, 'log')
  writeFileSync(log, '')
  const child = spawn(sshdPath, ['-D', '-f', join(folder, 'config'), '-E', log], { stdio: 'ignore' })
  running.add(child)
  child.on('exit', () => running.delete(child))
  return child
}

async function answering(port: number, child: ChildProcess, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${readFileSync(join(folder, 'log'), 'utf8')}`)
    if (await greets(port)) return
    await sleep(50)
  }
  throw new Error('sshd does not answer')
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('error', () => end(false)).on('data', () => end(true))
  })
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}
