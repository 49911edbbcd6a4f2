/**
 * Rows that travel gzipped and in Base64 inside one element, as ICBC's `zip` does for big batches. What is inside is
 * held whole, up to a cap that no bomb passes, and read as if its rows stood in the document.
 */
import type { FileRefusal } from '../bank-file.ts'
import { charset } from '../values/charset.ts'
import { unwrapped, type Wrapping, wrapper } from '../wire/wrapped-content.ts'
import type { DocumentPlan, ElementPlan } from './document-plan.ts'
import { documentTaker, type WantedText } from './document-taker.ts'
import { escapeXml } from './place-text.ts'
import type { RowGatherer } from './row-texts.ts'
import { xmlEvents } from './xml-events.ts'
import type { XmlLayout } from './xml-layout.ts'

const mebibyte = 1024 * 1024

/** How rows are zipped; the greatest size holds for the zipped text and for the rows alike. */
export const rowWrapping: Wrapping = { steps: ['gzip', 'base64'], maxPlainBytes: 64 * mebibyte }

/** Gzips rows and writes them in Base64; the same rows give the same text. */
export const zipRows = (rows: Buffer): string => wrapper(rowWrapping)(rows).toString('latin1')

/** What the reader of zipped rows shares with the reader of the document. */
export interface ZipContext {
  readonly settings: Readonly<Record<string, string>> | undefined
  readonly plan: DocumentPlan
  readonly gatherer: RowGatherer
  takeRow(): void
  refuse(refusal: FileRefusal): void
  line(): number
}

/** Reads the zipped rows of one file. */
export interface ZippedRows {
  /** Texts that may be longer than others, by path. */
  readonly longTexts: ReadonlyMap<string, number>
  /** Elements whose texts are wanted. */
  readonly wanted: ReadonlyMap<string, WantedText>
  /** A row stands in the document itself. */
  plainRow(): void
  documentEnds(): void
}

const noZip: ZippedRows = {
  longTexts: new Map(),
  wanted: new Map(),
  plainRow: () => {},
  documentEnds: () => {},
}

/** Makes the reader of a file's zipped rows. */
export function zippedRows(layout: XmlLayout, context: ZipContext): ZippedRows {
  const { zip } = layout
  if (!zip) return noZip
  const { refuse, line } = context
  let flag = ''
  let plainRows = 0
  let isZipped = false
  const readFlag = (text: string): void => {
    flag = text
  }
  const readZip = (text: string): void => {
    if (text.trim() === '') return
    isZipped = true
    const rows = unwrapped(Buffer.from(text.trim(), 'utf8'), rowWrapping)
    if (rows.kind === 'refused') refuse({ ...rows.refusal, lineNo: line() })
    else readRows(layout, context, rows.content)
  }
  return {
    longTexts: new Map([[zip.elementPath, rowWrapping.maxPlainBytes]]),
    wanted: new Map([
      [zip.flagPath, { endsHead: false, take: readFlag }],
      [zip.elementPath, { endsHead: true, take: readZip }],
    ]),
    plainRow: () => {
      plainRows++
    },
    documentEnds: () => {
      const isTold = flag === '1' || flag === '0' || flag === ''
      if (!isTold || (flag === '1') !== isZipped || (isZipped && plainRows > 0)) {
        const facts = {
          column: zip.flagPath,
          stated: flag.slice(0, 8),
          found: isZipped ? 'zipped rows' : 'plain rows',
        }
        refuse({ code: 'LAYOUT', lineNo: line(), facts })
      }
    },
  }
}

/** Reads the rows as a document of their own, inside the elements that they were taken from. */
function readRows(layout: XmlLayout, context: ZipContext, rows: Buffer): void {
  const { refuse, line, plan, gatherer, settings, takeRow } = context
  const events = xmlEvents(
    { codec: charset(layout.charset), documents: 'one' },
    documentTaker({
      plan: { ...plan, elements: rowElements(plan), fileNeeds: [] },
      rows: gatherer,
      settings,
      onlyKnown: true,
      wanted: new Map(),
      headEnds: () => {},
      rowEnds: takeRow,
      documentEnds: () => {},
      refuse: (refusal) => refuse({ ...refusal, lineNo: line(), facts: { ...refusal.facts, inside: 'zip' } }),
      isStopped: () => false,
      line,
    }),
  )
  const around = layout.spine.slice(0, -1)
  events.push(Buffer.from(around.map(openingTag).join('')))
  events.push(rows)
  const closing = [...around].reverse().map(({ name }) => `</${name}>`)
  events.push(Buffer.from(closing.join('')))
  events.end()
}

const openingTag = ({ name, attributes }: XmlLayout['spine'][number]): string => {
  const namespaces = attributes.flatMap(({ name: each, text }) =>
    /^xmlns(:|$)/u.test(each) && text.kind === 'literal' ? [` ${each}="${escapeXml(text.text)}"`] : [],
  )
  return `<${name}${namespaces.join('')}>`
}

/** Elements around rows say nothing here. */
const rowElements = ({ elements }: DocumentPlan): ReadonlyMap<string, ElementPlan> =>
  new Map(
    [...elements].map(([path, element]) => [
      path,
      element.inRow ? element : { ...element, text: undefined, attributes: [] },
    ]),
  )
