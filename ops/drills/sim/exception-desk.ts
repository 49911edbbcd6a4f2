/**
 * A person who works through the exceptions: now and then while everything fails, and to their end once the world has
 * healed. What that person enters agrees with the books of the banks, so the ledger must agree with them afterwards.
 */
import type { ResolutionAct } from '../../../gateway/outcomes/resolution/resolution.ts'
import { decideEvidence, type Known } from './decide-evidence.ts'
import {
  type Desk,
  type ExceptionWorld,
  inDoubt,
  isGivenUp,
  raise,
  resolve,
  stuck,
  tryReturn,
} from './exception-acts.ts'
import { type OpenException, readFilesInDoubt, readOpenExceptions } from './exception-desk-store.ts'
import { openInsistence } from './insist.ts'
import type { SimBank } from './sim-bank.ts'
import { linesById } from './sim-platform.ts'
import { type InstructionEnd, readEnds } from './sim-store.ts'
import type { Violation } from './violation.ts'

/** The desk of one run. */
export interface ExceptionDesk {
  /** One step of the run: somebody may come to look. */
  maybeLook(): void
  /** Resolves everything that can be; true while there is anything to do. */
  work(): Promise<boolean>
  /** Accounts of instructions that were decided here. */
  readonly decided: ReadonlySet<string>
  /** What went wrong at the desk itself. */
  flaws(): readonly Violation[]
}

const actsAtOnce = 2

/** Opens the desk. */
export function openExceptionDesk(given: ExceptionWorld): ExceptionDesk {
  const desk: Desk = {
    ...given,
    calls: openInsistence(given),
    decided: new Set(),
    doubted: new Set(),
    refused: new Map(),
    flaws: [],
    healed: false,
  }
  const { chaos, agenda, world } = desk
  return {
    decided: desk.decided,
    flaws: () => [...desk.flaws, ...stuck(desk)],
    maybeLook() {
      if (!chaos.tempts('resolution')) return
      const act = (): Promise<void> => look(desk)
      agenda.add({ at: world.clock.now(), name: 'somebody looks at the exceptions', outside: true, act })
    },
    async work() {
      if (!chaos.has('resolution')) return false
      if (desk.calls.busy) return true
      // What was refused while everything failed may be possible now.
      if (!desk.healed) desk.refused.clear()
      desk.healed = true
      const ends = await readEnds(world.assembly.db)
      const decidable = await findDecidable(desk, ends)
      for (const { exception, act } of decidable) resolve(desk, exception, act)
      return decidable.length > 0 || raiseRest(desk, ends)
    },
  }
}

/** Lines that no exception speaks of and that still wait: their bank is asked about each once. */
function raiseRest(desk: Desk, ends: readonly InstructionEnd[]): boolean {
  const { bookOf } = knownBy(desk, ends)
  const rest = ends.filter(
    ({ instructionId, state }) =>
      unanswered.has(state) && bookOf(instructionId) && !desk.doubted.has(instructionId),
  )
  for (const { instructionId } of rest) {
    desk.doubted.add(instructionId)
    raise(desk, { kind: 'instruction', instructionId })
  }
  return rest.length > 0
}

const unanswered: ReadonlySet<string> = new Set(['in_flight', 'unknown'])

/** Resolves a few, and raises doubts of what the bank has told already outside of its files. */
async function look(desk: Desk): Promise<void> {
  if (desk.calls.busy) return
  const draw = desk.chaos.drawOf('resolution')
  const ends = await readEnds(desk.world.assembly.db)
  const decidable = await findDecidable(desk, ends)
  for (let acts = 0; acts < actsAtOnce && decidable.length > 0; acts++) {
    const [chosen] = decidable.splice(draw.below(decidable.length), 1)
    if (chosen) resolve(desk, chosen.exception, chosen.act)
  }
  const doubtful = ends.filter(({ state }) => inDoubt.has(state))
  if (doubtful.length > 0) tryReturn(desk, draw.pick(doubtful))
  if (draw.chance(500)) return
  const open = ends.filter(({ state }) => unanswered.has(state))
  const line = open.length > 0 ? draw.pick(open) : undefined
  if (line && knownBy(desk, ends).bookOf(line.instructionId))
    raise(desk, { kind: 'instruction', instructionId: line.instructionId })
  for (const { bank, name } of await readFilesInDoubt(desk.world.assembly.db))
    if (knownBy(desk, ends).took(bank, name) && draw.chance(500)) raise(desk, { kind: 'file', bank, name })
}

interface Decidable {
  readonly exception: OpenException
  readonly act: ResolutionAct
}

async function findDecidable(desk: Desk, ends: readonly InstructionEnd[]): Promise<Decidable[]> {
  const known = knownBy(desk, ends)
  const draw = desk.chaos.drawOf('resolution')
  return (await readOpenExceptions(desk.world.assembly.db)).flatMap((exception) => {
    if (isGivenUp(desk, exception)) return []
    const act = decideEvidence(exception, known, draw)
    return act ? [{ exception, act }] : []
  })
}

function knownBy({ banks, batches, isQuiet }: Desk, ends: readonly InstructionEnd[]): Known {
  const states = new Map(ends.map(({ instructionId, state }) => [instructionId, state]))
  const lines = linesById(batches)
  const books = new Map(banks.flatMap(({ books: own }) => [...own]))
  const bankNamed = (code: string): SimBank | undefined =>
    banks.find(({ side }) => side.contracted.bank === code)
  return {
    stateOf: (id) => states.get(id),
    bookOf: (id) => books.get(lines.get(id)?.payeeAccount ?? ''),
    took(bank, sealedName) {
      const file = bankNamed(bank)?.taken.find((one) => one.sealedName === sealedName)
      return file && (file.refused ? 'refused' : 'executed')
    },
    isGone: (bank, sealedName, fileId) =>
      isQuiet(fileId) && bankNamed(bank)?.folder.files.has(`/in/${sealedName}`) === false,
    isBankDone: (bank) => !ends.some((end) => end.bank === bank && openStates.has(end.state)),
  }
}

/** States in which an instruction waits for a bank or a person. */
export const openStates: ReadonlySet<string> = new Set(['waiting', 'in_flight', 'unknown', 'conflict'])
