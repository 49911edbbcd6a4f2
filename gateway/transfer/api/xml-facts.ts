/**
 * The few facts of a bank's XML answer that say what it is about: a code, a reference, whether there are rows. Read by
 * the strict parser of the layouts; a document that it refuses has no facts.
 */
import { type CharsetName, charset } from '../../../formats/values/charset.ts'
import { xmlEvents } from '../../../formats/xml/xml-events.ts'

/** First text of every path that was asked for, and which of them there are at all. */
export interface XmlFacts {
  readonly texts: ReadonlyMap<string, string>
  readonly paths: ReadonlySet<string>
}

/** Reads texts by path (local names from the root, joined by `/`); undefined for a document that is not well formed. */
export function xmlFacts(
  document: Buffer,
  charsetName: CharsetName,
  wanted: readonly string[],
): XmlFacts | undefined {
  const texts = new Map<string, string>()
  const paths = new Set<string>()
  let refused = false
  const longTexts = new Map([['CMS/eb/out/zip', document.length]])
  const events = xmlEvents(
    { codec: charset(charsetName), documents: 'one', longTexts },
    {
      open: (path) => {
        if (wanted.includes(path)) paths.add(path)
      },
      close: (path, text) => {
        if (wanted.includes(path) && !texts.has(path)) texts.set(path, text.trim())
      },
      refuse: () => {
        refused = true
      },
    },
  )
  events.push(document)
  return events.end() && !refused ? { texts, paths } : undefined
}
