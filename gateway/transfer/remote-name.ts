/**
 * Names of files at a bank: base names only, never a local path, never shown raw (security.md S26).
 * The same rule holds for the names that we give and for the names that we find.
 */
import { Fault } from '../faults.ts'

/** Longest name in UTF-8 bytes; leaves room for `.part` under the 255 bytes of common file systems. */
export const remoteNameLimitBytes = 200

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u
const hidden = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u

/** Why a name must not be used, as a short word; undefined when it is safe. */
export function remoteNameFlaw(name: string): string | undefined {
  if (name === '' || name === '.') return 'empty'
  if (Buffer.byteLength(name, 'utf8') > remoteNameLimitBytes) return 'too-long'
  if (/[/\\]/.test(name)) return 'separator'
  if (name.includes('..')) return 'parent'
  if (control.test(name)) return 'control-character'
  if (hidden.test(name)) return 'invisible-character'
  if (/%[0-9a-f]{2}/i.test(name)) return 'percent-escape'
  if (reserved.test(name)) return 'reserved'
  if (/^[ -]|[ .]$/.test(name)) return 'edge-character'
  return encodingFlaw(name)
}

/** A name that did not decode, or that has a second spelling, cannot be asked for again by the same bytes. */
function encodingFlaw(name: string): string | undefined {
  if (name.includes('\ufffd') || /\p{Cs}/u.test(name)) return 'not-utf8'
  return name.normalize('NFC') === name ? undefined : 'not-nfc'
}

/** A name made harmless for people and logs: everything but plain characters escaped, at most 80 characters. */
export function shownRemoteName(name: string): string {
  const shown = [...name.slice(0, 80)].map(shownCharacter).join('')
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown
}

function shownCharacter(character: string): string {
  if (/^[\p{L}\p{N} ._+=@~-]$/u.test(character)) return character
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** The path of a name in a folder at the bank. Throws REMOTE_REFUSED for a name that must not be used. */
export function remotePath(folder: string, name: string): string {
  const flaw = remoteNameFlaw(name)
  if (flaw !== undefined) throw new Fault('REMOTE_REFUSED', { flaw, file: shownRemoteName(name) })
  return `${folder.replace(/\/+$/, '')}/${name}`
}
