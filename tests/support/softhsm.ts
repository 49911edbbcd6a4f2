/** A SoftHSM token of its own: the maker's library, a token in a new folder and keys in it. */
import { execFileSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A token that belongs to one test file; its library reads SOFTHSM2_CONF, which is set while it lasts. */
export interface TestToken {
  readonly folder: string
  readonly modulePath: string
  readonly tokenLabel: string
  /** A file with the PIN, mode 0600. */
  readonly pinPath: string
  /** Puts a private key into the token under a label; `id` is two hex digits. */
  importKey(key: KeyObject, label: string, id: string): void
  end(): void
}

const PIN = '246813'
const places = ['/usr/lib/softhsm', '/usr/lib64/pkcs11', '/usr/lib/x86_64-linux-gnu/softhsm', '/usr/lib64']

/** A new token. */
export function startToken(): TestToken {
  const folder = mkdtempSync(join(tmpdir(), 'softhsm-'))
  const tokens = join(folder, 'tokens')
  mkdirSync(tokens, { mode: 0o700 })
  const conf = join(folder, 'softhsm2.conf')
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`)
  process.env.SOFTHSM2_CONF = conf
  const tokenLabel = 'huida-test'
  const run = (...args: readonly string[]): void =>
    void execFileSync('softhsm2-util', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  run('--init-token', '--free', '--label', tokenLabel, '--so-pin', PIN, '--pin', PIN)
  const pinPath = join(folder, 'pin')
  writeFileSync(pinPath, `${PIN}\n`, { mode: 0o600 })
  return {
    folder,
    modulePath: libraryPath(),
    tokenLabel,
    pinPath,
    importKey: (key, label, id) => {
      const path = join(folder, `${label}.pem`)
      writeFileSync(path, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      run('--import', path, '--token', tokenLabel, '--label', label, '--id', id, '--pin', PIN)
      rmSync(path)
    },
    end: () => rmSync(folder, { recursive: true }),
  }
}

function libraryPath(): string {
  const found = places.map((place) => join(place, 'libsofthsm2.so')).find(existsSync)
  if (found === undefined) throw new Error('libsofthsm2.so is in none of its usual places')
  return found
}
