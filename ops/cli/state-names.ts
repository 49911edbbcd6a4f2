/** What people call the states of an instruction, in the words of the console and of treasury staff. */
import type { InstructionState } from '../../gateway/ledger/instruction-states.ts'

/** Chinese name of each state. */
export const stateNames: Readonly<Record<InstructionState, string>> = {
  waiting: '待发',
  held: '已暂停',
  in_flight: '在途',
  unknown: '状态未知',
  conflict: '结果矛盾',
  paid: '已发放',
  failed: '失败',
  returned: '已退回',
  correcting: '待更正',
  treasury_pending: '待退国库',
  treasury_returned: '已退国库',
  reissued: '已重发',
}

const names: ReadonlyMap<string, string> = new Map(Object.entries(stateNames))

/** Chinese name of a state, and the state itself for one that this program does not know. */
export const stateName = (state: string): string => names.get(state) ?? state
