/**
 * Hands in a batch: opens it, sends its lines in parts, seals it. Every call repeats itself, so that the same command
 * again goes on where the last one stopped and never makes a second batch of the same content.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type BatchHeader, checkHeader, headerDigest } from '../../gateway/intake/batch-header.ts'
import { type AnsweredReport, openedAnswer, partAnswer, sealedAnswer } from './api-answers.ts'
import { type ApiConnection, ApiRefusal, ApiSilent } from './api-connection.ts'
import { findingText } from './api-problem-text.ts'
import { decodedContent, type InstructionFile, rawContent, slices } from './instruction-file.ts'
import type { Survey, SurveyedPart } from './instruction-survey.ts'
import { CommandEnd, exit, toJson } from './output.ts'

const sealMs = 15 * 60_000

/** Everything that is handed in. */
export interface Submission {
  readonly header: BatchHeader
  readonly file: InstructionFile
  readonly survey: Survey
  readonly seal: SealTotals
  /** Makes the same content a new batch, after the first one was refused. */
  readonly again: boolean
}

/** What the seal says; `sha256` as the API wants it of these parts. */
export interface SealTotals {
  readonly count: number
  readonly amountFen: number | bigint
  readonly sha256: string
}

/** How a submission ended: its batch was accepted or refused, now or before. */
export interface SubmissionEnd {
  readonly state: 'accepted' | 'refused'
  readonly report: AnsweredReport
}

/** Told of bytes that were handed to the network, of all that will be. */
export type ReportSent = (sentBytes: number, allBytes: number) => void

/** Hands in. Throws ApiRefusal and CommandEnd; a seal without an answer is in doubt (4). */
export async function submitBatch(
  api: ApiConnection,
  submission: Submission,
  sent: ReportSent,
): Promise<SubmissionEnd> {
  const key = keyOf(submission)
  const body = toJson(submission.header)
  const opened = await api.call(openedAnswer, {
    method: 'POST',
    path: '/v1/batches',
    body,
    idempotencyKey: `open-${key}`,
  })
  switch (opened.state) {
    case 'accepted':
    case 'refused':
      return endedBefore(opened.state, opened.report, submission)
    case 'cancelled':
      throw new CommandEnd(exit.refused, `批次已撤销 / Batch ${opened.batchNo} was cancelled.`)
    case 'open':
      await sendParts(api, submission, sent)
      return await sealParts(api, submission, key)
    default:
      return opened.state satisfies never
  }
}

/** A batch that stands already is this one only if its content is: the number and the header do not tell. */
function endedBefore(
  state: 'accepted' | 'refused',
  report: AnsweredReport | undefined,
  { survey, header }: Submission,
): SubmissionEnd {
  if (report?.sha256 === survey.sealSha256) return { state, report }
  const message =
    '批次此前已用其他内容或其他分片大小受理，本次未上传 / It was handed in before with other content or another ' +
    '--part-bytes; nothing was sent'
  const digests = report ? ` (sha256 ${report.sha256}, now ${survey.sealSha256})` : ''
  throw new CommandEnd(exit.refused, `${header.batchNo} (${state}): ${message}${digests}.`)
}

/** The same header with the same content has the same key, whoever sends it and however often. */
function keyOf({ header, survey, again }: Submission): string {
  const digest = createHash('sha256').update(headerDigest(header)).update(survey.sealSha256)
  return digest
    .update(again ? randomUUID() : '')
    .digest('hex')
    .slice(0, 48)
}

async function sendParts(
  api: ApiConnection,
  { header, file, survey }: Submission,
  sent: ReportSent,
): Promise<void> {
  const { parts } = survey
  // A packed file that goes in one part goes as it is.
  const whole = file.gzip && parts.length === 1
  const take = whole ? undefined : slices(decodedContent(file))
  const allBytes = whole ? file.sizeBytes : survey.sizeBytes
  const counted = countBytes((sentBytes) => sent(sentBytes, allBytes))
  for (const [at, part] of parts.entries()) {
    const answer = await api
      .upload(partAnswer, {
        path: `/v1/batches/${encodeURIComponent(header.batchNo)}/instructions?part=${at + 1}`,
        contentType: file.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
        contentEncoding: whole ? 'gzip' : 'identity',
        sizeBytes: take ? part.prefix.length + part.sizeBytes : file.sizeBytes,
        body: counted(take ? partBody(part, take) : rawContent(file)),
      })
      .catch((error: unknown) => {
        throw explained(error)
      })
    if (answer.sha256 !== part.sha256) throw new CommandEnd(exit.fault, fileChanged)
  }
}

