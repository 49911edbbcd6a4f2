/** `huida profile list` and `huida profile codes`: what the catalog holds, and what a bank's codes mean. */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { canonicalReasons, isReasonCode } from '../../formats/reasons/reason-taxonomy.ts'
import type { CompiledStatement } from '../../formats/statement/compiled-statement.ts'
import { loadStatements } from '../../formats/statement/load-statements.ts'
import { openCatalog, profileOf } from './desk-profile.ts'
import { print, toJson } from './output.ts'
import { samplePeople, sampleRequest } from './preview-sample.ts'
import { textTable } from './text-table.ts'

/** What may be asked of a list. */
export interface ListFlags {
  readonly catalog?: string
  readonly json?: boolean
}

/** Lists every profile. */
export function listProfiles({ catalog, json }: ListFlags): void {
  const profiles = [...openCatalog(catalog).values()]
  // An operator's folder of profiles holds layouts of payments; statements have their own.
  const statements = catalog === undefined ? [...loadStatements().values()] : []
  if (json) print(toJson([...profiles.map(profileJson), ...statements.map(statementJson)]))
  else print(textTable([titles, ...profiles.map(profileRow), ...statements.map(statementRow)]))
}

const statementRow = (statement: CompiledStatement): readonly string[] => [
  statement.id,
  `v${statement.version}`,
  'statement',
  statement.layout,
  statement.charset,
  '-',
  '-',
  statement.fidelity,
  statement.title,
]

function statementJson({
  id,
  version,
  title,
  layout,
  charset,
  fidelity,
  source,
  note,
}: CompiledStatement): object {
  return { id, version, kind: 'statement', title, layout, charset, fidelity, source, note }
}

const titles = ['profile', 'v', 'kind', 'layout', 'charset', 'answers', 'kinds', 'fidelity', '名称 title']

const profileRow = (profile: CompiledProfile): readonly string[] => [
  profile.id,
  `v${profile.version}`,
  'payment',
  profile.layout,
  profile.charset,
  profile.resultStyle,
  profile.answerKinds.join(','),
  profile.fidelity,
  profile.title,
]

function profileJson(profile: CompiledProfile): object {
  const { name, header, sideFiles } = sampleRequest(profile, samplePeople)
  const { maxFilesPerDay, ...limits } = profile.limits
  return {
    id: profile.id,
    version: profile.version,
    kind: 'payment',
    title: profile.title,
    layout: profile.layout,
    charset: profile.charset,
    resultStyle: profile.resultStyle,
    answerKinds: profile.answerKinds,
    fidelity: profile.fidelity,
    source: profile.source,
    note: profile.note,
    limits: { ...limits, ...(Number.isFinite(maxFilesPerDay) && { maxFilesPerDay }) },
    settings: profile.sampleSettings,
    encryptedItems: profile.encryptedItems,
    wrapped: profile.wrap !== undefined,
    documents: {
      request: name,
      sideFiles: sideFiles.map((side) => side.name),
      answers: profile.answerKinds.map((kind) => {
        const answer = profile.resultName(header, kind)
        return { kind, name: answer, sideFiles: profile.answerSideFiles(answer) }
      }),
    },
  }
}

/** Prints every code of a profile: its reason, the reason's class, and the outcome. */
export function listCodes(id: string, { catalog, json }: ListFlags): void {
  const codes = profileOf(id, catalog).codes.map(({ code, reason, outcome, byText }) => ({
    code,
    reason,
    class: isReasonCode(reason) ? canonicalReasons[reason].class : '-',
    outcome,
    titleZh: isReasonCode(reason) ? canonicalReasons[reason].titleZh : '',
    byText,
  }))
  if (json) {
    print(toJson(codes))
    return
  }
  const rows = codes.map((each) => [
    each.code,
    each.reason,
    each.class,
    each.outcome,
    each.titleZh + (each.byText ? '（看说明 or closer by its text）' : ''),
  ])
  print(textTable([['代码 code', '原因 reason', '类别 class', '结果 outcome', '含义 meaning'], ...rows]))
}
