/** Guards of lines that go dead or crawl, and of batches that are too big for one file. */
import type { Protection } from '../protection.ts'

const doors = 'tests/simulator/sftp-doors.test.ts'
const file = 'gateway/transfer/sftp/sftp-connection.ts'

/** Each is seen by the test of its fault. */
export const protections: readonly Protection[] = [
  {
    fault: 'F10',
    promise: 'a batch of any size goes out in files of no more lines than their bank takes',
    file: 'gateway/dispatch/plan-bank-files.ts',
    take: '  if (file.rowCount >= limits.maxRows) return false\n',
    put: '',
    test: 'tests/faults/big-batch.test.ts',
    title: 'F10: a big batch of every bank delays no other call until it is through',
  },
  {
    fault: 'F44',
    promise: 'every wait for a bank ends at the deadline of its agreement',
    file,
    take: '    this.config = config\n',
    put: '    this.config = { ...config, timeoutMs: config.timeoutMs * 1000 }\n',
    test: 'tests/gateway/transfer/sftp/sftp-line-faults.test.ts',
    title: 'F44: a port that takes the connection and says nothing is left at the deadline',
  },
  {
    fault: 'F46',
    promise: 'a line below the minimum rate is cut',
    file,
    take: '(moved * 1000) / timeoutMs < minimumBytesPerS',
    put: 'moved + timeoutMs + minimumBytesPerS < 0',
    test: doors,
    title: 'F46: moves a kilobyte a second',
  },
]
