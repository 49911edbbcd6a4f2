/**
 * Profiles whose files are XML documents. A document is written as the bank's own sample with places in it:
 * `<PayAmt>{amount}</PayAmt>`; `{text?}` may be absent, `{text*}` may also stand several times; `{any:0001}` is the
 * bank's own and shows what a simulated one writes; `{settings.cis}` comes from the agreement. The element named by
 * `rows` is repeated for every row. The same document writes a request and reads an answer.
 */
import { z } from 'zod'
import { answerShape } from './answer-schema.ts'
import { cellOptions, columnItems, columns, flag, identifier, label, size } from './column-schema.ts'
import { commonShape } from './common-schema.ts'

const document = z.string().min(1).max(20_000)

/** `CMS/eb/in/rd`: names of elements from the root down, prefixes as written. */
const elementPath = z.string().regex(/^[A-Za-z_][\w.:-]*(\/[A-Za-z_][\w.:-]*)+$/, { error: 'elementPath' })

/** Options of places, by item. */
const places = z.partialRecord(z.enum(columnItems), z.strictObject(cellOptions))

const body = {
  document,
  rows: elementPath,
  places: places.optional(),
  /** Lines of fixed columns before the XML, as the CNAPS2 header. */
  preamble: z.array(columns).max(4).optional(),
  /** Rows of more than `above` lines travel gzipped and in Base64 inside `element`, `flag` then says `1`. */
  zip: z.strictObject({ element: identifier, flag: identifier, above: size }).optional(),
}

/** A profile of XML documents. */
export const xmlProfileSchema = z.strictObject({
  ...commonShape,
  charset: z.enum(['gb18030', 'gbk', 'utf8']),
  newline: z.enum(['crlf', 'lf']).default('lf'),
  layout: z.literal('xml'),
  /** A line break before every row, for people. */
  rowPerLine: flag.optional(),
  request: z.strictObject({ name: label, ...body }),
  result: z.strictObject({
    ...answerShape,
    ...body,
    /** Document of a file of later returns where it differs from the answer's. */
    late: z.strictObject({ document, rows: elementPath, places: places.optional() }).optional(),
    /** Refuse elements that the document does not name; banks usually add some. */
    onlyKnownElements: flag.optional(),
    /** Lists rows of its request as they are decided; count and total that it states are the request's. */
    partial: flag.optional(),
  }),
})

/** A profile of XML documents whose shape is right. */
export type XmlProfileSpec = z.output<typeof xmlProfileSchema>