const fileChanged = '文件在上传期间被改动，请重新提交 / The file changed while it was sent; submit it again.'

async function* partBody(
  { prefix, sizeBytes }: SurveyedPart,
  take: (sizeBytes: number) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (prefix.length > 0) yield prefix
  yield* take(sizeBytes)
}

function countBytes(
  report: (sentBytes: number) => void,
): (body: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  let sentBytes = 0
  return async function* counted(body) {
    for await (const piece of body) {
      yield piece
      sentBytes += piece.length
      report(sentBytes)
    }
  }
}

/** Adds to an upload's trouble what a person can do about it. */
function explained(error: unknown): unknown {
  if (error instanceof ApiSilent)
    return new CommandEnd(
      exit.fault,
      `${error.message}\n上传中断，请用同样的命令再提交一次，不会重复 / The upload broke off; run the same command again, nothing is doubled.`,
    )
  if (!(error instanceof ApiRefusal) || error.problem.code !== 'PART_TAKEN') return error
  return new CommandEnd(
    exit.refused,
    `${error.message}\n本批次此前用其他分片大小或其他内容上传过；请用第一次的 --part-bytes 与文件 / This batch has parts of another size or content; use the file and --part-bytes of the first time.`,
  )
}

async function sealParts(
  api: ApiConnection,
  { header, seal }: Submission,
  key: string,
): Promise<SubmissionEnd> {
  const path = `/v1/batches/${encodeURIComponent(header.batchNo)}/seal`
  const sealed = createHash('sha256')
    .update(`${seal.count} ${seal.amountFen} ${seal.sha256}`)
    .digest('hex')
    .slice(0, 16)
  try {
    const { report } = await api.call(sealedAnswer, {
      method: 'POST',
      path,
      body: toJson(seal),
      idempotencyKey: `seal-${key}-${sealed}`,
      deadlineMs: sealMs,
    })
    return { state: 'accepted', report }
  } catch (error) {
    if (error instanceof ApiSilent)
      throw new CommandEnd(
        exit.inDoubt,
        `${error.message}\n不知道批次是否已受理，请用同样的命令再提交一次 / It is not known whether the batch was accepted; run the same command again to learn it.`,
      )
    const { report, errors, code } = error instanceof ApiRefusal ? error.problem : {}
    if (code !== 'BATCH_REFUSED' || !report || !errors) throw error
    return { state: 'refused', report: { ...report, findings: errors } }
  }
}

/** Reads and checks a header file. Refuses one that brings its own instructions along, since `--in` does. */
export function readHeader(path: string): BatchHeader {
  const checked = checkHeader(readJson(path))
  if (checked.kind === 'flawed') {
    throw new CommandEnd(exit.refused, [path, ...checked.problems.map(findingText)].join('\n'))
  }
  if (checked.header.instructions)
    throw new CommandEnd(
      exit.usage,
      `${path}: 表头不能带 instructions / leave instructions out of the header; they come from --in.`,
    )
  return checked.header
}

const sealSchema = z.strictObject({
  count: z.int().positive(),
  amountFen: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
})

/** The seal that the platform made, or the survey's own. A digest of the whole file is put in terms of the parts. */
export function sealOf(survey: Survey, path: string | undefined): SealTotals {
  const { count, amountFen, sealSha256 } = survey
  if (path === undefined) return { count, amountFen, sha256: sealSha256 }
  const parsed = sealSchema.safeParse(readJson(path))
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`)
    throw new CommandEnd(exit.refused, problems.join('\n'))
  }
  return parsed.data.sha256 === survey.sha256 ? { ...parsed.data, sha256: sealSha256 } : parsed.data
}

function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new CommandEnd(exit.usage, `${path} 读不出 / cannot be read.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandEnd(exit.refused, `${path} 不是合法的 JSON / is not JSON.`)
  }
}
