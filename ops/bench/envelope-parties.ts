/** Keys of two sides for a bench, in files of a folder that goes away afterwards: ours, and those of a bank. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvelopeTerms } from '../../crypto/envelope-terms.ts'
import { makeGmKeyPair } from '../../crypto/gm/gm-keyring.ts'
import { makeKeyPair } from '../../crypto/keyring.ts'
import { makePgpKeyPair } from '../../crypto/pgp/pgp-keyring.ts'

/** Families that are measured. */
export const benchFamilies = ['cms', 'gm', 'pgp'] as const

/** One of them. */
export type BenchFamily = (typeof benchFamilies)[number]

const DAY_MS = 86_400_000
const sides = ['us', 'bank'] as const

/** Makes the keys of one family and gives the terms of both sides. */
export async function makeBenchParties(
  family: BenchFamily,
  folder: string,
): Promise<{ readonly us: EnvelopeTerms; readonly bank: EnvelopeTerms }> {
  if (family === 'pgp') return pgpParties(folder)
  for (const side of sides) {
    const wanted = { commonName: `bench ${side}`, days: 2 }
    const pair = family === 'gm' ? makeGmKeyPair(wanted) : await makeKeyPair(wanted)
    writeFileSync(join(folder, `${side}.key`), pair.privateKeyPem, { mode: 0o600 })
    writeFileSync(join(folder, `${side}.crt`), pair.certificatePem)
  }
  const terms = (own: string, other: string): EnvelopeTerms => ({
    scheme: family,
    signing: {
      kind: 'pem',
      keyPath: join(folder, `${own}.key`),
      certificatePath: join(folder, `${own}.crt`),
    },
    recipientPath: join(folder, `${other}.crt`),
    trustedSignerPaths: [join(folder, `${other}.crt`)],
  })
  return { us: terms('us', 'bank'), bank: terms('bank', 'us') }
}

async function pgpParties(folder: string): Promise<{ us: EnvelopeTerms; bank: EnvelopeTerms }> {
  const fingerprints = new Map<string, string>()
  for (const side of sides) {
    const at = new Date(Date.now() - DAY_MS)
    const pair = await makePgpKeyPair({ name: side, email: `${side}@bench.invalid`, at, days: 3 })
    writeFileSync(join(folder, `${side}.key`), pair.secretKey, { mode: 0o600 })
    writeFileSync(join(folder, `${side}.crt`), pair.publicKey)
    fingerprints.set(side, pair.fingerprint)
  }
  const publicKey = (side: string) => ({
    path: join(folder, `${side}.crt`),
    fingerprint: fingerprints.get(side) ?? '',
  })
  const terms = (own: string, other: string): EnvelopeTerms => ({
    scheme: 'pgp',
    signing: { keyPath: join(folder, `${own}.key`) },
    recipient: publicKey(other),
    trustedSigners: [publicKey(other)],
  })
  return { us: terms('us', 'bank'), bank: terms('bank', 'us') }
}
