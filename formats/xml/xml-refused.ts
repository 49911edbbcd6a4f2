/** How reading a document stops in the middle of a parser's work: the refusal travels as an error, inside this folder. */
import type { FileRefusal } from '../bank-file.ts'

/** Ends the reading of a document; whoever feeds the parser turns it back into its refusal. */
export class XmlRefused extends Error {
  override readonly name = 'XmlRefused'
  readonly refusal: FileRefusal
  constructor(refusal: FileRefusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** Ends one of several documents that stand one after another; the next one begins at `offset` of the piece. */
export class DocumentEnded extends Error {
  override readonly name = 'DocumentEnded'
  readonly offset: number
  constructor(offset: number) {
    super('document ended')
    this.offset = offset
  }
}
