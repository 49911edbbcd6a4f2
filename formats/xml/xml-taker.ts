/** What the reader of documents is told to take, and whom it tells of every element. */
import type { FileRefusal } from '../bank-file.ts'
import type { Charset } from '../values/charset.ts'

/** Attributes by name as written, declarations of namespaces left out. */
export type XmlAttributes = Readonly<Record<string, string>>

/** Is told of every element, in order. Paths are local names from the root down, joined by `/`. */
export interface XmlTaker {
  /** An element opens. `namespace` is its URI, empty where it has none. A path without `/` begins a document. */
  open(path: string, attributes: XmlAttributes, namespace: string): void
  /** An element closes: its text, CDATA included, as it stands; empty (or white space) for one that has elements. */
  close(path: string, text: string): void
  /** The document is refused for its form; nothing more of it is told. */
  refuse(refusal: FileRefusal): void
}

/** What a document may be. */
export interface XmlRules {
  readonly codec: Charset
  /** One document, or several one after another, each with its own declaration. */
  readonly documents: 'one' | 'many'
  /** Most characters of the texts of single elements, by path, where 65,536 are not enough. */
  readonly longTexts?: ReadonlyMap<string, number>
  /** Line on which the first byte stands; 1 where it is absent. */
  readonly firstLine?: number
}
