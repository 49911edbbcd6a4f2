/**
 * Totals of an answer that lists some rows of its request, as pain.002 may: what it states of the whole is the
 * request's, so that its rows may be fewer and never more.
 */
import type { FileRefusal } from '../bank-file.ts'
import { disagreements, type Expectation, type StatedPart, type Tally } from '../lines/file-tally.ts'
import type { Stated } from '../lines/stated-facts.ts'

/** Every disagreement between rows, the totals of the request as the answer repeats them, and the request itself. */
export const partialDisagreements = (
  tally: Tally,
  parts: readonly StatedPart[],
  expected: Expectation,
): readonly FileRefusal[] => [
  ...parts.flatMap(({ where, stated }) => [
    ...tooMany(where, stated, tally),
    ...ofAnother(where, stated, expected),
  ]),
  ...disagreements(
    tally,
    parts.map(({ where, stated }) => ({ where, stated: withoutWhole(stated) })),
    expected,
  ),
]

function withoutWhole({ count: _count, total: _total, ...rest }: Stated): Stated {
  return rest
}

function tooMany(where: string, { count, total }: Stated, tally: Tally): readonly FileRefusal[] {
  const rows = tally.rowCount + tally.unreadable
  return [
    ...(count === undefined || rows <= count
      ? []
      : [{ code: 'COUNT' as const, facts: { where, what: 'count', stated: `${count}`, found: `${rows}` } }]),
    ...(total === undefined || tally.unreadable > 0 || tally.totalFen <= total
      ? []
      : [
          {
            code: 'TOTAL' as const,
            facts: { where, what: 'total', stated: `${total}`, found: `${tally.totalFen}` },
          },
        ]),
  ]
}

function ofAnother(
  where: string,
  { count, total }: Stated,
  { request }: Expectation,
): readonly FileRefusal[] {
  if (!request) return []
  const compare = (what: string, stated: number | bigint | undefined, asked: number | bigint) =>
    stated === undefined || stated === asked
      ? []
      : [
          {
            code: 'NOT_THIS_FILE' as const,
            facts: { where, what, stated: `${stated}`, expected: `${asked}` },
          },
        ]
  return [...compare('count', count, request.count), ...compare('total', total, request.totalFen)]
}
