/**
 * What a line department would file for an instruction that a bank could not pay (bank-formats §7.2, class C): a new
 * instruction that names the one it replaces, with the one field put right that the reason is about.
 */
import type { DemoLine } from './people.ts'
import { drawOf, hashText } from './seeded-draw.ts'
import { correctedId, replacementCard } from './synthetic-identifiers.ts'
import { correctedName, withoutRareCharacters } from './synthetic-names.ts'

/**
 * The corrected instruction, `-R1` for the first attempt. Reasons that are no fault of the data (limits, a contract
 * that was missing, a card that had to be activated) come again unchanged. Throws a RangeError for attempt below 1.
 */
export function correctLine(line: DemoLine, reasonCode: string, attempt: number): DemoLine {
  if (!Number.isInteger(attempt) || attempt < 1) throw new RangeError('attempt counts from 1')
  return {
    ...line,
    ...correctionOf(line, reasonCode, attempt),
    instructionId: `${line.instructionId.replace(/-R\d+$/, '')}-R${attempt}`,
    replaces: line.instructionId,
  }
}

function correctionOf(line: DemoLine, reasonCode: string, attempt: number): Partial<DemoLine> {
  switch (reasonCode) {
    case 'NAME_MISMATCH':
      return { payeeName: correctedName(drawOf(hashText(line.instructionId), attempt), line.payeeName) }
    case 'CHARSET':
    case 'FORBIDDEN_CHARACTER':
      return { payeeName: withoutRareCharacters(line.payeeName) }
    case 'TOO_LONG':
      return { payeeName: line.payeeName.split('·')[0] ?? line.payeeName }
    case 'ACCOUNT_NOT_FOUND':
    case 'ACCOUNT_CLOSED':
    case 'ACCOUNT_FORMAT':
    case 'ACCOUNT_TYPE':
      return { payeeAccount: replacementCard(line.payeeAccount) }
    case 'ID_MISMATCH':
      return { payeeIdNumber: correctedId(line.payeeIdNumber) }
    default:
      return {}
  }
}
