/**
 * Writes DER (X.690): tag, shortest definite length, content. Lengths beyond 2^31 are written too.
 */

/** Tags that CMS and X.509 use, as their first octet. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** The octet of context tag `[number]`, constructed (explicit or a structure) unless said otherwise. */
export function contextTag(number: number, constructed = true): number {
  return (constructed ? 0xa0 : 0x80) | number
}

/** Tag and length octets for content of `contentBytes` bytes. */
export function derHeader(tag: number, contentBytes: number): Buffer {
  if (contentBytes < 0x80) return Buffer.of(tag, contentBytes)
  const octets: number[] = []
  for (let rest = contentBytes; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Buffer.of(tag, 0x80 | octets.length, ...octets)
}

/** One element whose content is the given parts in order. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([derHeader(tag, content.length), content])
}

/** SEQUENCE of the given elements. */
export function derSequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, ...parts)
}

/** SET OF the given elements, sorted as DER wants. */
export function derSetOf(parts: readonly Buffer[]): Buffer {
  return der(TAG.set, ...parts.toSorted(Buffer.compare))
}

/** INTEGER of a small non-negative number. */
export function derSmallInteger(value: number): Buffer {
  return derUnsigned(
    Buffer.from(
      value
        .toString(16)
        .padStart(2, '0')
        .replace(/^(.(?:..)*)$/, '0$1'),
      'hex',
    ),
  )
}

/** INTEGER from big-endian unsigned bytes. */
export function derUnsigned(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const trimmed = bytes.subarray(start)
  const negative = trimmed.length === 0 || trimmed.readUInt8(0) >= 0x80
  return der(TAG.integer, negative ? Buffer.of(0) : Buffer.alloc(0), trimmed)
}

/** OBJECT IDENTIFIER from its dotted form. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(TAG.objectIdentifier, ...[first * 40 + second, ...rest].map(base128))
}

/** NULL. */
export function derNull(): Buffer {
  return Buffer.of(TAG.null, 0)
}

/** OCTET STRING. */
export function derOctets(content: Buffer): Buffer {
  return der(TAG.octetString, content)
}

/** UTCTime until 2049, GeneralizedTime afterwards (RFC 5652 section 11.3), to the second. */
export function derTime(at: Date): Buffer {
  const digits = at.toISOString().replace(/\.\d+|[-:T]/g, '')
  const short = at.getUTCFullYear() >= 1950 && at.getUTCFullYear() < 2050
  return der(
    short ? TAG.utcTime : TAG.generalizedTime,
    Buffer.from(short ? digits.slice(2) : digits, 'latin1'),
  )
}

function base128(value: number): Buffer {
  const octets = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    octets.unshift((rest % 128) | 0x80)
  return Buffer.from(octets)
}
