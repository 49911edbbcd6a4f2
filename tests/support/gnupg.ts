/** A real GnuPG with a home of its own, at a time of its own: the other side of OpenPGP messages. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A keyring that belongs to one test file. */
export interface TestGnupg {
  /** Folder in which its files lie; names in arguments are relative to it. */
  readonly folder: string
  /** Runs gpg; `passphrase` opens the secret keys that it needs. Throws when gpg answers with anything but 0. */
  run(args: readonly string[], passphrase?: string): void
  /** Same, but gives what gpg said about it: exit code and status lines. */
  outcome(
    args: readonly string[],
    passphrase?: string,
  ): { readonly code: number | null; readonly status: string }
  /** Ends its agent and removes everything. */
  end(): void
}

/** An empty keyring; gpg believes that it is `at`. */
export function startGnupg(at: Date): TestGnupg {
  const folder = mkdtempSync(join(tmpdir(), 'gpg-'))
  chmodSync(folder, 0o700)
  const env = { ...process.env, GNUPGHOME: folder }
  const fixed = ['--batch', '--yes', '--quiet', '--status-fd', '1', '--pinentry-mode', 'loopback']
  const time = ['--faked-system-time', at.toISOString().replace(/[-:]|\.\d+Z/g, '')]
  const trust = ['--trust-model', 'always', '--passphrase-fd', '0']
  const outcome = (args: readonly string[], passphrase = '') => {
    const all = [...fixed, ...time, ...trust, ...args]
    const { status, stdout } = spawnSync('gpg', all, {
      cwd: folder,
      env,
      input: passphrase,
      encoding: 'utf8',
    })
    return { code: status, status: stdout }
  }
  return {
    folder,
    outcome,
    run: (args, passphrase) => {
      const { code, status } = outcome(args, passphrase)
      if (code !== 0) throw new Error(`gpg ${args.join(' ')} ended with ${code}: ${status}`)
    },
    end: () => {
      execFileSync('gpgconf', ['--kill', 'all'], { env })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
