/** Which version of Huida this is, as package.json has it. */
import { readFileSync } from 'node:fs'

/** Version of the package. */
export const version: string = readVersion()

function readVersion(): string {
  // Compiled code lies one folder deeper than its source.
  const up = import.meta.url.endsWith('.js') ? '../../../package.json' : '../../package.json'
  const match = /"version": "([^"]+)"/.exec(readFileSync(new URL(up, import.meta.url), 'utf8'))
  return match?.[1] ?? '0'
}
