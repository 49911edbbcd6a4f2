/**
 * Pages of a paged answer: 1, 2, 3 ... in order where they are numbered, none of them too long or shorter than it says,
 * all of them saying the same of the whole.
 */
import type { FileRefusal } from '../bank-file.ts'
import type { Stated } from '../lines/stated-facts.ts'

/** What the pages of a bank are like. */
export interface PageRules {
  /** Most rows of a page. */
  readonly pageRows: number
  /** Pages state their number. */
  readonly numbered: boolean
}

/** Checks the pages of one file. */
export interface PageChecker {
  /** A page ends; `rowsSoFar` counts the rows of all pages. */
  documentEnds(stated: Stated, rowsSoFar: number): void
}

const ofTheWhole = [
  'businessDate',
  'sequence',
  'fileNumber',
  'count',
  'total',
  'paidCount',
  'paidTotal',
  'failedCount',
  'failedTotal',
] as const

/** Makes the checker of one file. */
export function pageChecker(
  { pageRows, numbered }: PageRules,
  refuse: (refusal: FileRefusal) => void,
): PageChecker {
  let pages = 0
  let rowsBefore = 0
  let first: Stated | undefined
  const refusePage = (facts: FileRefusal['facts']): void =>
    refuse({ code: 'PAGE', facts: { page: pages, ...facts } })
  return {
    documentEnds: (stated, rowsSoFar) => {
      pages++
      const rows = rowsSoFar - rowsBefore
      rowsBefore = rowsSoFar
      first ??= stated
      if (numbered && stated.pageNumber !== pages)
        refusePage({ what: 'pageNumber', stated: `${stated.pageNumber ?? ''}`, expected: `${pages}` })
      if (stated.pageCount !== undefined && stated.pageCount !== rows)
        refusePage({ what: 'pageCount', stated: `${stated.pageCount}`, found: rows })
      if (rows > pageRows) refusePage({ what: 'rows', found: rows, limit: pageRows })
      for (const what of ofTheWhole)
        if (stated[what] !== first[what])
          refusePage({ what, stated: `${stated[what] ?? ''}`, expected: `${first[what] ?? ''}` })
    },
  }
}
