/**
 * Composes bank files from a batch on a desk, without a database: once through the input to check and plan, once to
 * write. The input is never held in memory, nothing that exists is overwritten, and a failure leaves no half file.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileHeader, LineProblem, PaymentLine } from '../../formats/bank-file.ts'
import { UnwritableLine } from '../../formats/lines/line-check.ts'
import type { CompiledProfile, FieldCipher, FileWriter } from '../../formats/profile/compiled-profile.ts'
import { money } from '../../formats/values/money.ts'
import { type BatchHeader, type DeskInstruction, lineBlocks, parseInstruction } from './desk-input.ts'
import { problemWords } from './line-problem-words.ts'
import { CommandEnd, exit } from './output.ts'

/** What to compose. `businessDate` is `YYYYMMDD`; `sequence` is the first file's daily sequence. */
export interface ComposeOrder {
  readonly profile: CompiledProfile
  readonly settings: FileHeader['settings']
  readonly batch: BatchHeader
  readonly input: FileHandle
  readonly outFolder: string
  readonly businessDate: string
  /** `HHMMSS` that a header with a time says; `000000` where it is absent. */
  readonly time: string | undefined
  readonly sequence: number
  readonly cipher: FieldCipher | undefined
}

/** A line that the bank cannot take. `lineNo` counts the lines of the input from 1. */
export interface HeldLine {
  readonly lineNo: number
  readonly instructionId: string
  readonly problems: readonly LineProblem[]
}

/** A file that was written. */
export interface ComposedFile {
  readonly name: string
  readonly rows: number
  readonly totalFen: bigint
  readonly sizeBytes: number
  readonly sha256: string
  readonly sideFiles: readonly string[]
  /** The content as the bank's message carries it, where it is wrapped. */
  readonly wrapped?: string
}

/** What came of it. Held lines are listed up to a cap and counted all. */
export interface Composition {
  readonly files: readonly ComposedFile[]
  readonly held: readonly HeldLine[]
  readonly heldCount: number
  readonly lineCount: number
  readonly totalFen: bigint
}

const mostListed = 10_000

/** Checks, plans and writes; throws `CommandEnd` for an input that cannot be read and for files that exist. */
export async function composeFiles(order: ComposeOrder): Promise<Composition> {
  const plan = await planFiles(order)
  const headers = plan.files.map((file, index) => headerOf(order, file, index))
  const names = headers.map((header) => safeName(nameOf(order.profile, header)))
  const created: string[] = []
  try {
    const files = await writeFiles(order, headers, names, created)
    return { files, ...plan.counts() }
  } catch (error) {
    for (const path of created) await rm(path, { force: true })
    throw error
  }
}

interface PlannedFile {
  count: number
  totalFen: bigint
}

async function planFiles({ profile, input, batch }: ComposeOrder) {
  const { maxRows, maxTotalFen } = profile.limits
  const files: PlannedFile[] = []
  const held: HeldLine[] = []
  const unreadable: string[] = []
  let heldCount = 0
  let totalFen = 0n
  let lineNo = 0
  const place = (amountFen: bigint): void => {
    const last = files.at(-1)
    const fits =
      last && last.count < maxRows && (maxTotalFen === undefined || last.totalFen + amountFen <= maxTotalFen)
    const file = fits ? last : { count: 0, totalFen: 0n }
    if (!fits) files.push(file)
    file.count++
    file.totalFen += amountFen
  }
  const takeLine = (text: string): void => {
    const parsed = parseInstruction(text)
    lineNo++
    if (parsed.kind === 'unreadable') {
      if (unreadable.length < 100)
        unreadable.push(`line ${lineNo}: ${parsed.field} is missing or not as it must be`)
      return
    }
    const { instruction } = parsed
    totalFen += instruction.amountFen
    const problems = profile.check(withRemark(instruction, batch))
    if (problems.length === 0) place(instruction.amountFen)
    else if (heldCount++ < mostListed)
      held.push({ lineNo, instructionId: instruction.instructionId, problems })
  }
  for await (const block of lineBlocks(input)) block.forEach(takeLine)
  if (lineNo === 0) unreadable.push('the input has no lines')
  if (lineNo > 99_999_999) unreadable.push('the input has more than 99,999,999 lines')
  if (unreadable.length > 0) throw new CommandEnd(exit.refused, unreadable.join('\n'))
  return { files, counts: () => ({ held, heldCount, lineCount: lineNo, totalFen }) }
}

/** People without a remark of their own read the programme's name in the passbook. */
const withRemark = (
  instruction: DeskInstruction,
  batch: BatchHeader,
): Omit<PaymentLine, 'seq' | 'serial'> => ({
  payeeName: instruction.payeeName,
  payeeAccount: instruction.payeeAccount,
  ...(instruction.payeeIdNumber === undefined ? {} : { payeeIdNumber: instruction.payeeIdNumber }),
  amountFen: instruction.amountFen,
  remark: instruction.remark ?? batch.programme.name,
})

/** A desk has no counter of its own: the file number is the date and the daily sequence, unique per bank and day. */
function headerOf(order: ComposeOrder, file: PlannedFile, index: number): FileHeader {
  const sequence = order.sequence + index
  if (sequence > 9999) throw new CommandEnd(exit.refused, `sequence ${sequence} has more than 4 digits`)
  return {
    businessDate: order.businessDate,
    ...(order.time === undefined ? {} : { time: order.time }),
    sequence,
    fileNumber: `${order.businessDate}${`${sequence}`.padStart(4, '0')}`,
    count: file.count,
    totalFen: money(file.totalFen),
    programmeName: order.batch.programme.name,
    fundingAccount: order.batch.fundingAccount,
    settings: order.settings,
  }
}

