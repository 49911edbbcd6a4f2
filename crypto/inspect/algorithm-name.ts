/** Names for the object identifiers that messages of banks hold; one that is not here is shown as it is. */
import { type Element, oidOf } from '../der/der-reader.ts'
import { OID } from '../der/oids.ts'
import { GM_OID } from '../gm/gm-oids.ts'

const WEAK: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1 (weak)',
  '1.2.840.113549.2.5': 'md5 (weak)',
  '1.2.840.113549.1.1.5': 'rsaSha1 (weak)',
  '1.2.840.113549.3.7': 'des-ede3-cbc (weak)',
  '2.16.840.1.101.3.4.1.2': 'aes128Cbc',
  '2.16.840.1.101.3.4.1.6': 'aes128Gcm',
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ...[...Object.entries(OID), ...Object.entries(GM_OID)].map(([name, oid]) => [oid, name] as const),
  ...Object.entries(WEAK),
])

/** The name of an object identifier in dotted form. */
export const oidName = (oid: string): string => NAMES.get(oid) ?? oid

/** The name in an AlgorithmIdentifier; throws BadEncoding for what is none. */
export function algorithmName(algorithm: Element | undefined): string {
  const [oid] = algorithm?.children ?? []
  return oid === undefined ? 'unknown' : oidName(oidOf(oid))
}

/** True for the object identifiers of the Chinese family. */
export const isGm = (oid: string): boolean => oid.startsWith('1.2.156.10197.')
