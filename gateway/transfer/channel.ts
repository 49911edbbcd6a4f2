/**
 * What any road to a bank can do, in five verbs: send, confirm, list, fetch, close (DESIGN §5, law 4).
 * A channel never decides that money was paid; it says what left us, what was answered and what lies there now.
 */
import type { Fault } from '../faults.ts'

/** One file for the bank. `content` may be called again for another try and must give the same bytes each time. */
export interface OutboundFile {
  /** Base name at the bank, never a path. */
  readonly name: string
  /** Digits that tell this sending from every other one of the file; they stand in its part name. */
  readonly attempt?: string
  /** Every sending before this one; their parts are removed first, so that none can publish anything any more. */
  readonly earlierAttempts?: readonly string[]
  readonly sizeBytes: number
  readonly content: () => AsyncIterable<Buffer>
  /** Called once the whole content lies under the `.part` name; what it throws stops the send before the rename. */
  readonly beforeRename?: () => Promise<void>
}

/**
 * How a send ended. `not-accepted` is proof that nothing lies under the final name through us (a `.part` may);
 * `unknown` means that the last step was asked for and its answer never came: confirm, never send blindly again.
 * `name-taken` means that something already lay under the final name, and that we left it alone.
 */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly sizeBytes: number }
  | { readonly kind: 'not-accepted'; readonly fault: Fault }
  | { readonly kind: 'unknown'; readonly fault: Fault }
  | { readonly kind: 'name-taken'; readonly sameSize: boolean }

/** What lies at the bank under a name and under the `.part` name of one sending; an absent member means absent there. */
export interface RemoteEvidence {
  /** `bytes` says whose they are, where they were read back. */
  readonly final?: { readonly sizeBytes: number; readonly bytes?: 'ours' | 'others' }
  readonly part?: { readonly sizeBytes: number }
  /** True when the part of this sending was taken out of reach, so that no rename of it can ever succeed. */
  readonly withdrawn?: true
  /** What the bank said of the file when it was asked, on roads that show no folders. */
  readonly said?: BankSaid
}

/**
 * What a bank's API has said of a file since it was last handed over. `not-known` holds the times at which the bank
 * said so; one answer proves nothing, since the file may still be on its way through the bank.
 */
export type BankSaid =
  /** This sending never left us: nothing of it was written down as sent, and nobody can any more. */
  | { readonly kind: 'never-left' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'refused'; readonly code: string }
  | {
      readonly kind: 'not-known'
      readonly handedAt: Date
      readonly saidAt: readonly Date[]
      readonly settleMinutes: number
    }
  | { readonly kind: 'nothing'; readonly why: string }

/** An entry of the bank's inbox. An `unsafe` name is never opened; `shownName` is escaped for people and logs. */
export type RemoteFile =
  | { readonly kind: 'file'; readonly name: string; readonly sizeBytes: number; readonly modifiedAt: Date }
  | { readonly kind: 'unsafe'; readonly shownName: string; readonly flaw: string }

/** What came of asking for a late answer at once; an answer itself is listed and fetched like any other. */
export type AskedNow = { readonly kind: 'asked' } | { readonly kind: 'not-asked'; readonly why: string }

/** A road to one bank. Calls wait for each other; one that breaks the line drops it, and the next one opens another. */
export interface Channel {
  /** Puts content under its final name by `.part`, size check and exclusive rename. Never rejects: a fault of `content` is not-accepted. */
  send(file: OutboundFile): Promise<SendOutcome>
  /** What lies at the bank now under a name and the part name of a sending. Throws a Fault when the bank cannot tell. */
  confirm(name: string, attempt?: string): Promise<RemoteEvidence>
  /**
   * Takes the part of a sending out of reach for good; false when it is not there any more, so that its file may have
   * been published. Left out on roads without folders. Throws a Fault.
   */
  withdraw?(name: string, attempt: string): Promise<boolean>
  /**
   * Removes what sendings of a file left unfinished, when nobody will ask for it any more; absent is as good. A side file
   * has one part without a number. Left out on roads without folders. Throws a Fault.
   */
  removeParts?(name: string, attempts: readonly (string | undefined)[]): Promise<void>
  /** Regular files of the inbox, and the names there that are not safe to use. Throws a Fault. */
  list(): Promise<readonly RemoteFile[]>
  /** The bytes of an inbox file, in blocks of at most 1 MiB. Throws a Fault when it is cut or still growing. */
  fetch(name: string): AsyncIterable<Buffer>
  /** Asks for the answer to a file under its sealed name at once, on roads where a bank can be asked. Throws a Fault. */
  ask?(name: string): Promise<AskedNow>
  /**
   * What lies where we send to, with our unfinished parts; on a road without folders the files of ours, sent or not, that
   * the bank says it has. For comparing both sides after a restore (R9). Throws a Fault.
   */
  sent(): Promise<readonly RemoteFile[]>
  /** SHA-256 in lower-case hex of what lies under a name where we send to; undefined where bytes cannot be read back. */
  sentSha256(name: string): Promise<string | undefined>
  /** Waits for the call under way, then hangs up. A closed channel refuses every later call. */
  close(): Promise<void>
}
