/** Rules about who imports whom. Each gives its offenders as `path:line what`. */
import { floor, layers, packagePlaces, stages } from './house-rules.ts'
import type { Import, SourceFile } from './source-file.ts'

/** Imports against the direction of the layers. */
export function layerOffenders(files: readonly SourceFile[]): string[] {
  return eachImport(files, (file, one) => {
    const allowed = layers[file.top]
    const top = one.target?.split('/')[0]
    return allowed && top !== undefined && !allowed.includes(top)
      ? `${file.top} may not import ${one.target}`
      : undefined
  })
}

/** Imports inside gateway from a later stage, or from the floor up to a stage; folders that are neither. */
export function stageOffenders(files: readonly SourceFile[]): string[] {
  const inGateway = files.filter((file) => file.top === 'gateway')
  return eachImport(inGateway, (file, one) => {
    if (!one.target?.startsWith('gateway/')) return undefined
    const [from, to] = [heightOf(file.path), heightOf(one.target)]
    if (from === undefined || to === undefined)
      return `neither a stage nor the floor: ${file.path} or ${one.target}`
    return to > from ? `${file.path.split('/')[1]} may not look ahead to ${one.target}` : undefined
  })
}

/** 0 for the floor, 1 to 5 for the stages; undefined for a folder that is not in the plan. */
function heightOf(path: string): number | undefined {
  const [, folder, rest] = path.split('/')
  if (rest === undefined || floor.includes(folder ?? '')) return 0
  const at = stages.indexOf(folder ?? '')
  return at < 0 ? undefined : at + 1
}

/** Packages imported outside their place, and packages that have none. */
export function packageOffenders(files: readonly SourceFile[]): string[] {
  const product = files.filter((file) => file.top in layers)
  return eachImport(product, (file, one) => {
    if (one.target !== undefined || one.specifier.startsWith('node:')) return undefined
    const name = packageOf(one.specifier)
    const places = packagePlaces[name]
    if (!places) return `${name} has no place in the list`
    const there = places.some((place) =>
      place.endsWith('/') ? file.path.startsWith(place) : file.path === place,
    )
    return there ? undefined : `${name} may be imported only in ${places.join(', ')}`
  })
}

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Relative imports that do not say which file they mean. */
export function extensionOffenders(files: readonly SourceFile[]): string[] {
  const typed = files.filter((file) => file.path.endsWith('.ts'))
  return eachImport(typed, (_, one) =>
    one.target !== undefined && !/\.(ts|mjs|json)$/.test(one.target)
      ? `${one.specifier} names no file`
      : undefined,
  )
}

/** Files that import each other in a ring, one line a ring. */
export function loopOffenders(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const loops: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) loops.push([...way.slice(at), path].join(' -> '))
    if (at >= 0 || done.has(path)) return
    for (const one of byPath.get(path)?.imports ?? []) {
      if (one.target !== undefined && byPath.has(one.target)) visit(one.target, [...way, path])
    }
    done.add(path)
  }
  for (const file of files) visit(file.path, [])
  return loops
}

function eachImport(
  files: readonly SourceFile[],
  judge: (file: SourceFile, one: Import) => string | undefined,
): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((one) => {
      const verdict = judge(file, one)
      return verdict === undefined ? [] : [`${file.path}:${one.line} ${verdict}`]
    }),
  )
}
