/**
 * The SFTP road to a bank (DESIGN §5, law 4; reliability.md F36-F46): one operation at a time on one connection,
 * which is opened when it is needed, dropped after any fault and never used again after that.
 */
import { asFault, Fault } from '../../faults.ts'
import type { Channel, OutboundFile, SendOutcome } from '../channel.ts'
import { remotePath } from '../remote-name.ts'
import { type SftpConfig, sftpConfigProblems } from './sftp-config.ts'
import { SftpConnection } from './sftp-connection.ts'
import { closeHandle, download, openForReading, sizeBytesOf, sizeFault } from './sftp-content.ts'
import { listFolder } from './sftp-listing.ts'
import { evidenceOf, removeParts, sendOver, withdrawPart } from './sftp-send.ts'
import { sha256At } from './sftp-sent.ts'
import type { OpenSession, SftpSession } from './sftp-session.ts'

/**
 * Makes a channel; connects with its first call, over the network unless told. Throws a Fault AGREEMENT_INVALID that
 * names every flaw.
 */
export function sftpChannel(config: SftpConfig, open: OpenSession = SftpConnection.open): Channel {
  const problems = sftpConfigProblems(config)
  if (problems.length > 0) throw new Fault('AGREEMENT_INVALID', { problems: problems.join('; ') })
  const line = sftpLine(config, open)
  return {
    send: (file) => sendOutcome(line, file),
    confirm: (name, attempt) => line.use((connection) => evidenceOf(connection, name, attempt)),
    withdraw: (name, attempt) => line.use((connection) => withdrawPart(connection, name, attempt)),
    removeParts: (name, attempts) => line.use((connection) => removeParts(connection, name, attempts)),
    list: () => line.use((connection) => listFolder(connection, connection.config.inbox)),
    fetch: (name) => fetchOver(line, name),
    sent: () => line.use((connection) => listFolder(connection, connection.config.outbox)),
    sentSha256: (name) => line.use((connection) => sha256At(connection, name)),
    close: line.close,
  }
}

/** Whatever is thrown on the way came before the rename was asked for; `sendOver` answers for the rest itself. */
async function sendOutcome(line: Line, file: OutboundFile): Promise<SendOutcome> {
  try {
    return await line.use((connection) => sendOver(connection, file))
  } catch (error) {
    return { kind: 'not-accepted', fault: asFault(error, 'BANK_UNREACHABLE') }
  }
}

/** The line is held block by block, so that a reader who walks away does not keep it from the others. */
async function* fetchOver(line: Line, name: string): AsyncGenerator<Buffer, void, undefined> {
  const file = await line.use(async (connection) => {
    const handle = await openForReading(connection, remotePath(connection.config.inbox, name))
    return { connection, handle, sizeBytes: await sizeBytesOf(connection, handle) }
  })
  const { connection, handle, sizeBytes } = file
  const blocks = download(connection, handle, sizeBytes)
  try {
    for (;;) {
      const step = await line.stay(connection, () => blocks.next())
      if (step.done === true) break
      yield step.value
    }
    const endBytes = await line.stay(connection, () => sizeBytesOf(connection, handle))
    if (endBytes !== sizeBytes) throw sizeFault(sizeBytes, endBytes)
  } finally {
    if (connection.alive) await line.stay(connection, () => closeHandle(connection, handle)).catch(() => {})
  }
}

/** Runs one operation at a time: `use` on the live connection or a new one, `stay` on the one given. */
interface Line {
  use<T>(work: (connection: SftpSession) => Promise<T>): Promise<T>
  stay<T>(connection: SftpSession, work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

function sftpLine(config: SftpConfig, open: OpenSession): Line {
  let connection: SftpSession | undefined
  let closed = false
  const inTurn = turns()
  const live = async (): Promise<SftpSession> => {
    if (closed) throw new Fault('INTERNAL', { reason: 'the channel is closed' })
    if (connection?.alive !== true) connection = await open(config)
    return connection
  }
  const hangUp = async (): Promise<void> => {
    closed = true
    await connection?.end()
  }
  return {
    use: (work) => inTurn(async () => droppingOnFault(await live(), work)),
    stay: (current, work) => inTurn(() => droppingOnFault(current, work)),
    close: () => inTurn(hangUp),
  }
}

async function droppingOnFault<T>(
  connection: SftpSession,
  work: (connection: SftpSession) => Promise<T>,
): Promise<T> {
  try {
    return await work(connection)
  } catch (error) {
    connection.drop(error)
    throw error
  }
}

function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
}
