/** Every queue with every state of what it speaks of: some act is always possible, and none pays what is decided. */
import { describe, expect, it } from 'vitest'
import { type BankFileState, bankFileMoves } from '../../../../gateway/dispatch/bank-file.ts'
import { instructionStates } from '../../../../gateway/ledger/instruction-states.ts'
import {
  allowedActs,
  type ResolutionFacts,
  weighActs,
} from '../../../../gateway/outcomes/resolution/decide-acts.ts'
import {
  actNames,
  approvalWanted,
  type ExceptionSubject,
} from '../../../../gateway/outcomes/resolution/resolution.ts'
import { type ExceptionKind, exceptionKinds } from '../../../../gateway/transfer/exception-store.ts'

const subject = (kind: ExceptionKind): ExceptionSubject => ({
  ...{ exceptionId: 1n, kind, bankNo: 1, inboundId: 1, fileId: 1, batchId: 1, seq: 1, lineNo: 1 },
  ...{ facts: {}, state: 'open' },
})

const isFileState = (state: string): state is BankFileState => state in bankFileMoves

/** Every line state, with every file state. */
function* world(): Generator<ResolutionFacts> {
  for (const line of instructionStates)
    for (const state of Object.keys(bankFileMoves).filter(isFileState))
      for (const sameFile of [true, false])
        yield { line: { state: line, sameFile }, file: { state, settledCount: 0, released: false } }
}

describe('acts on an exception', () => {
  it('are told for every queue and state, each with the code that speaks against it', () => {
    for (const kind of exceptionKinds)
      for (const facts of world()) {
        const verdicts = weighActs(subject(kind), facts)
        expect(verdicts.map(({ act }) => act)).toEqual(actNames)
        for (const act of allowedActs(subject(kind), facts))
          expect(verdicts.find((verdict) => verdict.act === act)?.against).toBeUndefined()
      }
  })

  it('pay or fail a line only where no final answer stands, and the bank has its file', () => {
    for (const kind of exceptionKinds)
      for (const facts of world()) {
        if (!allowedActs(subject(kind), facts).some((act) => act === 'paid' || act === 'failed')) continue
        expect(['in_flight', 'unknown', 'conflict']).toContain(facts.line?.state)
        expect(['sent', 'acknowledged', 'answered', 'closed']).toContain(facts.file?.state)
        expect(facts.line?.sameFile).toBe(true)
      }
  })

  it('never put money away that is still in doubt', () => {
    for (const facts of world()) {
      const { line, file } = facts
      const dismissed = (kind: ExceptionKind) => allowedActs(subject(kind), facts).includes('dismiss')
      if (line?.state === 'unknown') expect(dismissed('unmapped')).toBe(false)
      if (line?.state === 'conflict') expect(dismissed('conflicting')).toBe(false)
      if (file?.state === 'refused') expect(dismissed('file-refused')).toBe(false)
    }
  })

  it('are over when the exception is resolved', () => {
    for (const kind of exceptionKinds)
      for (const facts of world())
        expect(allowedActs({ ...subject(kind), state: 'resolved' }, facts)).toEqual([])
  })

  it('want a second person where they pay, fail or send again', () =>
    expect(actNames.filter(approvalWanted)).toEqual([
      ...['paid', 'failed', 'remap', 'match', 'match-return', 'send-again', 'fail-lines', 'absent'],
    ]))
})
