/**
 * Writes one file, request or answer: a document, or pages one after another. The same header and lines give the same
 * bytes; a line that the layout cannot take stops the file before a byte of it is returned.
 */
import type { WritableLine } from '../lines/cell-text.ts'
import { CellRefused } from '../lines/cell-writer.ts'
import type { FileFacts } from '../lines/file-facts.ts'
import { charset, UnencodableText } from '../values/charset.ts'
import type { PlaceStyle } from './place-text.ts'
import { preambleText } from './preamble.ts'
import { type DocumentFacts, type DocumentTexts, documentTexts, rowOf } from './template-writer.ts'
import type { XmlLayout } from './xml-layout.ts'
import { zipRows } from './zipped-rows.ts'

/** Makes the error that the writer throws for a line; `cause` tells the column, or undefined for its charset. */
export type RefuseLine = (line: WritableLine, cause: CellRefused | UnencodableText) => Error

/** Writers of a file's parts, for one file. */
export interface DocumentWriter {
  begin(): Buffer
  rows(lines: readonly WritableLine[]): Buffer
  end(): Buffer
}

/** What a writer needs to know of the file. */
export interface WriterPlan {
  readonly layout: XmlLayout
  readonly facts: FileFacts
  readonly style: PlaceStyle
  readonly refuse: RefuseLine
  /** Rows of a page; undefined for a file of one document. */
  readonly pageRows: number | undefined
}

const nothing = Buffer.alloc(0)

/** Makes the writer of one file. */
export function documentWriter(plan: WriterPlan): DocumentWriter {
  const { layout, facts } = plan
  if (plan.pageRows !== undefined) return pagedWriter(plan, plan.pageRows)
  return layout.zip && facts.count > layout.zip.above ? zippedWriter(plan) : plainWriter(plan)
}

function textsOf({ layout, facts, style }: WriterPlan, page: Page, zipped: string): DocumentTexts {
  const { zip } = layout
  const flags: readonly (readonly [string, string])[] = zip
    ? [
        [zip.flagPath, zipped === '' ? '0' : '1'],
        [zip.elementPath, zipped],
      ]
    : []
  return documentTexts(layout, { ...facts, ...page, filled: new Map(flags) }, style)
}

type Page = Pick<DocumentFacts, 'pageNumber' | 'pageCount'>

const onePage = ({ facts }: WriterPlan): Page => ({ pageNumber: 1, pageCount: facts.count })

/** Everything before the document's root. */
function prologue({ layout, facts }: WriterPlan, page: Page): string {
  const lines = preambleText(layout, { ...facts, ...page, filled: new Map() })
  return layout.declaration === '' ? lines : `${lines}${layout.declaration}${layout.newline}`
}

function plainWriter(plan: WriterPlan): DocumentWriter {
  const codec = charset(plan.layout.charset)
  const texts = textsOf(plan, onePage(plan), '')
  const writeRows = rowsWriter(plan, texts)
  return {
    begin: () => codec.encode(`${prologue(plan, onePage(plan))}${texts.head}`),
    rows: writeRows,
    end: () => codec.encode(texts.tail),
  }
}

/** Rows are held until the end, since their zipped text stands in the middle of the document. */
function zippedWriter(plan: WriterPlan): DocumentWriter {
  const codec = charset(plan.layout.charset)
  const writeRows = rowsWriter(plan, textsOf(plan, onePage(plan), ''))
  const held: Buffer[] = []
  return {
    begin: () => nothing,
    rows: (lines) => {
      held.push(writeRows(lines))
      return nothing
    },
    end: () => {
      const { head, tail } = textsOf(plan, onePage(plan), zipRows(Buffer.concat(held)))
      return codec.encode(`${prologue(plan, onePage(plan))}${head}${tail}`)
    },
  }
}

/** Pages come out when they are full; the last one, which may be empty when it is the only one, at the end. */
function pagedWriter(plan: WriterPlan, pageRows: number): DocumentWriter {
  const codec = charset(plan.layout.charset)
  const held: WritableLine[] = []
  let pageNumber = 0
  const page = (lines: readonly WritableLine[]): Buffer => {
    const before = pageNumber++ === 0 ? '' : plan.layout.newline
    const facts: Page = { pageNumber, pageCount: lines.length }
    const texts = textsOf(plan, facts, '')
    const head = codec.encode(`${before}${prologue(plan, facts)}${texts.head}`)
    const rows = rowsWriter(plan, texts, (pageNumber - 1) * pageRows)(lines)
    return Buffer.concat([head, rows, codec.encode(texts.tail)])
  }
  return {
    begin: () => nothing,
    rows: (lines) => {
      const pages: Buffer[] = []
      for (const line of lines) {
        if (held.length === pageRows) pages.push(page(held.splice(0)))
        held.push(line)
      }
      return Buffer.concat(pages)
    },
    end: () => (held.length > 0 || pageNumber === 0 ? page(held.splice(0)) : nothing),
  }
}

/** Lines whose text is joined before it is encoded. */
const linesAtOnce = 256

function rowsWriter(
  { layout, refuse }: WriterPlan,
  texts: DocumentTexts,
  rowsBefore = 0,
): (lines: readonly WritableLine[]) => Buffer {
  const codec = charset(layout.charset)
  const before = layout.rowPerLine ? layout.newline : ''
  let position = rowsBefore
  const textOf = (line: WritableLine, at: number): string => {
    try {
      return before + rowOf(texts.row, line, at)
    } catch (error) {
      throw error instanceof CellRefused || error instanceof UnencodableText ? refuse(line, error) : error
    }
  }
  const block = (lines: readonly WritableLine[]): Buffer => {
    const first = position + 1
    position += lines.length
    let text = ''
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index]
      if (line) text += textOf(line, first + index)
    }
    try {
      return codec.encode(text)
    } catch (error) {
      if (!(error instanceof UnencodableText)) throw error
      throw culprit(lines, first, error)
    }
  }
  /** The line whose text the charset cannot carry. */
  const culprit = (lines: readonly WritableLine[], first: number, error: UnencodableText): Error => {
    const found = lines.find((line, index) => codec.firstUnencodable(textOf(line, first + index)))
    return found ? refuse(found, error) : error
  }
  return (lines) => {
    const blocks: Buffer[] = []
    for (let from = 0; from < lines.length; from += linesAtOnce)
      blocks.push(block(lines.slice(from, from + linesAtOnce)))
    return Buffer.concat(blocks)
  }
}