function nameOf(profile: CompiledProfile, header: FileHeader): string {
  try {
    return profile.fileName(header)
  } catch (error) {
    if (error instanceof RangeError) throw new CommandEnd(exit.refused, `${profile.id}: ${error.message}`)
    throw error
  }
}

function safeName(name: string): string {
  if (name === basename(name) && !name.startsWith('.')) return name
  throw new CommandEnd(exit.refused, 'a setting makes a file name with a path in it')
}

async function writeFiles(
  order: ComposeOrder,
  headers: readonly FileHeader[],
  names: readonly string[],
  created: string[],
): Promise<readonly ComposedFile[]> {
  const files: ComposedFile[] = []
  let current: OpenFile | undefined
  let lineNo = 0
  try {
    for await (const block of lineBlocks(order.input)) {
      for (const text of block) {
        lineNo++
        const line = writableLine(order, text)
        if (!line) continue
        current ??= await openFile(order, headers[files.length], names[files.length], created)
        current.add(line, lineNo)
        if (!current.isFull()) continue
        files.push(await current.close())
        current = undefined
      }
      await current?.flush()
    }
  } finally {
    await current?.abandon()
  }
  if (current || files.length !== headers.length) throw changed()
  return files
}

/** The line, or undefined for one that is held. */
function writableLine(order: ComposeOrder, text: string): Omit<PaymentLine, 'seq' | 'serial'> | undefined {
  const parsed = parseInstruction(text)
  if (parsed.kind === 'unreadable') throw changed()
  const line = withRemark(parsed.instruction, order.batch)
  return order.profile.check(line).length === 0 ? line : undefined
}

const changed = (): CommandEnd =>
  new CommandEnd(exit.fault, 'the input changed while it was read; nothing was written')

interface OpenFile {
  add(line: Omit<PaymentLine, 'seq' | 'serial'>, seq: number): void
  isFull(): boolean
  flush(): Promise<void>
  close(): Promise<ComposedFile>
  /** Lets go of a file that will not be finished. */
  abandon(): Promise<void>
}

async function openFile(
  order: ComposeOrder,
  header: FileHeader | undefined,
  name: string | undefined,
  created: string[],
): Promise<OpenFile> {
  if (!header || name === undefined) throw changed()
  const handle = await createNew(join(order.outFolder, name), created)
  const writer = order.profile.writer(header, order.cipher)
  const md5 = createHash('md5')
  const sha256 = createHash('sha256')
  let sizeBytes = 0
  let count = 0
  let waiting: PaymentLine[] = []
  const put = async (bytes: Buffer): Promise<void> => {
    md5.update(bytes)
    sha256.update(bytes)
    sizeBytes += bytes.length
    await handle.write(bytes)
  }
  const flush = async (): Promise<void> => {
    const lines = waiting
    waiting = []
    if (lines.length > 0) await put(writtenLines(writer, lines))
  }
  await put(writer.begin())
  return {
    add: (line, seq) => {
      count++
      waiting.push({ ...line, seq, serial: `${header.fileNumber}${`${seq}`.padStart(8, '0')}` })
    },
    isFull: () => count === header.count,
    flush,
    abandon: () => handle.close(),
    close: async () => {
      await flush()
      await put(writer.end())
      await handle.close()
      const data = { name, md5: md5.digest('hex'), sha256: sha256.digest('hex'), sizeBytes }
      const sideFiles = await writeSideFiles(order, header, data, created)
      const wrapped = await writeWrapped(order, name, created)
      return {
        name,
        rows: count,
        totalFen: header.totalFen,
        sizeBytes,
        sha256: data.sha256,
        sideFiles,
        ...wrapped,
      }
    },
  }
}

/** Only a ciphertext can outgrow its column here; every line was checked before. */
function writtenLines(writer: FileWriter, lines: readonly PaymentLine[]): Buffer {
  try {
    return writer.write(lines)
  } catch (error) {
    if (!(error instanceof UnwritableLine)) throw error
    const said = error.problems.map((problem) => problemWords(problem))
    throw new CommandEnd(
      exit.refused,
      said.map(({ zh, en }) => `line ${error.seq}: ${zh} / ${en}`).join('\n') || error.message,
    )
  }
}

/** Wrapping needs the whole content; the profile caps its size. */
async function writeWrapped(
  { profile, outFolder }: ComposeOrder,
  name: string,
  created: string[],
): Promise<{ wrapped?: string }> {
  if (profile.wrap === undefined) return {}
  const wrapped = `${name}.b64`
  const handle = await createNew(join(outFolder, wrapped), created)
  try {
    await handle.writeFile(profile.wrap(await readFile(join(outFolder, name))))
  } finally {
    await handle.close()
  }
  return { wrapped }
}

async function writeSideFiles(
  order: ComposeOrder,
  header: FileHeader,
  data: Parameters<CompiledProfile['sideFiles']>[1],
  created: string[],
): Promise<readonly string[]> {
  const sides = order.profile.sideFiles(header, data)
  for (const side of sides) {
    const handle = await createNew(join(order.outFolder, safeName(side.name)), created)
    await handle.write(side.content)
    await handle.close()
  }
  return sides.map((side) => side.name)
}

async function createNew(path: string, created: string[]): Promise<FileHandle> {
  try {
    const handle = await open(path, 'wx', 0o600)
    created.push(path)
    return handle
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new CommandEnd(
      exit.fault,
      exists ? `${path} exists already; nothing was overwritten` : `cannot create ${path}`,
    )
  }
}
