/**
 * `huida envelope`: seals, opens and looks at envelopes on a desk, without a database, by the same code as the service.
 * Content streams; what is opened appears under its name only after all of it was verified.
 */
import { Command, Option } from 'commander'
import { openAgreedEnvelope } from '../../crypto/agreed-envelope.ts'
import { toBase64 } from '../../crypto/base64-stream.ts'
import { type EnvelopeKeys, EnvelopeRefused } from '../../crypto/envelope.ts'
import { envelopeSentences } from '../../crypto/envelope-sentences.ts'
import { inspectEnvelope } from '../../crypto/inspect/inspect-envelope.ts'
import { binaryMessage, withPem } from '../../crypto/pem-stream.ts'
import { spoolToScratch } from '../../crypto/scratch-file.ts'
import { sealDetached, verifySideFile } from './envelope-detached.ts'
import { type EnvelopeFlags, termsOf, usage, withEnvelopeFlags } from './envelope-flags.ts'
import { fileSource, folderOf, refuseTaken, writeNewFile } from './envelope-output.ts'
import { descriptionText } from './envelope-text.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

const sealExamples = `
Examples:
  $ huida envelope seal --scheme cms --key our.key --cert our.crt --to bank.crt --in DF.txt --out DF.txt.p7m
  $ huida envelope seal --scheme gm --key our.key --cert our.crt --passphrase-file our.pass --to bank.crt --in DF.txt --out DF.p7m
  $ huida envelope seal --scheme pgp --key our.asc --to bank.asc --format armor --in DF.txt --out DF.txt.asc
  $ huida envelope seal --scheme gm --layer sign --detached DF.txt.sig --key our.key --cert our.crt --in DF.txt
`

const openExamples = `
Examples:
  $ huida envelope open --scheme cms --key our.key --cert our.crt --from bank.crt --in DF.RES.p7m --out DF.RES
  $ huida envelope open --scheme cms --layer sign --from bank.crt --trust root.crt --crl root.crl --in a.p7m --out a.txt
  $ huida envelope open --scheme pgp --key our.asc --passphrase-file our.pass --from bank.asc --in DF.pgp --out DF.RES
  $ huida envelope open --scheme gm --layer sign --detached DF.txt.sig --from bank.crt --in DF.txt
`

const inspectExamples = `
Examples:
  $ huida envelope inspect --in DF.RES.p7m
  $ huida envelope inspect --in DF.RES.p7m --json
`

/** The command `envelope` with its subcommands. */
export function envelopeCommand(): Command {
  const command = new Command('envelope').description('seal, open and inspect envelopes, without a database')
  withEnvelopeFlags(
    command
      .command('seal')
      .description('sign and encrypt a file for a bank')
      .addHelpText('before', sealExamples)
      .option('--to <file>', 'certificate or OpenPGP key of whoever may open')
      .addOption(
        new Option('--format <name>', 'cms and gm: der, pem or base64; pgp: armor').choices([
          'der',
          'pem',
          'base64',
          'armor',
        ]),
      ),
  )
    .option('--fingerprint <hex>', 'pgp: fingerprint that the key of --to must have')
    .action((flags: EnvelopeFlags) => refusalsTold(() => seal(filled(flags))))
  withEnvelopeFlags(
    command
      .command('open')
      .description(
        'open a file: nothing is written unless everything in it verified; exit code 3 when refused',
      )
      .addHelpText('before', openExamples)
      .option(
        '--from <file>',
        'certificate or OpenPGP key whose signature counts; may be given again',
        several,
      )
      .option('--trust <file>', 'root that must stand behind --from; alone, the signer itself', several)
      .option('--crl <file>', 'cms and gm: revocation list, beside --from and --trust', several),
  )
    .option('--fingerprint <hex>', 'pgp: fingerprint that the key of --from must have')
    .action((flags: EnvelopeFlags) => refusalsTold(() => open(filled(flags))))
  command
    .command('inspect')
    .description('tell what a file is without any key: layers, algorithms, recipients, signers, sizes')
    .addHelpText('before', inspectExamples)
    .requiredOption('--in <file>', 'what is read')
    .option('--json', 'print JSON')
    .action((flags: InspectFlags) => refusalsTold(() => inspect(flags)))
  return command
}

interface InspectFlags {
  readonly in: string
  readonly json?: boolean
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** Flags that were not given, or that only the other command has, are empty lists. */
const filled = (flags: Partial<EnvelopeFlags> & EnvelopeFlags): EnvelopeFlags => ({
  ...{ key: [], cert: [], passphraseFile: [], from: [], trust: [], crl: [] },
  ...flags,
})

/** A refusal ends with 3, its code and its sentence in both languages; details follow, never content. */
async function refusalsTold(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (error instanceof RangeError) throw usage(error.message)
    if (!(error instanceof EnvelopeRefused)) throw error
    const { zh, en } = envelopeSentences[error.code]
    throw new CommandEnd(exit.refused, `${error.code}: ${zh} / ${en} (${error.message})`)
  }
}

