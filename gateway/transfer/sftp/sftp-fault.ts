/**
 * Says in our words what went wrong on an SFTP line. A status that the server sent is `REMOTE_REFUSED`, whatever
 * its number; everything else is about the line. ssh2 often gives no error code, so its messages are matched.
 */
import { Fault, isFault } from '../../faults.ts'

const statusNames = new Map([
  [1, 'END_OF_FILE'],
  [2, 'NO_SUCH_FILE'],
  [3, 'PERMISSION_DENIED'],
  [4, 'FAILURE'],
  [5, 'BAD_MESSAGE'],
  [8, 'OP_UNSUPPORTED'],
])

/** What was being done, for the facts of a fault: `rename`, `open` ..., and at which address. */
export interface SftpStep {
  readonly operation: string
  readonly address: string
}

/** The fault for an error of the line or of the server. A Fault passes unchanged. */
export function sftpFault(error: unknown, step: SftpStep): Fault {
  if (isFault(error)) return error
  const { status, level, message } = errorParts(error)
  const facts = { ...step }
  if (status !== undefined) return new Fault('REMOTE_REFUSED', { ...facts, status }, error)
  if (/host key format/i.test(message)) return new Fault('HOST_KEY_CHANGED', facts, error)
  if (level === 'client-authentication') return new Fault('BANK_LOGIN_REFUSED', facts, error)
  if (/no matching/i.test(message))
    return new Fault('BANK_LOGIN_REFUSED', { ...facts, reason: 'no common algorithm' }, error)
  if (level === 'client-timeout' || /timed? ?out/i.test(message))
    return new Fault('BANK_TIMEOUT', facts, error)
  return new Fault('BANK_UNREACHABLE', facts, error)
}

/** True when the server said, of the thing asked for, that it is not there. */
export const saysAbsent = (fault: Fault): boolean =>
  fault.code === 'REMOTE_REFUSED' && fault.facts.status === 'NO_SUCH_FILE'

function errorParts(error: unknown): { status?: string; level?: string; message: string } {
  if (!(error instanceof Error)) return { message: String(error) }
  const status = 'code' in error && typeof error.code === 'number' ? statusName(error.code) : undefined
  const level = 'level' in error && typeof error.level === 'string' ? error.level : undefined
  return {
    message: error.message,
    ...(status === undefined ? {} : { status }),
    ...(level === undefined ? {} : { level }),
  }
}

/** ssh2 itself makes 6 (no connection) and 7 (connection lost); those two are about the line. */
function statusName(code: number): string | undefined {
  return code === 6 || code === 7 ? undefined : (statusNames.get(code) ?? `STATUS_${code}`)
}
