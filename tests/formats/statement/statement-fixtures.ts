/** The statements of the fixtures, made by another encoder than ours, and how they are read in chunks of one size. */
import { readFileSync } from 'node:fs'
import type { FileRefusal } from '../../../formats/bank-file.ts'
import type {
  CompiledStatement,
  StatementEntry,
  StatementReader,
  StatementSummary,
} from '../../../formats/statement/compiled-statement.ts'
import { loadStatements } from '../../../formats/statement/load-statements.ts'

const statements = loadStatements()

/** Account of every fixture. */
export const ownAccount = '43050166360800000777'

/** A shipped statement profile. */
export function shippedStatement(id: string): CompiledStatement {
  const found = statements.get(id)
  if (!found) throw new Error(`no statement profile ${id}`)
  return found
}

/** Every fixture by its path below tests/fixtures/statements; the first folder is the profile. */
export const statementFixtures = [
  'cib-530/week/CIB_STMT_43050166360800000777_20261124.txt',
  'mt940/pages/MT940_43050166360800000777_20261123.txt',
  'mt940/plain/MT940_43050166360800000777_20261124.txt',
  'camt053/version-02/CAMT053_43050166360800000777_20261123.xml',
  'camt053/version-08/CAMT053_43050166360800000777_20261123.xml',
  'camt054/version-02/CAMT054_43050166360800000777_20261123_001.xml',
  'camt054/version-08/CAMT054_43050166360800000777_20261123_001.xml',
  'treasury-2203/one-payee/TK2203_20261123_001.xml',
  'treasury-2203/two-payees/TK2203_20261124_001.xml',
] as const

/** Path of a fixture. */
export type StatementFixture = (typeof statementFixtures)[number]

/** Profile of a fixture. */
export const profileOf = (path: StatementFixture): CompiledStatement =>
  shippedStatement(path.split('/')[0] ?? '')

/** Bytes of a fixture. */
export const statementBytes = (path: StatementFixture): Buffer =>
  readFileSync(new URL(`../../fixtures/statements/${path}`, import.meta.url))

/** A statement that was read to its end. */
export interface WholeStatement {
  readonly rows: readonly StatementEntry[]
  readonly summary: StatementSummary | undefined
  readonly refusals: readonly FileRefusal[]
}

/** Reads bytes in chunks of one size. */
export function readStatement(
  reader: StatementReader,
  bytes: Buffer,
  chunkBytes = 64 * 1024,
): WholeStatement {
  const rows: StatementEntry[] = []
  for (let from = 0; from < bytes.length; from += chunkBytes)
    rows.push(...reader.read(bytes.subarray(from, from + chunkBytes)))
  const end = reader.end()
  rows.push(...end.rows)
  return end.kind === 'read'
    ? { rows, summary: end.summary, refusals: [] }
    : { rows, summary: undefined, refusals: end.refusals }
}
