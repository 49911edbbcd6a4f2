/**
 * Keeps evidence as if it were an answer: its words are bytes with a digest, and every file of ours that it decides on
 * gets an inbound row, from which its outcomes are told, routed and notified like a bank's (law 6, I4).
 */
import type { BankFile } from '../../dispatch/bank-file.ts'
import { type StoredContent, writeContent } from '../../store/content-store.ts'
import type { Queryable } from '../../store/pool.ts'

/** Keeps the words of a resolution; `document` is JSON without personal data. */
export const keepEvidence = (
  tx: Queryable,
  document: Readonly<Record<string, unknown>>,
): Promise<StoredContent> => writeContent(tx, bytesOf(JSON.stringify(document)))

async function* bytesOf(text: string): AsyncIterable<Buffer> {
  yield Buffer.from(text, 'utf8')
}

/** Enters evidence on lines of one file as a matched inbound file; gives its number. No remote name holds a slash. */
export async function enterEvidence(
  tx: Queryable,
  file: Pick<BankFile, 'bankNo' | 'fileId'>,
  resolutionId: bigint,
  content: StoredContent,
  lines: number,
  at: Date,
): Promise<number> {
  const { rows } = await tx.query<{ inbound_id: number }>(
    `with entered as (insert into inbound_file (bank_no, name, size_bytes, modified_at, content_id, sealed_sha256, state,
         file_id, row_count, applied_count, collected_at, origin, facts)
       values ($1, $2, $3, $4, $5, $6, 'matched', $7, $8, $8, $4, 'evidence', $9) returning inbound_id),
     told as (insert into inbound_file_event (inbound_id, from_state, to_state, cause, business_at)
       select inbound_id, 'collected', 'matched', 'people entered evidence', $4 from entered)
     select inbound_id from entered`,
    [
      file.bankNo,
      `evidence/${resolutionId}/${file.fileId}`,
      content.sizeBytes,
      at,
      content.contentId,
      content.sha256,
      file.fileId,
      lines,
      JSON.stringify({ resolutionId: String(resolutionId) }),
    ],
  )
  return rows[0]?.inbound_id ?? 0
}
