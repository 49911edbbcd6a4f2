/** What the commands on calendars and windows look up on a desk: agreements and calendars of folders, no database. */
import type { Agreement } from '../../gateway/banks/agreement.ts'
import { type Calendar, loadCalendar } from '../../gateway/banks/calendar.ts'
import { loadAgreements } from '../../gateway/banks/load-agreements.ts'
import { readConfig } from '../start/config.ts'
import { CommandEnd, exit } from './output.ts'

/** Folders of a command; what is left out comes from the environment, as for the service. */
export interface HoursFlags {
  readonly agreements?: string
  readonly calendars?: string
}

/** The calendar of a folder beside the shipped years. Throws CONFIGURATION_INVALID. */
export const calendarOf = ({ calendars }: HoursFlags): Calendar =>
  loadCalendar(calendars ?? readConfig(process.env).calendarsFolder)

/** The agreement with a bank; an unknown bank is named beside the known ones. Throws AGREEMENT_INVALID. */
export function agreementOf(bank: string, { agreements }: HoursFlags): Agreement {
  const all = loadAgreements(agreements ?? readConfig(process.env).agreementsFolder)
  const found = all.find((one) => one.bank === bank)
  if (found) return found
  const known = all.map((one) => one.bank).join(', ')
  throw new CommandEnd(exit.usage, `没有银行 ${bank} / there is no bank ${bank}; there are: ${known}`)
}
