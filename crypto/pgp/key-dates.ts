/** Fingerprint and dates of an OpenPGP key in a file, public or secret; nothing secret is unlocked for it. */
import { KeyRefused } from '../secret-file.ts'
import { loadOpenPgp, strictConfig } from './openpgp-library.ts'

/** What a key says of itself; `end` is undefined for one that never expires. */
export interface PgpValidity {
  /** Upper-case hex. */
  readonly fingerprint: string
  readonly begin: Date
  readonly end: Date | undefined
}

/** Reads the bytes of a key, armoured or binary; `shown` names it in refusals. Throws KeyRefused NOT_A_KEY. */
export async function pgpKeyValidity(bytes: Buffer, shown: string): Promise<PgpValidity> {
  const pgp = await loadOpenPgp()
  const config = strictConfig(pgp)
  const isBinary = (bytes[0] ?? 0) >= 0x80
  const reading = isBinary
    ? pgp.readKey({ binaryKey: bytes, config })
    : pgp.readKey({ armoredKey: bytes.toString('latin1'), config })
  const key = await reading.catch(() => undefined)
  if (key === undefined) throw new KeyRefused('NOT_A_KEY', `${shown} holds no OpenPGP key`)
  const end = await key.getExpirationTime(undefined, config)
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    begin: key.getCreationTime(),
    end: end instanceof Date ? end : undefined,
  }
}
