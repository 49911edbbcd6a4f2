/**
 * The text that a place shows, ready to stand in a document: padded and measured in bytes of the output charset,
 * refused where it does not fit or does not belong, and escaped.
 */
import type { RowText } from '../lines/cell-text.ts'
import { cellRefused, fitted, forbiddenText } from '../lines/cell-writer.ts'
import type { Column } from '../lines/column.ts'
import { accountPattern } from '../lines/line-check.ts'
import type { FieldCipher } from '../profile/compiled-profile.ts'
import type { Charset } from '../values/charset.ts'

const marks: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** A text as it stands between tags or quotes. */
export const escapeXml = (text: string): string =>
  /[&<>"']/u.test(text) ? text.replace(/[&<>"']/gu, (mark) => marks[mark] ?? '') : text

/** How the texts of a document are written. */
export interface PlaceStyle {
  readonly codec: Charset
  /** What stands in no text; see `forbiddenText`, which covers all that XML 1.0 cannot carry. */
  readonly forbidden: RegExp
  readonly cipher: FieldCipher | undefined
}

/** Makes the style of a document; `characters` are those that the bank forbids us. */
export const placeStyle = (codec: Charset, characters: string, cipher?: FieldCipher): PlaceStyle => ({
  codec,
  forbidden: forbiddenText('', characters),
  cipher,
})

/** A place's text as it is written; throws `CellRefused` or `UnencodableText`. The empty text of an optional place stays empty. */
export function shownText(style: PlaceStyle, column: Column, optional: boolean): (given: string) => string {
  const { codec, cipher } = style
  const { bytes, maxBytes, prefix, suffix } = column
  const good = soundness(column, optional)
  const seal = column.encrypted && cipher ? cipher.seal : undefined
  const whole = (given: string): string => {
    const text = prefix === '' && suffix === '' ? given : `${prefix}${given}${suffix}`
    return column.truncate ? fitted(codec, text, maxBytes) : text
  }
  return (given) => {
    if (given === '' && optional) return ''
    if (!good(given)) throw cellRefused(column, given === '' ? 'EMPTY' : 'FORBIDDEN_CHARACTER')
    if (given !== '' && style.forbidden.test(given)) throw cellRefused(column, 'FORBIDDEN_CHARACTER')
    const text = whole(seal && given !== '' ? seal(given) : given)
    if (text.length * 4 > maxBytes && codec.byteLength(text) > maxBytes)
      throw cellRefused(column, 'TOO_LONG', {
        bytes: codec.byteLength(text),
        limitBytes: maxBytes,
        charset: codec.name,
      })
    return escapeXml(bytes === undefined ? text : padded(codec, column, text, bytes))
  }
}

function padded(codec: Charset, column: Column, text: string, bytes: number): string {
  const pad = column.pad.repeat(Math.max(0, bytes - codec.byteLength(text)))
  return column.side === 'left' ? `${pad}${text}` : `${text}${pad}`
}

/** Guards what an empty element would hide: an account that is no account, an amount that is not positive. */
function soundness(column: Column, optional: boolean): (text: string) => boolean {
  switch (column.item) {
    case 'account':
      return (text) => text !== '' && accountPattern.test(text)
    case 'serial':
      return (text) => text.length === (column.bytes ?? text.length) && /^\d+$/u.test(text)
    case 'amount':
      return (text) => /^[0-9.]*[1-9]/u.test(text)
    default:
      return (text) => {
        if (text === '') return optional || !column.required
        return column.pattern === undefined || column.pattern.matches(text)
      }
  }
}

/** Makes a row's text writable; what is the same in every row is made once. */
export function rowPlaceText(style: PlaceStyle, column: Column, optional: boolean, textOf: RowText): RowText {
  const show = shownText(style, column, optional)
  return (line, position) => show(textOf(line, position))
}
