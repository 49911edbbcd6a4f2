/** `--field-key` and `--field-cipher`: how single fields of a bank file are encrypted, with a key from a file only. */
import { type Command, InvalidArgumentError } from 'commander'
import { createFieldCipher, type FieldCipherOptions, readFieldCipherKey } from '../../crypto/field-cipher.ts'
import type { CompiledProfile, FieldCipher } from '../../formats/profile/compiled-profile.ts'
import { charset } from '../../formats/values/charset.ts'
import { CommandEnd, exit, say } from './output.ts'

/** What the two options give. */
export interface FieldCipherFlags {
  readonly fieldKey?: string
  /** Words that were checked when the command line was read. */
  readonly fieldCipher: string
}

/** Adds the options to a command. */
export const withFieldCipher = (command: Command): Command =>
  command
    .option('--field-key <file>', 'file of the SM4 key (32 hex digits) for columns that are encrypted')
    .option(
      '--field-cipher <words>',
      'sm4-ecb or sm4-cbc, hex or base64, utf8 or gb18030 or gbk; joined by colons',
      checkedWords,
      'sm4-ecb:hex:utf8',
    )

const algorithms = { 'sm4-ecb': 'sm4-ecb', 'sm4-cbc': 'sm4-cbc' } as const
const encodings = { hex: 'hex', base64: 'base64' } as const
const charsets = { utf8: 'utf8', gb18030: 'gb18030', gbk: 'gbk' } as const

function checkedWords(text: string): string {
  cipherOptions(text)
  return text
}

function cipherOptions(text: string): FieldCipherOptions {
  const options = {
    algorithm: 'sm4-ecb',
    encoding: 'hex',
    text: charset('utf8'),
  } satisfies FieldCipherOptions
  return text
    .split(':')
    .filter((word) => word !== '')
    .reduce<FieldCipherOptions>((so, word) => withWord(so, word), options)
}

function withWord(options: FieldCipherOptions, word: string): FieldCipherOptions {
  const [algorithm, encoding, text] = [known(algorithms, word), known(encodings, word), known(charsets, word)]
  if (algorithm) return { ...options, algorithm }
  if (encoding) return { ...options, encoding }
  if (text) return { ...options, text: charset(text) }
  throw new InvalidArgumentError(`${word} is none of sm4-ecb, sm4-cbc, hex, base64, utf8, gb18030, gbk`)
}

const known = <Value>(values: Readonly<Record<string, Value>>, word: string): Value | undefined =>
  Object.hasOwn(values, word) ? values[word] : undefined

/** The cipher of a command; says so where the bank encrypts columns and no key was given. Throws KeyRefused. */
export function fieldCipherOf(
  profile: Pick<CompiledProfile, 'id' | 'encryptedItems'>,
  flags: FieldCipherFlags,
): FieldCipher | undefined {
  if (flags.fieldKey !== undefined) {
    if (profile.encryptedItems.length === 0)
      throw new CommandEnd(exit.usage, `${profile.id} has no encrypted columns; --field-key has no use here`)
    return createFieldCipher(readFieldCipherKey(flags.fieldKey), cipherOptions(flags.fieldCipher))
  }
  if (profile.encryptedItems.length > 0)
    say(
      `没有 --field-key：${profile.encryptedItems.join('、')} 按明文处理 / no --field-key: ${profile.encryptedItems.join(', ')} stay plain`,
    )
  return undefined
}
