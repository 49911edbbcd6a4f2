/** `huida profile check`: every problem of every document, by line, column and in words, with a valid way to write it. */
import { readFile } from 'node:fs/promises'
import type { ProfileProblem } from '../../formats/profile/profile-problems.ts'
import { type CheckedDocument, checkDocument } from './desk-profile.ts'
import { inLanguage, type Lang } from './language.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

/** What may be asked of a check. */
export interface CheckFlags {
  readonly lang: Lang
  readonly json?: boolean
}

/** Checks documents; exit 3 when one of them does not hold. */
export async function checkProfiles(paths: readonly string[], flags: CheckFlags): Promise<void> {
  const checked: (CheckedDocument & { readonly file: string })[] = []
  for (const file of paths) checked.push({ file, ...checkDocument(await textOf(file), file) })
  if (flags.json) print(toJson({ files: checked.map(jsonOf) }))
  else for (const each of checked) tell(each, flags.lang)
  const bad = checked.filter(({ kind }) => kind === 'refused').length
  if (bad > 0) throw new CommandEnd(exit.refused, flags.json ? '' : verdict(bad, paths.length, flags.lang))
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  }
}

const verdict = (bad: number, all: number, lang: Lang): string =>
  inLanguage({ zh: `${all} 个文件中 ${bad} 个不成立。`, en: `${bad} of ${all} files do not hold.` }, lang)

function jsonOf(checked: CheckedDocument & { readonly file: string }): object {
  const { file, kind } = checked
  return kind === 'refused'
    ? { file, holds: false, problems: checked.problems }
    : { file, holds: true, ...checked.facts }
}

function tell(checked: CheckedDocument & { readonly file: string }, lang: Lang): void {
  if (checked.kind === 'refused')
    for (const problem of checked.problems) say(problemText(checked.file, problem, lang))
  else {
    const { id, version, title } = checked.facts
    say(
      inLanguage({ zh: `${id} 第 ${version} 版成立：${title}`, en: `${id} version ${version} holds` }, lang),
    )
  }
}

/** One problem for a person: the place, then a line for each language. */
export function problemText(file: string, problem: ProfileProblem, lang: Lang): string {
  const { path, line, column, fieldZh, fieldEn, messageZh, messageEn, example } = problem
  const lines = [`${problem.file ?? file}:${line}:${column}${path === '' ? '' : ` ${path}`}`]
  if (lang !== 'en') lines.push(`  ${fieldZh === '' ? '' : `${fieldZh}：`}${messageZh}`)
  if (lang !== 'zh') lines.push(`  ${fieldEn === '' ? '' : `${fieldEn}: `}${messageEn}`)
  if (example !== undefined)
    lines.push(`  ${inLanguage({ zh: '例如', en: 'for example' }, lang)}: ${example}`)
  return lines.join('\n')
}
