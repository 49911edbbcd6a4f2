/** Rules of the names of a profile's files: they tell requests and answers apart, and name date and sequence. */
import type { AnswerKind } from './compiled-profile.ts'
import { fillTemplate, nameReader, placesOf } from './name-template.ts'
import { answerTemplates } from './profile-names.ts'
import type { RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'
import { issue, type Path } from './rule-issue.ts'

/** The document's file must be called after its id. */
export function identityRules(spec: ProfileSpec, fileName: string): readonly RuleIssue[] {
  const base = fileName.split(/[\\/]/u).at(-1) ?? ''
  return base === `${spec.id}.yaml`
    ? []
    : [issue(['id'], `文件名必须是 ${spec.id}.yaml`, `the file must be called ${spec.id}.yaml`)]
}

const sampleFacts = (spec: ProfileSpec) => ({
  businessDate: '20260101',
  sequence: 1,
  settings: spec.settings ?? {},
})

const namePaths: Readonly<Record<AnswerKind, Path>> = {
  answer: ['result', 'name'],
  intermediate: ['result', 'intermediate', 'name'],
  late: ['result', 'lateName'],
}

/** Every name that lacks what it needs, or could be taken for another one. */
export function nameRules(spec: ProfileSpec): readonly RuleIssue[] {
  const names = [
    { path: ['request', 'name'], template: spec.request.name },
    ...answerTemplates(spec).map(([kind, template]) => ({ path: namePaths[kind], template })),
    ...(spec.acknowledgement
      ? [{ path: ['acknowledgement', 'name'], template: spec.acknowledgement.name }]
      : []),
  ]
  const issues = names.flatMap(({ path, template }) => templateRules(spec, path, template, []))
  if (issues.length > 0) return issues
  return names.flatMap(({ template }, index) =>
    names.flatMap((other, otherIndex) =>
      index !== otherIndex && nameReader(other.template)(fillTemplate(template, sampleFacts(spec)))
        ? [
            issue(
              other.path,
              `与另一个文件名模板分不开：${template}；请让固定文字不同，例如 RES_ 开头`,
              `cannot be told from another name template, ${template}; begin it with other letters, for example RES_`,
            ),
          ]
        : [],
    ),
  )
}

/** `others` are places beside date, sequence and settings; a template that has them may leave those out. */
function templateRules(
  spec: ProfileSpec,
  path: Path,
  template: string,
  others: readonly string[],
): readonly RuleIssue[] {
  const places = placesOf(template)
  const known = ['date', 'sequence', ...others, ...Object.keys(spec.settings ?? {}).map(settingPlace)]
  const needed = others.length > 0 ? [] : ['date', 'sequence']
  const list = known.map((place) => `{${place}}`)
  return [
    ...places
      .filter((place) => !known.includes(place))
      .map((place) =>
        issue(
          path,
          `不认识 {${place}}；可用：${list.join('、')}`,
          `{${place}} is not known; known are ${list.join(', ')}`,
        ),
      ),
    ...needed
      .filter((place) => !places.includes(place))
      .map((place) =>
        issue(
          path,
          `缺少 {${place}}，例如 REQ_{date}_{sequence:NNN}.txt`,
          `lacks {${place}}; for example REQ_{date}_{sequence:NNN}.txt`,
        ),
      ),
    ...(new Set(places).size === places.length || others.length > 0
      ? []
      : [issue(path, '同一项出现两次', 'a place stands twice')]),
    ...(others.length === 0 && !/^[A-Za-z0-9._{}:-]+$/u.test(template)
      ? [
          issue(
            path,
            '文件名只能用字母、数字、点、下划线和连字符',
            'a file name has only letters, digits, dots, underlines and hyphens',
          ),
        ]
      : []),
  ]
}

const settingPlace = (name: string): string => `settings.${name}`

const sideFilePlaces = ['name', 'stem', 'md5', 'MD5', 'sha256', 'sizeBytes', 'count', 'totalFen']

/** Side files of requests are filled from the data file; those of answers are named after the answer. */
export const sideFileRules = (spec: ProfileSpec): readonly RuleIssue[] => [
  ...(spec.sideFiles ?? []).flatMap((side, index) => [
    ...templateRules(spec, ['sideFiles', index, 'name'], side.name, sideFilePlaces),
    ...templateRules(spec, ['sideFiles', index, 'content'], side.content, sideFilePlaces),
  ]),
  ...(spec.result.sideFiles ?? []).flatMap((side, index) =>
    answerSideFileRules(['result', 'sideFiles', index, 'name'], side.name),
  ),
]

function answerSideFileRules(path: Path, template: string): readonly RuleIssue[] {
  const unknown = placesOf(template).filter((place) => place !== 'name' && place !== 'stem')
  const named = placesOf(template).length > unknown.length
  return [
    ...unknown.map((place) =>
      issue(
        path,
        `不认识 {${place}}；可用：{name}、{stem}`,
        `{${place}} is not known; known are {name}, {stem}`,
      ),
    ),
    ...(named && template !== '{name}'
      ? []
      : [
          issue(
            path,
            '必须由回盘文件名得出，又与它不同，例如 {name}.md5',
            'must be made of the name of the answer and differ from it, for example {name}.md5',
          ),
        ]),
  ]
}
