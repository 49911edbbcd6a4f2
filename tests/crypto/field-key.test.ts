import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fieldKeyOf, loadFieldKey, loadOrMakeFieldKey } from '../../crypto/field-key.ts'
import { KeyRefused } from '../../crypto/secret-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'huida-field-key-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const refusalOf = (path: string): string => {
  try {
    loadFieldKey(path)
  } catch (error) {
    if (error instanceof KeyRefused) return error.code
    throw error
  }
  return 'accepted'
}

describe('the field key file', () => {
  it('is made once, readable by its owner only, and then always the same', () => {
    const path = join(folder, 'keys', 'field.key')
    const made = loadOrMakeFieldKey(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder, 'keys'))).toEqual(['field.key'])
    const again = loadOrMakeFieldKey(path)
    expect(again.keyId).toBe(made.keyId)
    expect(again.master.equals(made.master)).toBe(true)
    expect(loadFieldKey(path).master.equals(made.master)).toBe(true)
  })

  it('is never overwritten, not even when it is damaged', () => {
    const path = join(folder, 'field.key')
    writeFileSync(path, 'damaged', { mode: 0o600 })
    expect(() => loadOrMakeFieldKey(path)).toThrow(KeyRefused)
    expect(readFileSync(path, 'utf8')).toBe('damaged')
  })

  it('is refused when group or world may read or write it', () => {
    const path = join(folder, 'field.key')
    loadOrMakeFieldKey(path)
    for (const mode of [0o640, 0o604, 0o660, 0o602, 0o644]) {
      chmodSync(path, mode)
      expect(refusalOf(path)).toBe('OPEN_PERMISSIONS')
    }
    chmodSync(path, 0o400)
    expect(refusalOf(path)).toBe('accepted')
  })

  it('is refused when missing, of the wrong size, or with an id that does not fit', () => {
    const path = join(folder, 'field.key')
    expect(refusalOf(path)).toBe('UNREADABLE')
    expect(refusalOf(folder)).toBe('UNREADABLE')
    loadOrMakeFieldKey(path)
    const line = readFileSync(path, 'utf8')
    const cases = ['', 'x', line.slice(0, -10), line.replace(/:1:......../, ':1:00000000'), line.repeat(2)]
    for (const content of cases) {
      writeFileSync(path, content)
      expect(refusalOf(path)).toBe('NOT_A_KEY')
    }
    expect(() => fieldKeyOf(Buffer.alloc(32))).toThrow(/64 bytes/)
  })

  it('never shows its key when printed or in a refusal', () => {
    const path = join(folder, 'field.key')
    const key = loadOrMakeFieldKey(path)
    const secret = readFileSync(path, 'utf8').trim().split(':')[3] ?? ''
    writeFileSync(path, `${secret}\n`)
    expect(() => loadFieldKey(path)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }),
    )
    expect(inspect(key, { depth: 9 })).not.toContain(
      Buffer.from(secret, 'base64').toString('hex').slice(0, 16),
    )
    expect(JSON.stringify(key)).not.toContain(secret)
  })
})
