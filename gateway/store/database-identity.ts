/**
 * Tells from three witnesses whether a database may be older than what the banks have seen (R9): the server as it is, the
 * ledger's own memory of where it lived, and the anchor that our processes keep outside the database.
 */

/** A server, its timeline and one database on it. A promoted copy has another timeline, a restored dump another database. */
export interface DatabaseIdentity {
  /** Made by initdb, the same in every physical copy. */
  readonly systemIdentifier: string
  readonly timeline: number
  readonly databaseOid: bigint
}

/** What the server says now. */
export interface ServerNow extends DatabaseIdentity {
  /** The last fence that was given out. */
  readonly fence: bigint
}

/** What the ledger remembers: where it lived, and the fence that was known outside when that was written. */
export interface KnownIdentity extends DatabaseIdentity {
  readonly identityNo: number
  readonly seenFence: bigint
}

/** What lies outside the database; `unreadable` when the file is there and makes no sense. */
export type AnchorRead =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'read'; readonly identity: DatabaseIdentity; readonly fence: bigint }

/** Why a database is taken for restored. */
export type RestoreCause =
  | 'other-server'
  | 'other-timeline'
  | 'other-database'
  | 'fence-behind'
  | 'anchor-unreadable'
  | 'told'

/** `first`: nobody knows anything of an earlier life. */
export type IdentityVerdict =
  | { readonly kind: 'first' }
  | { readonly kind: 'same' }
  | { readonly kind: 'restored'; readonly cause: RestoreCause }

/** Judges. A restore that the ledger has written down already is not found a second time. */
export function judgeIdentity(
  now: ServerNow,
  known: KnownIdentity | undefined,
  anchor: AnchorRead,
): IdentityVerdict {
  const moved = known && difference(now, known)
  if (moved) return { kind: 'restored', cause: moved }
  if (anchor.kind === 'unreadable') return { kind: 'restored', cause: 'anchor-unreadable' }
  if (anchor.kind === 'read') {
    if (anchor.fence > now.fence && anchor.fence > (known?.seenFence ?? 0n))
      return { kind: 'restored', cause: 'fence-behind' }
    const strange = known ? undefined : difference(now, anchor.identity)
    if (strange) return { kind: 'restored', cause: strange }
  }
  return { kind: known ? 'same' : 'first' }
}

function difference(now: DatabaseIdentity, before: DatabaseIdentity): RestoreCause | undefined {
  if (now.systemIdentifier !== before.systemIdentifier) return 'other-server'
  if (now.timeline !== before.timeline) return 'other-timeline'
  if (now.databaseOid !== before.databaseOid) return 'other-database'
  return undefined
}
