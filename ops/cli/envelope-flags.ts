/** Flags of `huida envelope`: turned into the same terms that an agreement gives. Secrets are named by file only. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ENVELOPE_STEPS, type EnvelopeStep, stepProblems } from '../../crypto/envelope-steps.ts'
import type { CertifiedTerms, EnvelopeTerms, GmTerms } from '../../crypto/envelope-terms.ts'
import type { KeyPairPaths } from '../../crypto/keyring.ts'
import { pgpKeyValidity } from '../../crypto/pgp/key-dates.ts'
import type { PgpPublicKeyPath } from '../../crypto/pgp/pgp-keyring.ts'
import { readPublicFile } from '../../crypto/secret-file.ts'
import { CommandEnd, exit } from './output.ts'

/** What the flags give; commander checked choices and times. */
export interface EnvelopeFlags {
  readonly scheme: 'cms' | 'pgp' | 'gm'
  readonly layer: readonly EnvelopeStep[]
  readonly in: string
  readonly out?: string
  readonly key: readonly string[]
  readonly cert: readonly string[]
  readonly passphraseFile: readonly string[]
  readonly to?: string
  readonly from: readonly string[]
  readonly trust: readonly string[]
  readonly crl: readonly string[]
  readonly fingerprint?: string
  readonly detached?: string
  readonly format?: 'der' | 'pem' | 'base64' | 'armor'
  readonly maxBytes?: number
  readonly at?: Date
  readonly cipher?: string
  readonly keyTransport?: string
  readonly digest?: 'sha256' | 'sha384' | 'sha512'
  readonly layout?: 'gmt0010-sign-then-encrypt' | 'gmt0010-signed-enveloped' | 'detached-sm4'
  readonly userId?: string
  readonly peerUserId?: string
  readonly signatureShape?: 'der' | 'raw'
  readonly signs?: 'content' | 'attributes'
  readonly contentTypes?: 'gm' | 'pkcs7'
  readonly recipientNaming?: 'issuer-and-serial' | 'key-identifier'
  readonly json?: boolean
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const choice = (flags: string, text: string, choices: readonly string[]): Option =>
  new Option(flags, text).choices(choices)

/** Adds what sealing and opening have in common. */
export function withEnvelopeFlags(command: Command): Command {
  command
    .addOption(
      choice('--scheme <name>', 'family of the envelope', ['cms', 'pgp', 'gm']).makeOptionMandatory(),
    )
    .option(
      '--layer <words>',
      'sign, encrypt, gzip, zlib, base64 with commas, in the order in which the sender takes them',
      layersOf,
      ['sign', 'encrypt'],
    )
    .requiredOption('--in <file>', 'what is read')
    .option('--out <file>', 'what is written, mode 0600; it must not exist yet')
    .option(
      '--key <file>',
      'our private key: PEM, DER (gm), PKCS#12, or OpenPGP; may be given again',
      several,
    )
    .option('--cert <file>', 'its certificate, in the order of --key; not for PKCS#12 and OpenPGP', several)
    .option('--passphrase-file <file>', 'passphrase of the key, mode 0600, in the order of --key', several)
    .option('--detached <file>', 'the signature lies in a side file of its own')
    .option('--max-bytes <n>', 'largest content, in bytes; 4 GiB unless told', wholeBytes)
    .option(
      '--at <time>',
      'time by which certificates and keys are judged, such as 2026-11-20T10:00:00+08:00',
      instant,
    )
    .option('--json', 'print what was done as JSON')
  return withFamilyFlags(command)
}

function withFamilyFlags(command: Command): Command {
  return command
    .addOption(
      choice('--cipher <name>', 'cms and gm: content cipher', [
        'aes-256-gcm',
        'aes-256-cbc',
        'sm4-cbc',
        'sm4-cbc-cfca',
      ]),
    )
    .addOption(
      choice('--key-transport <name>', 'cms and gm: how the content key travels', [
        'oaep-sha256',
        'pkcs1',
        ...SM2_SHAPES,
      ]),
    )
    .addOption(choice('--digest <name>', 'cms: digest of our signature', ['sha256', 'sha384', 'sha512']))
    .addOption(
      choice('--layout <name>', 'gm: layout of the message', [
        'gmt0010-sign-then-encrypt',
        'gmt0010-signed-enveloped',
        'detached-sm4',
      ]),
    )
    .option('--user-id <text>', 'gm: id of the side that signs, for Z_A; 1234567812345678 unless told')
    .option('--peer-user-id <text>', 'gm: id of the side whose signature is read, where it differs')
    .addOption(choice('--signature-shape <name>', 'gm: DER, or r and s alone', ['der', 'raw']))
    .addOption(
      choice('--signs <what>', 'gm: the content itself, or signed attributes', ['content', 'attributes']),
    )
    .addOption(
      choice('--content-types <name>', 'gm: object identifiers of GM/T 0010 or of PKCS#7', ['gm', 'pkcs7']),
    )
    .addOption(
      choice('--recipient-naming <name>', 'gm: how the recipient is named', [
        'issuer-and-serial',
        'key-identifier',
      ]),
    )
}

const SM2_SHAPES = ['asn1', 'c1c3c2', 'c1c3c2-bare', 'c1c2c3', 'c1c2c3-bare'] as const

function layersOf(text: string): readonly EnvelopeStep[] {
  return text.split(',').map((word) => {
    const step = ENVELOPE_STEPS.find((known) => known === word.trim())
    if (step === undefined) throw new InvalidArgumentError(`${word} is none of ${ENVELOPE_STEPS.join(', ')}`)
    return step
  })
}

function wholeBytes(text: string): number {
  const bytes = Number(text)
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new InvalidArgumentError('a whole number of bytes')
}

function instant(text: string): Date {
  const at = new Date(text)
  if (!Number.isNaN(at.getTime())) return at
  throw new InvalidArgumentError('a time such as 2026-11-20T10:00:00+08:00')
}

/** The terms of sealing or of opening. Throws CommandEnd (usage) for what does not fit together, and KeyRefused. */
export async function termsOf(flags: EnvelopeFlags, direction: 'outward' | 'inward'): Promise<EnvelopeTerms> {
  refuseMisfits(flags)
  const steps = { outward: [], inward: [], [direction]: flags.layer }
  const common = { steps, ...(flags.maxBytes !== undefined && { maxContentBytes: flags.maxBytes }) }
  switch (flags.scheme) {
    case 'cms':
      return { scheme: 'cms', ...common, ...certifiedTerms(flags), ...cmsOptions(flags) }
    case 'gm':
      return { scheme: 'gm', ...common, ...certifiedTerms(flags), options: gmOptions(flags) }
    case 'pgp':
      return { scheme: 'pgp', ...common, ...(await pgpParties(flags)), armored: flags.format === 'armor' }
  }
}

/** Every flag of another family is a mistake, and so is an order of steps that makes no sense. */
function refuseMisfits(flags: EnvelopeFlags): void {
  const [problem] = stepProblems(flags.scheme, flags.layer)
  if (problem !== undefined) throw usage(`--layer: ${problem.zh} / ${problem.en}`)
  const formats = flags.scheme === 'pgp' ? ['armor'] : ['der', 'pem', 'base64']
  if (flags.format !== undefined && !formats.includes(flags.format))
    throw usage(`--format ${flags.format} is not one of ${flags.scheme}`)
  if (flags.scheme === 'pgp' && flags.cert.length > 0) throw usage('OpenPGP keys have no --cert')
  if (flags.scheme === 'pgp' && flags.trust.length > 0 && flags.from.length > 0)
    throw usage('OpenPGP has no authorities: pin keys by --from')
}

/** A mistake of whoever typed the command. */
export const usage = (message: string): CommandEnd => new CommandEnd(exit.usage, message)

/** Without --from the trusted certificates are the signers; beside it they are roots that must vouch for them. */
function certifiedTerms(flags: EnvelopeFlags): CertifiedTerms {
  const { from, trust, to, crl } = flags
  if (crl.length > 0 && (from.length === 0 || trust.length === 0))
    throw usage('--crl needs --from and the root of --trust')
  const [signing] = pairsOf(flags)
  return {
    ...(signing && { signing, opening: pairsOf(flags) }),
    ...(to !== undefined && { recipientPath: to }),
    trustedSignerPaths: from.length > 0 ? from : trust,
    ...(from.length > 0 && trust.length > 0 && { rootPaths: trust }),
    ...(crl.length > 0 && { revocationListPaths: crl }),
  }
}

function pairsOf({ key, cert, passphraseFile }: EnvelopeFlags): readonly KeyPairPaths[] {
  return key.map((keyPath, at) => {
    const passphrasePath = passphraseFile[at]
    const certificatePath = cert[at]
    if (certificatePath !== undefined)
      return {
        kind: 'pem',
        keyPath,
        certificatePath,
        ...(passphrasePath !== undefined && { passphrasePath }),
      }
    if (passphrasePath === undefined)
      throw usage(`--key ${keyPath} needs --cert, or --passphrase-file if it is a PKCS#12 file`)
    return { kind: 'pkcs12', path: keyPath, passphrasePath }
  })
}

function cmsOptions({ cipher, keyTransport, digest }: EnvelopeFlags) {
  return {
    ...(cipher !== undefined && { cipher: oneOf(['aes-256-gcm', 'aes-256-cbc'], cipher, '--cipher') }),
    ...(keyTransport !== undefined && {
      keyTransport: oneOf(['oaep-sha256', 'pkcs1'], keyTransport, '--key-transport'),
    }),
    ...(digest !== undefined && { digest }),
  }
}

/** Terms of the Chinese family that the flags name. */
export function gmOptions(flags: EnvelopeFlags): NonNullable<GmTerms['options']> {
  const { layout, userId, peerUserId, signatureShape, signs, contentTypes, recipientNaming } = flags
  const { cipher, keyTransport } = flags
  return {
    ...(layout !== undefined && { layout }),
    ...(userId !== undefined && { userId }),
    ...(peerUserId !== undefined && { peerUserId }),
    ...(signatureShape !== undefined && { signatureShape }),
    ...(signs !== undefined && { signs }),
    ...(contentTypes !== undefined && { contentTypes }),
    ...(recipientNaming !== undefined && { recipientNaming }),
    ...(cipher !== undefined && { cipher: oneOf(['sm4-cbc', 'sm4-cbc-cfca'], cipher, '--cipher') }),
    ...(keyTransport !== undefined && { keyTransport: oneOf(SM2_SHAPES, keyTransport, '--key-transport') }),
  }
}

function oneOf<const Word extends string>(words: readonly Word[], given: string, flag: string): Word {
  const found = words.find((word) => word === given)
  if (found !== undefined) return found
  throw usage(`${flag} ${given} is not one of this scheme: ${words.join(', ')}`)
}

async function pgpParties(flags: EnvelopeFlags) {
  const secrets = flags.key.map((keyPath, at) => {
    const passphrasePath = flags.passphraseFile[at]
    return { keyPath, ...(passphrasePath !== undefined && { passphrasePath }) }
  })
  const [signing] = secrets
  const signers = flags.from.length > 0 ? flags.from : flags.trust
  return {
    ...(signing && { signing, opening: secrets }),
    ...(flags.to !== undefined && { recipient: await pinned(flags.to, flags.fingerprint) }),
    trustedSigners: await Promise.all(signers.map((path) => pinned(path, flags.fingerprint))),
  }
}

/** A key file on a desk is its own pin, unless its fingerprint was told on another way. */
export async function pinned(path: string, told: string | undefined): Promise<PgpPublicKeyPath> {
  return { path, fingerprint: told ?? (await pgpKeyValidity(readPublicFile(path), path)).fingerprint }
}
