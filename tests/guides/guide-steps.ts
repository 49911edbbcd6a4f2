/**
 * Reads a guide as a newcomer does: files to write, commands to run, and what they print. A line of three dots in an
 * output stands for any number of lines.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One thing to do. `path` and `command` are as the guide writes them, from the reader's folder. */
export type GuideStep =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'run'; readonly command: string; readonly output: readonly string[] }

/** The text of a guide by its file name. */
export const guideText = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../ops/guides/${name}`, import.meta.url)), 'utf8')

/** Fenced blocks: `yaml path` and `json path` are files, `console` holds commands after `$ ` and their outputs. */
export function guideSteps(text: string): readonly GuideStep[] {
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gmu)].flatMap(
    ([, kind, path, body = '']) => {
      if (kind === 'console') return runsOf(body)
      return path === undefined ? [] : [{ kind: 'write' as const, path, text: body }]
    },
  )
}

function runsOf(body: string): readonly GuideStep[] {
  return body
    .replaceAll(/ \\\n\s*/gu, ' ')
    .split(/^\$ /mu)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n')
      return { kind: 'run', command, output }
    })
}

/** True when an output is what a guide shows of it. Spaces at the ends of lines do not count. */
export function showsOutput(shown: readonly string[], output: readonly string[]): boolean {
  const pieces = piecesOf(shown.map((line) => line.trimEnd()))
  const lines = output.map((line) => line.trimEnd())
  while (lines.at(-1) === '') lines.pop()
  let at = 0
  for (const [index, piece] of pieces.entries()) {
    const last = index === pieces.length - 1
    const found = last ? lines.length - piece.length : findLines(lines, piece, at)
    if (found < at || (index === 0 && found !== 0) || !holdsAt(lines, piece, found)) return false
    at = found + piece.length
  }
  return true
}

/** Runs of lines between the dots; an empty first or last run where the dots stand at an end. */
function piecesOf(shown: readonly string[]): readonly (readonly string[])[] {
  const pieces: string[][] = [[]]
  for (const line of shown) {
    if (line.trim() === '...') pieces.push([])
    else pieces.at(-1)?.push(line)
  }
  return pieces
}

function findLines(lines: readonly string[], piece: readonly string[], from: number): number {
  for (let at = from; at <= lines.length - piece.length; at++) if (holdsAt(lines, piece, at)) return at
  return -1
}

const holdsAt = (lines: readonly string[], piece: readonly string[], at: number): boolean =>
  piece.every((line, index) => lines[at + index] === line)
