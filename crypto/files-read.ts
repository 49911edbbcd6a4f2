/** What was made of small files, kept until one of them changes on disk. */
import { statSync } from 'node:fs'
import { KeyRefused } from './secret-file.ts'

/**
 * Gives a function that reads the files and makes something of their bytes, and does so again only after one of them
 * changed. Whatever `read` or `make` throws comes through; a file that is gone is KeyRefused UNREADABLE.
 */
export function filesRead<T>(
  paths: readonly string[],
  read: (path: string) => Buffer,
  make: (contents: readonly Buffer[]) => T,
): () => T {
  let kept: { readonly seen: string; readonly made: T } | undefined
  return () => {
    const seen = paths.map(stateOf).join('\n')
    if (kept?.seen !== seen) kept = { seen, made: make(paths.map(read)) }
    return kept.made
  }
}

function stateOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    throw new KeyRefused('UNREADABLE', `${path} cannot be read`)
  }
}
