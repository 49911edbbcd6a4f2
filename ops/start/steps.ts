/** The journey as a table: each step's name, what runs it, and whether it keeps a core busy. */
import { composeBankFile } from '../../gateway/dispatch/compose-bank-file.ts'
import { planBatch } from '../../gateway/dispatch/plan-batch.ts'
import { expireBatch } from '../../gateway/intake/expire-batch.ts'
import type { StepName } from '../../gateway/ledger/due-work-store.ts'
import { notifyPaid } from '../../gateway/outcomes/notify-paid.ts'
import { routeOutcomes } from '../../gateway/outcomes/route-outcomes.ts'
import { readInbound } from '../../gateway/results/read-inbound.ts'
import type { Step } from '../../gateway/run-step.ts'
import { collectInbound } from '../../gateway/transfer/collect/collect-inbound.ts'
import { chaseBankFile } from '../../gateway/transfer/owed/chase-bank-file.ts'
import { sendBankFile } from '../../gateway/transfer/send-bank-file.ts'
import type { Assembly } from './assemble.ts'

/** Every step, in the order of the journey. */
export const steps: Readonly<Record<StepName, Step<Assembly>>> = {
  expire: expireBatch,
  plan: planBatch,
  compose: composeBankFile,
  send: sendBankFile,
  chase: chaseBankFile,
  collect: collectInbound,
  read: readInbound,
  route: routeOutcomes,
  notify: notifyPaid,
}

/** Steps that keep a core busy; they run in threads, so that the API's loop stays free. */
export const heavySteps: readonly StepName[] = ['plan', 'compose', 'read', 'notify']

/** The step of a name that came through a queue; undefined for a name that is none of ours. */
export const stepNamed = (name: string): StepName | undefined => (isStepName(name) ? name : undefined)

const isStepName = (name: string): name is StepName => Object.hasOwn(steps, name)
