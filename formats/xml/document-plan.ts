/** What a reader has to know of a document, found by path: what stands where, what must be there, how it is read. */
import { type CellReader, cellReader } from '../lines/cell-reader.ts'
import type { Column } from '../lines/column.ts'
import { accountPattern } from '../lines/line-check.ts'
import { dateOfText, isClockText, isDateTimeText } from '../lines/stated-facts.ts'
import type { ColumnItem } from '../profile/column-schema.ts'
import { rowItems } from '../profile/column-schema.ts'
import type { FieldCipher } from '../profile/compiled-profile.ts'
import { charset } from '../values/charset.ts'
import type { XmlElement, XmlLayout, XmlText } from './xml-layout.ts'

/** Text of an element or attribute that is looked at. */
export interface TextPlan {
  /** Path, `/@name` for an attribute. */
  readonly path: string
  readonly column: Column | undefined
  /** What a literal must be. */
  readonly literal: string
  /** May be empty or absent. */
  readonly optional: boolean
  /** May stand several times; the texts are joined. */
  readonly repeats: boolean
  /** Takes padding and literal text off; undefined where there is none. */
  readonly read: CellReader | undefined
  /** Where the text is kept; alternatives of an item share a slot. */
  readonly slot: number
}

/** An element that the document names. */
export interface ElementPlan {
  readonly index: number
  readonly namespace: string
  readonly isRow: boolean
  readonly inRow: boolean
  readonly mayRepeat: boolean
  readonly text: TextPlan | undefined
  readonly attributes: readonly { readonly name: string; readonly text: TextPlan }[]
}

/** A slot that must have been filled when a row or a document ends. */
export interface Need {
  readonly slot: number
  readonly path: string
}

/** A document, ready to be read. */
export interface DocumentPlan {
  readonly rootPath: string
  readonly elements: ReadonlyMap<string, ElementPlan>
  readonly slots: number
  readonly rowNeeds: readonly Need[]
  readonly fileNeeds: readonly Need[]
  /** Slots of the items of rows. */
  readonly rowSlots: ReadonlyMap<ColumnItem, number>
  /** Columns of the items of rows, the first of each. */
  readonly rowColumns: ReadonlyMap<ColumnItem, Column>
  readonly hasFileCode: boolean
  /** A document without a status of the whole file says as much as one with an empty status. */
  readonly mayLackFileCode: boolean
}

/** Compiles the plan of a document. */
export function documentPlan(layout: XmlLayout, cipher?: FieldCipher): DocumentPlan {
  const elements = new Map<string, ElementPlan>()
  const rowNeeds: Need[] = []
  const fileNeeds: Need[] = []
  const rowSlots = new Map<ColumnItem, number>()
  const rowColumns = new Map<ColumnItem, Column>()
  const row = layout.spine.at(-1)
  const codec = charset(layout.charset)
  let slots = 0

  const slotOf = (item: ColumnItem | undefined, inRow: boolean): number => {
    if (item === undefined || !inRow || !rowItems.has(item)) return slots++
    const slot = rowSlots.get(item) ?? slots++
    rowSlots.set(item, slot)
    return slot
  }
  const planText = (text: XmlText, path: string, inRow: boolean, isNeeded: boolean): TextPlan | undefined => {
    const place = text.kind === 'place' ? text.place : undefined
    if (text.kind === 'literal' && text.text === '') return undefined
    const column = place?.column
    const slot = slotOf(column?.item, inRow)
    const { optional = false, repeats = false } = place ?? {}
    if (column && inRow && !rowColumns.has(column.item)) rowColumns.set(column.item, column)
    if (place ? !optional : isNeeded) (inRow ? rowNeeds : fileNeeds).push({ slot, path })
    const literal = text.kind === 'literal' ? text.text : ''
    return {
      path,
      column,
      literal,
      optional,
      repeats,
      slot,
      read: column && placeReader(codec, column, cipher),
    }
  }
  const walk = (element: XmlElement, within: boolean, parentNeeded: boolean): void => {
    const inRow = within || element === row
    const isNeeded = parentNeeded && !element.isOptional
    elements.set(element.path, {
      index: elements.size,
      namespace: element.namespace,
      isRow: element === row,
      inRow,
      mayRepeat: element.mayRepeat,
      text: element.text && planText(element.text, element.path, inRow, isNeeded),
      attributes: element.attributes.flatMap(({ name, text }) => {
        if (/^xmlns$|:/u.test(name)) return []
        const plan = planText(text, `${element.path}/@${name}`, inRow, isNeeded)
        return plan ? [{ name, text: plan }] : []
      }),
    })
    for (const child of element.children) walk(child, inRow, isNeeded)
  }
  const fileCodes = layout.filePlaces.filter((place) => place.column.item === 'fileCode')
  const [root] = layout.spine
  if (root) walk(root, false, true)
  return {
    rootPath: root?.path ?? '',
    elements,
    slots,
    rowNeeds,
    fileNeeds,
    rowSlots,
    rowColumns,
    hasFileCode: fileCodes.length > 0,
    mayLackFileCode: fileCodes.every((place) => place.optional),
  }
}

function placeReader(
  codec: ReturnType<typeof charset>,
  column: Column,
  cipher: FieldCipher | undefined,
): CellReader | undefined {
  const { bytes, prefix, suffix } = column
  const plain = bytes === undefined && prefix === '' && suffix === ''
  const read = plain ? undefined : cellReader(codec, column, false)
  if (!column.encrypted || !cipher) return read
  return (cell) => {
    const text = read ? read(cell) : cell
    return text === undefined || text === '' ? text : cipher.open(text)
  }
}

/** Texts that the reader of a row takes as they are; a bank may break their lines. */
const looseItems: ReadonlySet<ColumnItem> = new Set<ColumnItem>(['text', 'remark', 'any', 'signature'])

/** Whether a row's text is as its place says; undefined where everything is. */
export function rowTextRule(
  { column, literal, optional }: TextPlan,
  settings: Readonly<Record<string, string>> | undefined,
): ((text: string) => boolean) | undefined {
  if (!column) return (text) => text === literal
  const rule = itemRule(column, settings)
  const { pattern } = column
  const required = column.required && !optional && column.item !== 'code'
  const loose = looseItems.has(column.item)
  if (loose && !required && !pattern) return undefined
  return (text) => {
    if (text === '') return !required
    return (
      (loose || !/\p{Cc}/u.test(text)) &&
      (rule === undefined || rule(text)) &&
      (pattern?.matches(text) ?? true)
    )
  }
}

function itemRule(
  column: Column,
  settings: Readonly<Record<string, string>> | undefined,
): ((text: string) => boolean) | undefined {
  switch (column.item) {
    case 'setting':
      return settings && ((text) => text === settings[column.setting])
    case 'businessDate':
      return (text) => dateOfText(column, text) !== undefined
    case 'time':
      return (text) => isClockText(column, text)
    case 'dateTime':
      return (text) => isDateTimeText(column, text)
    case 'serial':
      return (text) => /^\d{1,32}$/u.test(text)
    case 'line':
      return (text) => /^\d{1,9}$/u.test(text) && Number.parseInt(text, 10) > 0
    case 'account':
      return (text) => accountPattern.test(text)
    default:
      return undefined
  }
}
