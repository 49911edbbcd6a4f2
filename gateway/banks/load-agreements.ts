/** Reads agreements and programme policies from YAML; every problem of every document is told at once. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { z } from 'zod'
import { Fault } from '../faults.ts'
import { type Agreement, agreementSchema, type Programme, programmesSchema } from './agreement.ts'

/** Reads `*.yaml` of a folder, one agreement a file. Throws AGREEMENT_INVALID that names file, field and reason. */
export function loadAgreements(folder: string): Agreement[] {
  const agreements: Agreement[] = []
  const problems: string[] = []
  for (const fileName of namesIn(folder)) {
    const read = readDocument(join(folder, fileName), agreementSchema)
    if (read.kind === 'read') agreements.push(read.value)
    else problems.push(...read.problems.map((problem) => `${fileName}: ${problem}`))
  }
  problems.push(...repeated(agreements).map((bank) => `${bank} has two agreements`))
  if (agreements.length === 0 && problems.length === 0) problems.push(`${folder} holds no agreement`)
  if (problems.length > 0) throw new Fault('AGREEMENT_INVALID', { problems: problems.join('; ') })
  return agreements
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
  } catch (error) {
    throw new Fault('AGREEMENT_INVALID', { problems: `the folder ${folder} cannot be read` }, error)
  }
}

/** Reads the programme policy document. Throws AGREEMENT_INVALID. */
export function loadProgrammes(path: string): Programme[] {
  const read = readDocument(path, programmesSchema)
  if (read.kind === 'read') return read.value.programmes
  throw new Fault('AGREEMENT_INVALID', { problems: read.problems.join('; ') })
}

type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

function readDocument<Schema extends z.ZodType>(path: string, schema: Schema): Read<z.output<Schema>> {
  try {
    const parsed = schema.safeParse(parse(readFileSync(path, 'utf8')))
    if (parsed.success) return { kind: 'read', value: parsed.data }
    return {
      kind: 'refused',
      problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    }
  } catch (error) {
    return { kind: 'refused', problems: [error instanceof Error ? error.message : String(error)] }
  }
}

function repeated(agreements: readonly Agreement[]): string[] {
  const banks = agreements.map(({ bank }) => bank)
  return [...new Set(banks.filter((bank, index) => banks.indexOf(bank) !== index))]
}
