/**
 * What the stateless file commands read: a batch header (JSON) and instructions (NDJSON), both parsed once here.
 * Lines are read in blocks with flat memory; bytes that are not UTF-8 stop the command.
 */
import { type FileHandle, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Money, money } from '../../formats/values/money.ts'
import { CommandEnd, exit } from './output.ts'

const batchHeader = z.object({
  batchNo: z.string().min(1),
  programme: z.object({ code: z.string(), name: z.string().min(1) }),
  fundingAccount: z.string().min(1),
  declared: z.object({ count: z.int().nonnegative(), amountFen: z.int().nonnegative() }).optional(),
})

/** The part of a batch header that a bank file needs. */
export type BatchHeader = z.output<typeof batchHeader>

/** Reads a batch header; refuses what is not one. */
export async function readBatchHeader(path: string): Promise<BatchHeader> {
  const parsed = batchHeader.safeParse(parsedJson(await readText(path)))
  if (parsed.success) return parsed.data
  const reasons = parsed.error.issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`)
  throw new CommandEnd(exit.refused, reasons.join('\n'))
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const instruction = z.object({
  instructionId: z.string().min(1),
  payeeName: z.string(),
  payeeAccount: z.string(),
  payeeIdNumber: z.string().optional(),
  amountFen: z.union([z.int(), z.string().regex(/^\d{1,18}$/)]).transform((fen): Money => money(BigInt(fen))),
  remark: z.string().optional(),
})

/** One instruction of the input. */
export type DeskInstruction = z.output<typeof instruction>

/** An instruction, or the field that makes its line unreadable. */
export type ParsedLine =
  | { readonly kind: 'instruction'; readonly instruction: DeskInstruction }
  | { readonly kind: 'unreadable'; readonly field: string }

/** Parses one line of NDJSON. */
export function parseInstruction(line: string): ParsedLine {
  const parsed = instruction.safeParse(parsedJson(line))
  if (parsed.success) return { kind: 'instruction', instruction: parsed.data }
  return { kind: 'unreadable', field: parsed.error.issues[0]?.path.join('.') || 'line' }
}

/** The lines of an open file from its start, in blocks; a last empty line is none. */
export async function* lineBlocks(handle: FileHandle): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const stream = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 256 * 1024 })
  let rest = ''
  for await (const chunk of stream) {
    const lines = `${rest}${decodedText(decoder, chunk, true)}`.split('\n')
    rest = lines.pop() ?? ''
    yield lines.map(withoutReturn)
  }
  rest += decodedText(decoder, new Uint8Array(), false)
  if (rest !== '') yield [withoutReturn(rest)]
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

function decodedText(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, stream: boolean): string {
  try {
    return decoder.decode(bytes, { stream })
  } catch {
    throw new CommandEnd(exit.refused, 'the instructions are not UTF-8')
  }
}
