/** Plain tables and times for a terminal; Chinese characters take two columns there, and are counted as two. */

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1
  return width
}

/** East Asian wide and full-width forms, as far as our own texts use them. */
const isWide = (code: number): boolean =>
  code >= 0x1100 &&
  (code <= 0x115f ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd))

/** Lines of cells under each other, two spaces apart; columns whose number is in `right` end flush. */
export function textTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => displayWidth(row[at] ?? ''))),
  )
  const cell = (row: readonly string[], at: number): string => {
    const text = row[at] ?? ''
    const gap = ' '.repeat((widths[at] ?? 0) - displayWidth(text))
    return right.includes(at) ? gap + text : text + gap
  }
  return rows
    .map((row) =>
      widths
        .map((_, at) => cell(row, at))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const chinaOffsetMs = 8 * 3_600_000

/** A time as people in China read it: `2026-11-23 10:00:00`, UTC+8. */
export const chinaTime = (at: Date): string =>
  new Date(at.getTime() + chinaOffsetMs).toISOString().slice(0, 19).replace('T', ' ')
