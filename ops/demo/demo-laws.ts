/** The laws that a demo must end with: conservation, never twice, and the banks' own books against ours. */
import { checkLaws, listAccepted, recountBatch } from '../../gateway/ledger/conservation-store.ts'
import { readSmsTotals } from '../simulator/sms/sms-ledger.ts'
import { readBankLedgers, readBankTotals } from '../simulator/world/read-bank-ledgers.ts'
import { compareLedgers, type LedgerDifferences } from './demo-law-store.ts'
import type { DemoLedger } from './demo-ledger.ts'
import type { DemoWorld } from './demo-world.ts'

/** Each law and whether it holds; `facts` explain what is broken. */
export interface LawReport {
  readonly laws: Readonly<Record<string, boolean>>
  readonly facts: Readonly<Record<string, unknown>>
}

/** Checks every law at the end of a run. */
export async function checkDemoLaws(world: DemoWorld, ledger: DemoLedger): Promise<LawReport> {
  const disagreements = []
  for (const batch of await listAccepted(world.db))
    disagreements.push(...(await recountBatch(world.db, batch.batchId, batch.shard)))
  const asked = await checkLaws(world.db)
  const differences = await compareLedgers(world.db, readBankLedgers(world.banksFolder))
  const totals = await readBankTotals(world.banksFolder)
  const sms = await readSmsTotals(world.world.sms.ledgerFile)
  const facts = { disagreements, broken: asked.filter((check) => check.broken > 0), differences, sms }
  return {
    laws: {
      conservation: disagreements.length === 0 && conserved(ledger),
      everyFenAtRest: atRest(ledger),
      banksAgreeFenByFen:
        agree(differences) &&
        totals.every((bank) => sumsAgree(ledger, bank.bank, bank.credits.totalFen - bank.returns.totalFen)),
      nothingPaidTwice:
        differences.creditedTwice === 0 && totals.every((bank) => bank.duplicateSerials === 0),
      smsOncePerPayment: sms.duplicateRefs === 0 && sms.messages === ledger.total.smsRequested,
      feedTellsEveryPayment: ledger.total.paidEver.count === differences.creditCount,
      ...Object.fromEntries(asked.map((check) => [check.law, check.broken === 0])),
    },
    facts,
  }
}

const agree = (differences: LedgerDifferences): boolean =>
  differences.creditedNotPaid === 0 && differences.paidNotCredited === 0 && differences.returnsDiffer === 0

/** What a bank keeps credited is exactly what we hold as paid there. */
const sumsAgree = (ledger: DemoLedger, bank: string, creditedFen: bigint): boolean =>
  ledger.banks[bank]?.states['paid']?.amountFen === creditedFen

function conserved({ total }: DemoLedger): boolean {
  const states = Object.values(total.states)
  return (
    states.reduce((sum, state) => sum + state.count, 0) === total.accepted.count &&
    states.reduce((sum, state) => sum + state.amountFen, 0n) === total.accepted.amountFen
  )
}

function atRest({ total }: DemoLedger): boolean {
  const rest =
    (total.states['paid']?.count ?? 0) +
    (total.states['reissued']?.count ?? 0) +
    (total.states['treasury_returned']?.count ?? 0)
  return rest === total.accepted.count
}
