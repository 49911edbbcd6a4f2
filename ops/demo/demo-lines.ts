/**
 * Puts a line that can be broken between the gateway and each bank of a demo, and the SMS provider: the agreements name
 * the line's end instead of the bank's own, and a deadline short enough for a drill.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { type BankLine, openLine } from '../drills/chaos/line-proxy.ts'
import type { SimulatedWorld, WorldBank } from '../simulator/world/simulated-world.ts'

/** The lines of a world. */
export interface BankLines {
  /** Those of the banks, and last that of the SMS provider. */
  readonly all: readonly BankLine[]
  readonly smsPort: number
}

/** How long one call to a bank may take, in milliseconds. */
const deadlineMs = 5_000

/** Opens them and rewrites the agreements, before anybody reads those. */
export async function openBankLines(
  world: SimulatedWorld,
  closers: (() => Promise<unknown>)[],
): Promise<BankLines> {
  const all: BankLine[] = []
  for (const { name, port } of [...world.banks.map(lineOf), { name: 'sms', port: world.sms.port }]) {
    const line = await openLine(name, port)
    closers.push(() => line.close())
    all.push(line)
  }
  for (const [at, bank] of world.banks.entries()) lead(bank, all[at]?.port ?? 0)
  return { all, smsPort: all.at(-1)?.port ?? 0 }
}

const lineOf = ({ bank, port }: WorldBank): { name: string; port: number } => ({ name: bank, port })

function lead({ agreementFile }: WorldBank, port: number): void {
  const agreement = parseDocument(readFileSync(agreementFile, 'utf8'))
  agreement.setIn(['channel', 'port'], port)
  agreement.setIn(['channel', 'timeoutMs'], deadlineMs)
  writeFileSync(agreementFile, agreement.toString({ lineWidth: 0 }))
}
