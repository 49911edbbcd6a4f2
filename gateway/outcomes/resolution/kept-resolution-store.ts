/** Rows of resolutions: written once beside what they did, and read by whoever asks how an exception was ended. */
import type { Queryable } from '../../store/pool.ts'
import type { ActName, Evidence } from './resolution.ts'

/** Takes the number of a resolution before its row, so that what it causes can name it. */
export async function reserveResolution(tx: Queryable): Promise<bigint> {
  const { rows } = await tx.query<{ id: bigint }>(
    "select nextval(pg_get_serial_sequence('resolution', 'resolution_id')) as id",
  )
  return rows[0]?.id ?? 0n
}

/** A resolution to write down. */
export interface ResolutionToKeep extends Evidence {
  readonly resolutionId: bigint
  readonly exceptionId: bigint
  readonly act: ActName
  readonly asked: Readonly<Record<string, unknown>>
  readonly effect: Readonly<Record<string, unknown>>
  readonly approval: 'wanted' | 'not-wanted'
  readonly client: string | undefined
  readonly at: Date
}

/** Writes a resolution and ends its exception. The database refuses a second one for the same exception. */
export async function keepResolution(tx: Queryable, kept: ResolutionToKeep): Promise<void> {
  await tx.query(
    `insert into resolution (resolution_id, exception_id, act, asked, effect, reason, evidence, reference, decided_by,
       decided_at, client, approval)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[
        kept.resolutionId,
        kept.exceptionId,
        kept.act,
        JSON.stringify(kept.asked),
        JSON.stringify(kept.effect),
      ],
      ...[
        kept.reason,
        kept.evidence,
        kept.reference ?? null,
        kept.by,
        kept.at,
        kept.client ?? null,
        kept.approval,
      ],
    ],
  )
  await tx.query(
    `update exception_item set state = 'resolved', resolution_id = $2 where exception_id = $1 and state = 'open'`,
    [kept.exceptionId, kept.resolutionId],
  )
}

/** A resolution as it was kept. */
export interface KeptResolution extends Evidence {
  readonly resolutionId: bigint
  readonly act: string
  readonly asked: unknown
  readonly effect: unknown
  readonly at: Date
  readonly client: string | undefined
  readonly approval: 'wanted' | 'not-wanted'
  readonly approvedBy: string | undefined
  readonly approvedAt: Date | undefined
}

/** A resolution by its number. */
export async function findResolution(
  db: Queryable,
  resolutionId: bigint,
): Promise<KeptResolution | undefined> {
  const { rows } = await db.query<{
    act: string
    asked: unknown
    effect: unknown
    reason: string
    evidence: string
    reference: string | null
    decided_by: string
    decided_at: Date
    client: string | null
    approval: 'wanted' | 'not-wanted'
    approved_by: string | null
    approved_at: Date | null
  }>('select * from resolution where resolution_id = $1', [resolutionId])
  const row = rows[0]
  return (
    row && {
      resolutionId,
      act: row.act,
      asked: row.asked,
      effect: row.effect,
      reason: row.reason,
      evidence: row.evidence,
      reference: row.reference ?? undefined,
      by: row.decided_by,
      at: row.decided_at,
      client: row.client ?? undefined,
      approval: row.approval,
      approvedBy: row.approved_by ?? undefined,
      approvedAt: row.approved_at ?? undefined,
    }
  )
}
