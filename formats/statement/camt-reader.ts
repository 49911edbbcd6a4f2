/**
 * Reads camt.053 statements and camt.054 notifications (ISO 20022). The namespace decides the version. An entry with
 * several transactions becomes one entry each, and their sum must be the entry's amount; booked balances must tie.
 */
import { charset } from '../values/charset.ts'
import { type XmlAttributes, xmlEvents } from '../xml/xml-events.ts'
import { type CamtScope, camtPaths, detailPath, joinedPaths, numbered, scopes } from './camt-paths.ts'
import { camtStatement } from './camt-statement.ts'
import { entryClassifier } from './classify-entry.ts'
import type { StatementReader } from './compiled-statement.ts'
import { type StatementBook, statementBook } from './statement-book.ts'
import type { CamtSpec } from './statement-schema.ts'

const bases = {
  statement: 'Document/BkToCstmrStmt/Stmt',
  notification: 'Document/BkToCstmrDbtCdtNtfctn/Ntfctn',
} as const

/** Makes the reader of one file. */
export function camtReader(spec: CamtSpec, account: string | undefined): StatementReader {
  const book = statementBook(entryClassifier(spec), account)
  const taker = documentTaker(spec, book)
  const events = xmlEvents(
    { codec: charset(spec.charset), documents: 'one' },
    { ...taker, refuse: book.refuse },
  )
  taker.lineOf(events.line)
  return {
    read: (chunk) => {
      events.push(chunk)
      return book.take()
    },
    end: () => {
      if (events.end()) taker.end()
      return book.end()
    },
  }
}

/** Follows a document: which statement, which entry, which transaction is open, and what was said of it. */
function documentTaker(spec: CamtSpec, book: StatementBook) {
  const base = bases[spec.document]
  const places = placesBelow(base)
  let line = (): number => 1
  let statements = 0
  let foreign = false
  let statement = camtStatement(book, spec.document)
  const say = (scope: CamtScope, path: string, text: string): void => {
    const before = scope.get(path)
    if (before === undefined) scope.set(path, text)
    else if (joinedPaths.has(path)) scope.set(path, `${before}${text}`.slice(0, 4096))
    else book.refuse({ code: 'LAYOUT', lineNo: line(), facts: { path, found: 'twice' } })
  }
  const checkRoot = (path: string, namespace: string): void => {
    foreign = path !== 'Document' || !spec.namespaces.includes(namespace)
    if (foreign)
      book.refuse({ code: 'HEADER', lineNo: line(), facts: { expected: spec.namespaces.join(' ') } })
  }
  return {
    lineOf: (of: () => number): void => {
      line = of
    },
    open: (path: string, attributes: XmlAttributes, namespace: string): void => {
      if (!path.includes('/')) {
        checkRoot(path, namespace)
        return
      }
      if (foreign) return
      if (path === base) {
        statements++
        statement = camtStatement(book, spec.document)
        return
      }
      const place = places.get(path)
      if (!place) return
      statement.open(place.relative, line())
      if (place.amount && attributes['Ccy'] !== 'CNY')
        book.refuse({ code: 'LAYOUT', lineNo: line(), facts: { path: place.relative, expected: 'CNY' } })
    },
    close: (path: string, text: string): void => {
      if (foreign) return
      if (path === base) {
        statement.end(line())
        return
      }
      const place = places.get(path)
      if (!place) return
      const trimmed = place.read ? text.trim() : ''
      if (trimmed !== '') say(statement.scopeOf(place.relative), place.inner, trimmed)
      statement.close(place.relative, line())
    },
    end: (): void => {
      if (statements === 0 && !foreign) book.refuse({ code: 'LAYOUT', facts: { expected: base } })
    },
  }
}

/** An element that matters: its path below the statement, and in its own scope. */
interface Place {
  readonly relative: string
  readonly inner: string
  readonly read: boolean
  readonly amount: boolean
}

/** One look-up an element, for a million transactions have ten of them each. */
const placesBelow = (base: string): ReadonlyMap<string, Place> =>
  new Map(
    [...camtPaths, ...scopes].map((relative) => [
      `${base}/${relative}`,
      {
        relative,
        inner: innerPath(relative),
        read: camtPaths.has(relative),
        amount: numbered.has(relative),
      },
    ]),
  )

/** A path in its own scope: below the transaction, else below the entry, else below the statement. */
function innerPath(path: string): string {
  if (path.startsWith(detailPath)) return path.slice(detailPath.length)
  return path.startsWith('Ntry/') ? path.slice('Ntry/'.length) : path
}
