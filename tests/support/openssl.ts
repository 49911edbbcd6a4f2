/** The openssl command in a folder of its own: the other side of CMS messages, and an authority that issues. */
import { execFileSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pem } from './pem.ts'

/** A folder in which openssl runs; names in arguments are relative to it. */
export interface TestOpenssl {
  readonly folder: string
  /** Runs openssl with words separated by blanks; throws with what it said when it does not end with 0. */
  run(...parts: readonly string[]): Buffer
  /** True when it ends with 0. */
  succeeds(...parts: readonly string[]): boolean
  read(name: string): Buffer
  write(name: string, bytes: string | Buffer): void
  /** Writes `name.crt` and `name.key` in PEM. */
  save(name: string, party: { readonly key: KeyObject; readonly certificate: Buffer }): void
  end(): void
}

/** A new empty folder. */
export function startOpenssl(): TestOpenssl {
  const folder = mkdtempSync(join(tmpdir(), 'huida-openssl-'))
  const run = (...parts: readonly string[]): Buffer => {
    const words = parts.flatMap((part) => part.split(' ')).filter((word) => word !== '')
    return execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e9 })
  }
  const write = (name: string, bytes: string | Buffer): void => writeFileSync(join(folder, name), bytes)
  return {
    folder,
    run,
    write,
    succeeds: (...parts) => {
      try {
        run(...parts)
        return true
      } catch {
        return false
      }
    },
    read: (name) => readFileSync(join(folder, name)),
    save: (name, { key, certificate }) => {
      write(`${name}.crt`, pem('CERTIFICATE', certificate))
      write(`${name}.key`, key.export({ type: 'pkcs8', format: 'pem' }).toString())
    },
    end: () => rmSync(folder, { recursive: true }),
  }
}
