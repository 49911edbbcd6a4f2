/** A disk of a test's own that can be filled up and freed: a small tmpfs. Mounting one is for root; other users' runs leave the suite out. */
import { execFileSync } from 'node:child_process'
import { chownSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A mounted disk. */
export interface SmallDisk {
  readonly folder: string
  /** Takes all space that is left. */
  fill(): void
  /** Gives it back. */
  free(): void
  unmount(): void
}

/** Mounts a disk of some MiB on a folder, which is made when missing; `owner` is a user id. */
export function mountDisk(folder: string, sizeMb: number, owner = process.getuid?.() ?? 0): SmallDisk {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=0700`, 'huida-test', folder])
  chownSync(folder, owner, owner)
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill: () => fill(ballast),
    free: () => rmSync(ballast, { force: true }),
    unmount: () => void execFileSync('umount', ['-l', folder]),
  }
}

function fill(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (const bytes of [64 * 1024, 4096]) writeUntilFull(file, Buffer.alloc(bytes))
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
