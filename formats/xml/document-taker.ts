/** Walks through a document by its plan: heads and tails are taken note of, rows are gathered, the rest is left alone. */
import type { FileRefusal } from '../bank-file.ts'
import type { Column } from '../lines/column.ts'
import { type Stated, statedTaker, type TakeStated } from '../lines/stated-facts.ts'
import type { DocumentPlan, ElementPlan, TextPlan } from './document-plan.ts'
import { expectedOf, type RowGatherer } from './row-texts.ts'
import { defaultTextChars } from './xml-parser.ts'
import type { XmlAttributes, XmlTaker } from './xml-taker.ts'

/** What the walk needs to know and whom it tells. */
export interface DocumentWalk {
  readonly plan: DocumentPlan
  readonly rows: RowGatherer
  readonly settings: Readonly<Record<string, string>> | undefined
  /** Refuse elements that the document does not name. */
  readonly onlyKnown: boolean
  /** Elements whose whole text is wanted beside the plan's places. */
  readonly wanted: ReadonlyMap<string, WantedText>
  /** The first row of a document is met, or its end without rows: what its head states is known. */
  headEnds(stated: Stated, fileCodes: readonly string[]): void
  /** A row is gathered. */
  rowEnds(): void
  documentEnds(stated: Stated): void
  refuse(refusal: FileRefusal): void
  /** True once nothing more of the file matters. */
  isStopped(): boolean
  line(): number
}

/** An element whose text is wanted. */
export interface WantedText {
  /** Rows stand in it, so that the head ends before it unless it is empty. */
  readonly endsHead: boolean
  take(text: string): void
}

const shortened = (name: string): string => name.slice(0, 100)

/** Makes the taker of a file's elements. */
export function documentTaker(walk: DocumentWalk): XmlTaker {
  const { plan, rows } = walk
  const head = headTaker(walk)
  const repeats = repeatFinder(plan)
  let skipped = 0
  let headEnded = false

  const endHead = (): void => {
    if (headEnded) return
    headEnded = true
    walk.headEnds(head.stated(), head.fileCodes())
  }
  const beginDocument = (): void => {
    repeats.beginDocument()
    headEnded = false
    head.begin()
  }
  const beginRow = (): void => {
    endHead()
    repeats.beginRow()
    rows.begin()
  }
  const take = (element: ElementPlan, text: TextPlan, raw: string | undefined): void => {
    if (element.inRow) {
      rows.take(text, raw)
      return
    }
    if (headEnded) refuseLateStatus(walk, text, raw)
    head.take(text, raw)
  }
  const enter = (element: ElementPlan, path: string, attributes: XmlAttributes): void => {
    if (!path.includes('/')) beginDocument()
    if (element.isRow) beginRow()
    if (repeats.isTwice(element) && !element.mayRepeat) foundTwice(walk, element, path)
    if (element.attributes.length > 0) takeAttributes(element, attributes, take)
  }
  const takeText = (element: ElementPlan | undefined, path: string, text: string): void => {
    if (element?.text) take(element, element.text, text)
    const wanted = walk.wanted.get(path)
    if (wanted?.endsHead && text !== '') endHead()
    if (wanted && !walk.isStopped()) wanted.take(text)
  }
  const endDocument = (): void => {
    endHead()
    if (walk.isStopped()) return
    head.end()
    walk.documentEnds(head.stated())
  }
  return {
    open: (path, attributes, namespace) => {
      if (walk.isStopped()) return
      const element = skipped > 0 ? undefined : knownElement(walk, path, namespace)
      if (element) enter(element, path, attributes)
      else skipped++
    },
    close: (path, text) => {
      if (walk.isStopped()) return
      if (skipped > 0) {
        skipped--
        return
      }
      const element = plan.elements.get(path)
      takeText(element, path, text)
      if (element?.isRow) walk.rowEnds()
      if (!path.includes('/')) endDocument()
    },
    refuse: walk.refuse,
  }
}

/** A status that may be absent was taken for absent when the first row came. */
function refuseLateStatus(walk: DocumentWalk, { column, path }: TextPlan, raw: string | undefined): void {
  if (!walk.plan.mayLackFileCode || column?.item !== 'fileCode' || raw === undefined || raw === '') return
  const facts = { column: path, expected: 'fileCode before the rows' }
  walk.refuse({ code: 'LAYOUT', lineNo: walk.line(), facts })
}