async function seal(flags: EnvelopeFlags): Promise<void> {
  const content = fileSource(flags.in)
  if (flags.detached !== undefined) return sealBeside(content, flags, flags.detached)
  const out = neededOut(flags)
  refuseTaken(out)
  const terms = await termsOf(flags, 'outward')
  const envelope = await openAgreedEnvelope(terms, useOf(flags, out))
  const sizeBytes = await writeNewFile(out, formatted(envelope.seal(content), flags.format))
  tell(flags, { out, sizeBytes, ...envelope.sealKeys })
}

async function sealBeside(
  content: () => AsyncIterable<Buffer>,
  flags: EnvelopeFlags,
  sidePath: string,
): Promise<void> {
  refuseUnlessSigned(flags)
  refuseTaken(sidePath)
  const terms = await termsOf(flags, 'outward')
  const side = await sealDetached(content, terms, flags)
  const sizeBytes = await writeNewFile(sidePath, formatted(only(side), flags.format))
  tell(flags, { out: sidePath, sizeBytes })
}

async function open(flags: EnvelopeFlags): Promise<void> {
  const sealed = fileSource(flags.in)
  if (flags.out !== undefined) refuseTaken(flags.out)
  if (flags.detached !== undefined) return openBeside(sealed, flags, flags.detached)
  const out = neededOut(flags)
  const terms = await termsOf(flags, 'inward')
  const envelope = await openAgreedEnvelope(terms, useOf(flags, out))
  const opened = await envelope.open(await messageOf(sealed, flags), flags.at ?? new Date())
  try {
    const sizeBytes = await writeNewFile(out, opened.content())
    tell(flags, { out, sizeBytes, sha256: opened.sha256, ...opened.keys })
  } finally {
    await opened.discard()
  }
}

/** The content is read once more than the signature needs, from a copy that nobody can change meanwhile. */
async function openBeside(
  content: () => AsyncIterable<Buffer>,
  flags: EnvelopeFlags,
  sidePath: string,
): Promise<void> {
  refuseUnlessSigned(flags)
  const terms = await termsOf(flags, 'inward')
  const held = await spoolToScratch(content(), folderOf(flags.out ?? flags.in))
  try {
    fileSource(sidePath)
    await verifySideFile(held.content, sidePath, terms, flags)
    if (flags.out !== undefined) await writeNewFile(flags.out, held.content())
    const { sizeBytes, sha256 } = held
    tell(flags, { ...(flags.out !== undefined && { out: flags.out }), sizeBytes, sha256 })
  } finally {
    await held.discard()
  }
}

async function inspect(flags: InspectFlags): Promise<void> {
  const description = await inspectEnvelope(fileSource(flags.in)())
  print(flags.json ? toJson(description) : descriptionText(description))
}

/** PEM and Base64 are taken off without being asked for, unless the agreement itself has a step for it. */
async function messageOf(
  sealed: () => AsyncIterable<Buffer>,
  { scheme, layer }: EnvelopeFlags,
): Promise<AsyncIterable<Buffer>> {
  if (scheme === 'pgp' || layer.at(-1) === 'base64') return sealed()
  return (await binaryMessage(sealed())).chunks
}

function formatted(chunks: AsyncIterable<Buffer>, format: EnvelopeFlags['format']): AsyncIterable<Buffer> {
  if (format === 'pem') return withPem(chunks, 'CMS')
  return format === 'base64' ? toBase64(chunks) : chunks
}

function useOf({ at }: EnvelopeFlags, out: string) {
  return { scratchFolder: folderOf(out), ...(at !== undefined && { now: () => at }) }
}

function neededOut({ out }: EnvelopeFlags): string {
  if (out !== undefined) return out
  throw usage('--out is needed')
}

function refuseUnlessSigned({ layer }: EnvelopeFlags): void {
  if (layer.length !== 1 || layer[0] !== 'sign') throw usage('--detached goes with --layer sign')
}

interface Done extends EnvelopeKeys {
  readonly out?: string
  readonly sizeBytes: number
  readonly sha256?: string
}

function tell({ scheme, layer, json }: EnvelopeFlags, done: Done): void {
  if (json) {
    print(toJson({ scheme, layers: layer, ...done }))
    return
  }
  const { out, ...facts } = done
  const shown = Object.entries(facts).map(([name, value]) => `${name} ${value}`)
  say(`完成 done: ${[...(out === undefined ? [] : [out]), ...shown].join(', ')}`)
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
