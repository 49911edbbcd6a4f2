/**
 * Known-answer tests of the Chinese algorithms, to be run at start: node:crypto offers SM2 in one way only and that
 * way is under discussion upstream, so a Node that behaves otherwise must not sign a single file. Numbers are those of
 * GB/T 32905, GB/T 32907, GB/T 32918.5 and draft-ribose-cfrg-sm4; a run takes well under 100 ms.
 */
import { createHash } from 'node:crypto'
import { EnvelopeRefused } from './envelope.ts'
import { decryptSm2, encryptSm2With } from './gm/sm2-encryption.ts'
import { type Sm2PrivateKey, sm2PrivateKey } from './gm/sm2-keys.ts'
import { DEFAULT_USER_ID, rawSignatureOf, signSm2, sm2SignerDigest, verifySm2 } from './gm/sm2-signature.ts'
import { refuseWithoutGm, type Sm4Mode, startSm4Decryption, startSm4Encryption } from './gm/sm4.ts'

const SCALAR = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8'
const POINT =
  '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
  'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13'
const SIGNER_DIGEST = 'b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3'
const SIGNATURE =
  'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
  'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa'
const EPHEMERAL = 0x59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21n
const SM2_CIPHERTEXT =
  '0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73' +
  'e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0' +
  '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766' +
  '21886ca989ca9c7d58087307ca93092d651efa'
const SM4_KEY = '0123456789abcdeffedcba9876543210'
const SM4_VECTOR = '000102030405060708090a0b0c0d0e0f'

/** This Node does not compute what the standards say; `failed` names the tests, in words. */
export class SelfTestFailed extends Error {
  override readonly name = 'SelfTestFailed'
  readonly failed: readonly string[]
  constructor(failed: readonly string[]) {
    super(
      `cryptography self-test failed on Node ${process.version} (OpenSSL ${process.versions.openssl}): ${failed.join('; ')}`,
    )
    this.failed = failed
  }
}

/** One known answer; `holds` may throw, which counts as a failure. */
interface KnownAnswer {
  readonly title: string
  readonly holds: () => boolean
}

/** Runs every known answer; throws SelfTestFailed naming those that did not come out. */
export function runCryptoSelfTest(): void {
  const failed = knownAnswers.filter(({ holds }) => !passes(holds)).map(({ title }) => title)
  if (failed.length > 0) throw new SelfTestFailed(failed)
}

function passes(holds: () => boolean): boolean {
  try {
    return holds()
  } catch {
    return false
  }
}

const knownAnswers: readonly KnownAnswer[] = [
  { title: 'SM3 and SM4 are there', holds: () => refuseWithoutGm() === undefined },
  {
    title: 'SM3 of "abc"',
    holds: () =>
      createHash('sm3').update('abc').digest('hex') ===
      '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
  },
  {
    title: 'SM4-ECB',
    holds: () => sm4Holds({ mode: 'ecb', padding: 'none' }, SM4_KEY, '681edf34d206965e86b3e94f536e4246'),
  },
  {
    title: 'SM4-CBC',
    holds: () =>
      sm4Holds(
        { mode: 'cbc', iv: Buffer.from(SM4_VECTOR, 'hex'), padding: 'none' },
        'aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb',
        '78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d',
      ),
  },
  {
    title: 'SM4-CTR',
    holds: () =>
      sm4Holds(
        { mode: 'ctr', iv: Buffer.from(SM4_VECTOR, 'hex') },
        'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd',
        'ac3236cb970cc20791364c395a1342d1a3cbc1878c6f30cd074cce385cdd70c7',
      ),
  },
  { title: 'SM4-CBC refuses wrong padding', holds: refusesWrongPadding },
  { title: 'SM2 public key of a private one', holds: () => key().publicKey.point.toString('hex') === POINT },
  { title: 'SM2 signature of the standard, under its user id alone', holds: verifiesStandardSignature },
  { title: 'SM2 signature made and verified here', holds: verifiesOwnSignature },
  { title: 'SM2 encryption', holds: encryptsAsStandard },
]

function key(): Sm2PrivateKey {
  return sm2PrivateKey(Buffer.from(SCALAR, 'hex'))
}

function sm4Holds(by: Sm4Mode, plaintext: string, ciphertext: string): boolean {
  const secret = Buffer.from(SM4_KEY, 'hex')
  const encryption = startSm4Encryption(secret, by)
  const decryption = startSm4Decryption(secret, by)
  const sealed = Buffer.concat([encryption.update(Buffer.from(plaintext, 'hex')), encryption.finish()])
  const opened = Buffer.concat([decryption.update(sealed), decryption.finish()])
  return sealed.toString('hex') === ciphertext && opened.toString('hex') === plaintext
}

function refusesWrongPadding(): boolean {
  const by = { mode: 'cbc', iv: Buffer.from(SM4_VECTOR, 'hex') } as const
  const secret = Buffer.from(SM4_KEY, 'hex')
  const encryption = startSm4Encryption(secret, { ...by, padding: 'none' })
  const sealed = Buffer.concat([encryption.update(Buffer.alloc(16, 0x11)), encryption.finish()])
  const decryption = startSm4Decryption(secret, { ...by, padding: 'pkcs7' })
  try {
    decryption.update(sealed)
    decryption.finish()
    return false
  } catch (error) {
    return error instanceof EnvelopeRefused && error.code === 'UNDECRYPTABLE'
  }
}

/** The standard's signature must verify, and must not under the empty id that the one-shot calls of Node use. */
function verifiesStandardSignature(): boolean {
  const { publicKey } = key()
  const [message, signature] = [Buffer.from('message digest'), Buffer.from(SIGNATURE, 'hex')]
  const form = { userId: DEFAULT_USER_ID, shape: 'raw' } as const
  return (
    sm2SignerDigest(publicKey, DEFAULT_USER_ID).toString('hex') === SIGNER_DIGEST &&
    verifySm2(message, signature, publicKey, form) &&
    !verifySm2(message, signature, publicKey, { ...form, userId: '' }) &&
    !verifySm2(Buffer.from('message digesu'), signature, publicKey, form)
  )
}

function verifiesOwnSignature(): boolean {
  const message = Buffer.from('message digest')
  const signature = signSm2(message, key(), { userId: DEFAULT_USER_ID, shape: 'der' })
  const form = { userId: DEFAULT_USER_ID, shape: 'raw' } as const
  return verifySm2(message, rawSignatureOf(signature), key().publicKey, form)
}

function encryptsAsStandard(): boolean {
  const own = key()
  const message = Buffer.from('encryption standard')
  const sealed = encryptSm2With(EPHEMERAL, message, own.publicKey, 'c1c3c2')
  return sealed?.toString('hex') === SM2_CIPHERTEXT && decryptSm2(sealed, own, 'c1c3c2').equals(message)
}