/** Tells elements that stand twice where they should once: in a row, or in a document outside its rows. */
function repeatFinder({ elements }: DocumentPlan) {
  const lastSeen = new Float64Array(elements.size)
  /** Counts rows and documents; an element that is met twice at one count is a repeat. */
  let moment = 1
  let fileMoment = 1
  return {
    beginDocument: (): void => {
      fileMoment = ++moment
    },
    beginRow: (): void => {
      moment++
    },
    isTwice: (element: ElementPlan): boolean => {
      const now = element.inRow ? moment : fileMoment
      const twice = lastSeen[element.index] === now
      lastSeen[element.index] = now
      return twice
    },
  }
}

function foundTwice({ rows, refuse, line }: DocumentWalk, { inRow }: ElementPlan, path: string): void {
  const facts = { column: path, found: 'twice' }
  if (inRow) rows.fault(facts)
  else refuse({ code: 'LAYOUT', lineNo: line(), facts })
}

/** The plan of an element, if it is one of ours; another root is another bank's file, or another kind of file. */
function knownElement(walk: DocumentWalk, path: string, namespace: string): ElementPlan | undefined {
  const element = walk.plan.elements.get(path)
  if (!path.includes('/') && !isRoot(walk, path, namespace)) return undefined
  if (element?.namespace === namespace) return element
  if (walk.onlyKnown) walk.refuse({ code: 'LAYOUT', lineNo: walk.line(), facts: { found: shortened(path) } })
  return undefined
}

function isRoot({ plan, refuse, line }: DocumentWalk, path: string, namespace: string): boolean {
  const root = plan.elements.get(plan.rootPath)
  const found = path === plan.rootPath ? namespace : path
  const expected = path === plan.rootPath ? (root?.namespace ?? '') : plan.rootPath
  if (found === expected) return true
  refuse({ code: 'HEADER', lineNo: line(), facts: { found: shortened(found), expected } })
  return false
}

function takeAttributes(
  element: ElementPlan,
  attributes: XmlAttributes,
  take: (element: ElementPlan, text: TextPlan, raw: string | undefined) => void,
): void {
  for (const { name, text } of element.attributes) {
    take(element, text, Object.hasOwn(attributes, name) ? attributes[name] : undefined)
  }
}

/** Texts of head and tail of one document after another, and what they state. Every status of the file is kept. */
function headTaker({ plan, settings, refuse, line }: DocumentWalk) {
  const takers = new Map<TextPlan, TakeStated>()
  const filled: boolean[] = Array.from({ length: plan.slots })
  let stated: Stated = {}
  let fileCodes: string[] = []
  const takerOf = (text: TextPlan): TakeStated => {
    const known = takers.get(text)
    if (known) return known
    const { column, literal } = text
    const made: TakeStated = column ? placeTaker(text, column) : (found) => found === literal
    takers.set(text, made)
    return made
  }
  const placeTaker = ({ repeats }: TextPlan, column: Column): TakeStated => {
    if (column.item === 'fileCode') return (found) => takeFileCode(column, found)
    return repeats && column.item === 'fileText' ? addWords : statedTaker(column, settings)
  }
  const takeFileCode = ({ pattern }: Column, found: string): boolean => {
    fileCodes.push(found)
    return pattern?.matches(found) ?? true
  }
  const isGood = (text: TextPlan, raw: string): boolean => {
    if (raw === '' && text.column && (text.optional || !text.column.required)) return true
    const found = text.read ? text.read(raw) : raw
    return found !== undefined && takerOf(text)(found, stated)
  }
  return {
    stated: () => stated,
    fileCodes: () => fileCodes,
    begin: (): void => {
      stated = {}
      fileCodes = []
      filled.fill(false)
    },
    take: (text: TextPlan, raw: string | undefined): void => {
      if (raw === undefined) {
        if (!text.optional)
          refuse({ code: 'LAYOUT', lineNo: line(), facts: { column: text.path, found: 'missing' } })
        return
      }
      filled[text.slot] = true
      if (!isGood(text, raw))
        refuse({ code: 'HEADER', lineNo: line(), facts: { column: text.path, expected: expectedOf(text) } })
    },
    end: (): void => {
      for (const { slot, path } of plan.fileNeeds)
        if (!filled[slot]) refuse({ code: 'LAYOUT', facts: { column: path, found: 'missing' } })
    },
  }
}

/** Words of a bank that stand in several elements are one text; what a text may not be longer than is left off. */
const addWords: TakeStated = (text, into) => {
  const words = into.fileText === undefined ? text : `${into.fileText} ${text}`
  if (words.length <= defaultTextChars) into.fileText = words
  return true
}
