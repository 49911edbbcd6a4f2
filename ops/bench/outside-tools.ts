/**
 * The command lines that a bank's staff would use, doing the same to the same file in the same run. openssl has no
 * messages of the Chinese family, so there it only digests and encrypts.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchFamily } from './envelope-parties.ts'
import { type Cost, type Program, runPrograms } from './measured-process.ts'

/** A tool that seals and opens; `open` takes what `seal` made. */
export interface OutsideTool {
  readonly command: string
  seal(): Promise<Cost>
  open(): Promise<Cost>
  end(): Promise<void>
}

/** A tool is missing on this machine. */
export interface MissingTool {
  readonly command: string
  readonly missing: true
}

const KEY = '00112233445566778899aabbccddeeff'
const words = (text: string): string[] => text.split(' ')

/** The tool of a family over the content at `inPath`, with the keys of `makeBenchParties` in `folder`. */
export async function outsideTool(
  family: BenchFamily,
  folder: string,
  inPath: string,
): Promise<OutsideTool | MissingTool> {
  const command = family === 'pgp' ? 'gpg' : 'openssl'
  if (!(await isThere(command))) return { command, missing: true }
  switch (family) {
    case 'cms':
      return openssl(...cmsPrograms(folder, inPath))
    case 'gm':
      return openssl(...gmPrograms(folder, inPath))
    case 'pgp':
      return gnupg(folder, inPath)
  }
}

async function isThere(command: string): Promise<boolean> {
  try {
    await runPrograms([[command, command === 'gpg' ? '--version' : 'version']], {})
    return true
  } catch {
    return false
  }
}

type Programs = readonly Program[]

function openssl(seal: Programs, open: Programs): OutsideTool {
  return {
    command: 'openssl',
    seal: () => runPrograms(seal, {}),
    open: () => runPrograms(open, {}),
    end: async () => undefined,
  }
}

/** Both sides stream what they can: a pipe on two cores against our one. */
function cmsPrograms(folder: string, inPath: string): [Programs, Programs] {
  const at = (name: string): string => join(folder, name)
  const sign = ['-in', inPath, '-signer', at('us.crt'), '-inkey', at('us.key')]
  const oaep = '-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256'
  return [
    [
      ['openssl', ...words('cms -sign -binary -nodetach -stream -outform DER'), ...sign],
      [
        'openssl',
        ...words('cms -encrypt -binary -stream -aes-256-gcm -outform DER -out'),
        at('outside.sealed'),
        '-recip',
        at('bank.crt'),
        ...words(oaep),
      ],
    ],
    [
      [
        'openssl',
        ...words('cms -decrypt -binary -inform DER -in'),
        at('outside.sealed'),
        '-inkey',
        at('bank.key'),
        '-recip',
        at('bank.crt'),
      ],
      [
        'openssl',
        ...words('cms -verify -binary -inform DER -purpose any -CAfile'),
        at('us.crt'),
        '-out',
        at('outside.out'),
      ],
    ],
  ]
}

function gmPrograms(folder: string, inPath: string): [Programs, Programs] {
  const cipher = words(`enc -sm4-cbc -K ${KEY} -iv ${KEY}`)
  const [sealed, out] = [join(folder, 'outside.sealed'), join(folder, 'outside.out')]
  const digest: Program = ['openssl', 'dgst', '-sm3', inPath]
  return [
    [digest, ['openssl', ...cipher, '-in', inPath, '-out', sealed]],
    [digest, ['openssl', ...cipher, '-d', '-in', sealed, '-out', out]],
  ]
}

/** A keyring of its own, in which everybody is trusted. */
async function gnupg(folder: string, inPath: string): Promise<OutsideTool> {
  const home = join(folder, 'gnupg')
  mkdirSync(home)
  chmodSync(home, 0o700)
  const env = { GNUPGHOME: home }
  const gpg = (...args: readonly string[]): Program => [
    'gpg',
    ...words('--batch --yes --quiet --trust-model always'),
    ...args,
  ]
  await runPrograms([gpg('--import', join(folder, 'us.key'))], env)
  await runPrograms([gpg('--import', join(folder, 'bank.key'))], env)
  const [sealed, out] = [join(folder, 'outside.sealed'), join(folder, 'outside.out')]
  const forBank = words('-z 0 --cipher-algo AES256 -u us@bench.invalid -r bank@bench.invalid')
  return {
    command: 'gpg',
    seal: () => runPrograms([gpg(...forBank, '-o', sealed, '--sign', '--encrypt', inPath)], env),
    open: () => runPrograms([gpg('-o', out, '--decrypt', sealed)], env),
    end: async () => {
      await runPrograms([['gpgconf', '--kill', 'all']], env)
    },
  }
}
