/** Names of files, answers and side files of a profile, the same for every layout. */
import type { FileHeader, SideFile } from '../bank-file.ts'
import type { AnswerKind, AnswerSideFile, CompiledProfile } from './compiled-profile.ts'
import { fillTemplate, largestSequence, nameReader, type TemplateFacts } from './name-template.ts'
import type { ProfileSpec } from './profile-schema.ts'

/** The part of a compiled profile that is about names. */
export type ProfileNames = Pick<
  CompiledProfile,
  | 'fileName'
  | 'sideFiles'
  | 'matchRequestName'
  | 'matchResultName'
  | 'answerSideFiles'
  | 'answerKinds'
  | 'resultName'
>

type Templates = readonly (readonly [AnswerKind, string])[]

/** Name templates of a profile's answers, by kind. */
export const answerTemplates = ({ result }: ProfileSpec): Templates => [
  ['answer', result.name],
  ...(result.intermediate ? [['intermediate', result.intermediate.name] as const] : []),
  ...(result.lateName === undefined ? [] : [['late', result.lateName] as const]),
]

/** Compiles the names of a profile. */
export function profileNames(spec: ProfileSpec): ProfileNames {
  const templates = answerTemplates(spec)
  const readers = templates.map(([kind, template]) => ({ kind, read: nameReader(template) }))
  return {
    fileName: (header) => fillTemplate(spec.request.name, header),
    sideFiles: (header, data) => (spec.sideFiles ?? []).map((side) => sideFile(side, header, data)),
    matchRequestName: nameReader(spec.request.name),
    matchResultName(name) {
      for (const { kind, read } of readers) {
        const named = read(name)
        if (named) return { ...named, kind }
      }
      return undefined
    },
    answerSideFiles: (name) =>
      (spec.result.sideFiles ?? []).map(
        ({ name: template, proves }): AnswerSideFile => ({ name: filledBeside(template, name), proves }),
      ),
    answerKinds: templates.map(([kind]) => kind),
    resultName(header, kind) {
      const template = templates.find(([one]) => one === kind)?.[1]
      if (template === undefined) throw new Error(`${spec.id} has no ${kind} files`)
      return fillTemplate(template, header)
    },
  }
}

/** Daily sequences that every name of a profile can hold. */
export const filesPerDay = (spec: ProfileSpec): number =>
  largestSequence([
    spec.request.name,
    ...answerTemplates(spec).map(([, template]) => template),
    ...(spec.acknowledgement ? [spec.acknowledgement.name] : []),
  ])

const stemOf = (name: string): string => name.replace(/\.[^.]*$/u, '')

const filledBeside = (template: string, name: string): string =>
  template.replaceAll('{name}', name).replaceAll('{stem}', stemOf(name))

function sideFile(
  side: NonNullable<ProfileSpec['sideFiles']>[number],
  header: FileHeader,
  data: Parameters<CompiledProfile['sideFiles']>[1],
): SideFile {
  const others = {
    name: data.name,
    stem: stemOf(data.name),
    md5: data.md5,
    MD5: data.md5.toUpperCase(),
    sha256: data.sha256,
    sizeBytes: `${data.sizeBytes}`,
    count: `${header.count}`,
    totalFen: `${header.totalFen}`,
  }
  const facts: TemplateFacts = { ...header, others }
  const content = Buffer.from(fillTemplate(side.content, facts), 'utf8')
  return { name: fillTemplate(side.name, facts), content, order: side.order }
}
