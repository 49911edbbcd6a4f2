/** Reads times as people write them for banks: China's time unless an offset says otherwise. */
import { isCalendarDate } from '../../formats/values/identifiers.ts'

const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/

/** The instant of `2026-11-21T16:40`, with seconds and an offset if there are any; undefined for anything else. */
export function readChinaTime(text: string): Date | undefined {
  const [, day = '', minute = '', seconds = ':00', offset = '+08:00'] = form.exec(text) ?? []
  if (!isCalendarDate(day.replaceAll('-', ''))) return undefined
  const at = new Date(`${day}T${minute}${seconds}${offset}`)
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() < 2000 || at.getUTCFullYear() > 2100
    ? undefined
    : at
}
