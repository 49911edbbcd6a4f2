/** What a schema knows at a path: names of entries, for whoever wrote one that is nearly right. */
import { z } from 'zod'

type Schema = z.core.$ZodType

/** Names that the schema knows in the group at `path`; empty where the group takes any name. */
export function knownEntries(schema: Schema, path: readonly PropertyKey[]): readonly string[] {
  return [...new Set(groupsAt(schema, path).flatMap(namesOf))]
}

/** The known name that is nearest to one that is not known; undefined when none is near. */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(wrong.length / 3))
  // People seldom get the first letter wrong.
  const begins = (name: string): boolean => name[0]?.toLowerCase() === wrong[0]?.toLowerCase()
  const [best] = known
    .map((name) => ({ name, steps: editSteps(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps || Number(begins(b.name)) - Number(begins(a.name)))
  const cut = wrong.length < 3 ? undefined : known.find((name) => name.startsWith(wrong))
  return best?.name ?? cut
}

/** Schemas that may describe the value at a path; several where a union stands on the way. */
function groupsAt(schema: Schema, path: readonly PropertyKey[]): readonly Schema[] {
  return path.reduce<readonly Schema[]>(
    (schemas, key) => schemas.flatMap((one) => bare(one).flatMap((group) => membersOf(group, key))),
    [schema],
  )
}

/** What lies under options, defaults, transforms and unions. */
function bare(schema: Schema): readonly Schema[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return bare(schema.unwrap())
  if (schema instanceof z.ZodPipe) return bare(schema.in)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(bare)
  return [schema]
}

function membersOf(group: Schema, key: PropertyKey): readonly Schema[] {
  if (group instanceof z.ZodObject) {
    const member = Object.entries(group.shape).find(([name]) => name === String(key))?.[1]
    return member instanceof z.ZodType ? [member] : []
  }
  if (group instanceof z.ZodArray) return [group.element]
  if (group instanceof z.ZodRecord) return [group.valueType]
  return []
}

const namesOf = (schema: Schema): readonly string[] =>
  bare(schema).flatMap((group) => {
    if (group instanceof z.ZodObject) return Object.keys(group.shape)
    if (group instanceof z.ZodRecord && group.keyType instanceof z.ZodEnum)
      return group.keyType.options.map(String)
    return []
  })

/** Letters to add, leave out, change or swap with their neighbour until one text is the other. */
function editSteps(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const steps = [(row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1)]
      if (swapped) steps.push((before[j - 2] ?? 0) + 1)
      next.push(Math.min(...steps))
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}
