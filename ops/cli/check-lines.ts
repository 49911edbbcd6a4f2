/**
 * `huida file check`: what the bank could not take of a batch, before anything is sent. One pass, flat memory; names
 * and accounts are never printed, only the characters that stand in the way.
 */
import { open } from 'node:fs/promises'
import type { LineProblem } from '../../formats/bank-file.ts'
import { lineBlocks, parseInstruction } from './desk-input.ts'
import { type ProfileFlags, profileOf } from './desk-profile.ts'
import { inLanguage, type Lang } from './language.ts'
import { fieldName, problemWords } from './line-problem-words.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { textTable } from './text-table.ts'

/** What may be asked of a check of lines. */
export interface CheckLinesFlags extends ProfileFlags {
  readonly in: string
  readonly lang: Lang
  readonly json?: boolean
}

interface Sums {
  lineCount: number
  badLineCount: number
  problemCount: number
  readonly byCharacter: Map<string, number>
  readonly byField: Map<string, { readonly problem: LineProblem; count: number }>
}

/** Checks every line; exit 3 when the bank cannot take some of them. */
export async function checkLines(flags: CheckLinesFlags): Promise<void> {
  const profile = profileOf(flags.profile, flags.catalog)
  const handle = await open(flags.in, 'r').catch(() => {
    throw new CommandEnd(exit.usage, `cannot read ${flags.in}`)
  })
  const sums: Sums = {
    lineCount: 0,
    badLineCount: 0,
    problemCount: 0,
    byCharacter: new Map(),
    byField: new Map(),
  }
  const lines: string[] = []
  try {
    for await (const block of lineBlocks(handle)) {
      for (const text of block) lines.push(...checkLine(profile, text, sums, flags))
      if (lines.length > 0) print(lines.splice(0).join('\n'))
    }
  } finally {
    await handle.close()
  }
  if (sums.lineCount === 0) throw new CommandEnd(exit.refused, 'the input has no lines')
  tellSums(profile.id, sums, flags)
  if (sums.badLineCount > 0) throw new CommandEnd(exit.refused, '')
}

type Checker = Pick<ReturnType<typeof profileOf>, 'check'>

/** What is said of one line; nothing of one that the bank can take. */
function checkLine(
  profile: Checker,
  text: string,
  sums: Sums,
  { json, lang }: CheckLinesFlags,
): readonly string[] {
  const lineNo = ++sums.lineCount
  const parsed = parseInstruction(text)
  if (parsed.kind === 'unreadable') {
    sums.badLineCount++
    sums.problemCount++
    const unreadable = { lineNo, unreadable: parsed.field }
    if (json) return [toJson(unreadable)]
    return [
      `line ${lineNo}: ${inLanguage({ zh: `${parsed.field} 缺失或写法不对`, en: `${parsed.field} is missing or not as it must be` }, lang)}`,
    ]
  }
  // A line without a remark of its own takes the programme's name, which is the header's business.
  const problems = profile
    .check({ ...withoutUndefined(parsed.instruction), remark: parsed.instruction.remark ?? '补贴' })
    .filter(({ field }) => field !== 'remark' || parsed.instruction.remark !== undefined)
  if (problems.length === 0) return []
  sums.badLineCount++
  sums.problemCount += problems.length
  for (const problem of problems) count(sums, problem)
  const { instructionId } = parsed.instruction
  if (json) return [toJson({ lineNo, instructionId, problems })]
  const { payeeName, payeeAccount, payeeIdNumber, remark } = parsed.instruction
  const shown = withoutUndefined({ payeeName, payeeAccount, payeeIdNumber, remark })
  return problems.map(
    (problem) => `line ${lineNo} ${instructionId}: ${inLanguage(problemWords(problem, shown), lang)}`,
  )
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** An entry that is absent must not be there as undefined. */
function withoutUndefined<T extends object>(value: T): Defined<T>
function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}

/** Most characters that are told apart; a file of random bytes must not fill the memory. */
const mostCharacters = 10_000

function count(sums: Sums, problem: LineProblem): void {
  const { field, code, facts } = problem
  const before = sums.byField.get(`${field} ${code}`)
  if (before) before.count++
  else sums.byField.set(`${field} ${code}`, { problem, count: 1 })
  const codePoint = facts['codePoint']
  if (codePoint === undefined) return
  const name = `${codePoint}`
  if (sums.byCharacter.has(name) || sums.byCharacter.size < mostCharacters)
    sums.byCharacter.set(name, (sums.byCharacter.get(name) ?? 0) + 1)
}

function tellSums(profile: string, sums: Sums, { json, lang }: CheckLinesFlags): void {
  const { lineCount, badLineCount, problemCount } = sums
  const characters = [...sums.byCharacter].sort((a, b) => b[1] - a[1])
  const fields = [...sums.byField.values()].sort((a, b) => b.count - a.count)
  if (json) {
    const byField = fields.map(({ problem: { field, code }, count: times }) => ({
      field,
      code,
      count: times,
    }))
    const byCharacter = characters.map(([codePoint, times]) => ({
      codePoint,
      character: shown(codePoint),
      count: times,
    }))
    print(toJson({ summary: { profile, lineCount, badLineCount, problemCount, byField, byCharacter } }))
    return
  }
  if (fields.length > 0) {
    const rows = fields.map(({ problem, count: times }) => [
      inLanguage(fieldName(problem), lang),
      problem.code,
      `${times}`,
    ])
    print(`\n${textTable([['字段 field', '问题 problem', '行数 lines'], ...rows], [2])}`)
  }
  if (characters.length > 0) {
    const rows = characters
      .slice(0, 50)
      .map(([codePoint, times]) => [codePoint, shown(codePoint), `${times}`])
    print(`\n${textTable([['码位 code point', '字符', '次数 times'], ...rows], [2])}`)
  }
  say(
    inLanguage(
      {
        zh: `${lineCount} 行中 ${badLineCount} 行银行无法接收（${profile}）。`,
        en: `${profile} cannot take ${badLineCount} of ${lineCount} lines.`,
      },
      lang,
    ),
  )
}

/** The character of `U+36C3`; empty for one that would spoil the table. */
function shown(codePoint: string): string {
  const character = String.fromCodePoint(Number.parseInt(codePoint.replace('U+', ''), 16) || 0xfffd)
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? character : ''
}
