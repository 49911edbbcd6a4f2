/** `huida profile`: lists bank profiles, checks one that somebody wrote, and shows what its files look like. */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { FileHeader, PaymentLine } from '../../formats/bank-file.ts'
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { parseProfile } from '../../formats/profile/load-catalog.ts'
import { charset } from '../../formats/values/charset.ts'
import { money } from '../../formats/values/money.ts'
import { openCatalog, profileOf } from './desk-profile.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

interface Flags {
  readonly catalog?: string
  readonly json?: boolean
}

/** The command `profile` with its subcommands. */
export function profileCommand(): Command {
  const command = new Command('profile').description('bank profiles: what a bank takes and how it answers')
  command
    .command('list')
    .description('list the profiles')
    .addHelpText(
      'before',
      '\nExamples:\n  $ huida profile list\n  $ huida profile list --catalog ./profiles --json\n',
    )
    .option('--catalog <dir>', 'folder of profiles instead of the shipped ones')
    .option('--json', 'print JSON')
    .action(list)
  command
    .command('check <file>')
    .description('check a profile document, and name every problem by its line')
    .addHelpText('before', '\nExamples:\n  $ huida profile check ./profiles/my-bank.yaml\n')
    .option('--json', 'print JSON')
    .action(check)
  command
    .command('preview <id>')
    .description('write three sample people in the profile, with a ruler that counts bytes')
    .addHelpText('before', '\nExamples:\n  $ huida profile preview rural-fixed\n')
    .option('--catalog <dir>', 'folder of profiles instead of the shipped ones')
    .option('--json', 'print JSON')
    .action(preview)
  return command
}

function list(flags: Flags): void {
  const profiles = [...openCatalog(flags.catalog).values()].map((profile) => ({
    id: profile.id,
    version: profile.version,
    title: profile.title,
    charset: profile.charset,
    resultStyle: profile.resultStyle,
    maxRows: profile.limits.maxRows,
    settings: profile.sampleSettings,
  }))
  if (flags.json) print(toJson(profiles))
  else
    for (const each of profiles)
      print([each.id.padEnd(16), `v${each.version}`, each.charset.padEnd(8), each.title].join('  '))
}

async function check(path: string, flags: Flags): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  })
  const parsed = parseProfile(text, path)
  if (parsed.kind === 'refused') {
    const lines = parsed.problems.map(
      (each) => `${path}:${each.line} ${each.path}: ${each.messageZh} / ${each.messageEn}`,
    )
    throw new CommandEnd(exit.refused, flags.json ? toJson({ problems: parsed.problems }) : lines.join('\n'))
  }
  const { id, version, title } = parsed.profile
  if (flags.json) print(toJson({ id, version, title }))
  else say(`${id} version ${version} holds: ${title}`)
}

const samplePeople = [
  {
    payeeName: '张三',
    payeeAccount: '6217999990000000017',
    payeeIdNumber: '110105188001010017',
    amountFen: money(50000n),
  },
  {
    payeeName: '李珅',
    payeeAccount: '6217999990000000025',
    payeeIdNumber: '110105188001010025',
    amountFen: money(123456n),
  },
  {
    payeeName: '王䶮',
    payeeAccount: '6217999990000000033',
    payeeIdNumber: '110105188001010033',
    amountFen: money(10001n),
  },
]

function preview(id: string, flags: Flags): void {
  const profile = profileOf(id, flags.catalog)
  const header = sampleHeader(profile)
  const text = charset(profile.charset).decode(sampleFile(profile, header))
  const name = profile.fileName(header)
  const data = { name, md5: '0'.repeat(32), sha256: '0'.repeat(64), sizeBytes: text.length }
  const sideFiles = profile.sideFiles(header, data).map((side) => side.name)
  const lines = text.split(/\r\n|\n|\r/u).filter((line) => line !== '')
  if (flags.json)
    print(
      toJson({
        name,
        sideFiles,
        lines,
        sizes: lines.map((line) => charset(profile.charset).byteLength(line)),
      }),
    )
  else {
    print([name, ...sideFiles].join('  '))
    for (const line of lines) print(`${line}\n${byteRuler(profile, line)}`)
  }
}

const sampleHeader = (profile: CompiledProfile): FileHeader => ({
  businessDate: '20261121',
  sequence: 1,
  fileNumber: '202611210001',
  count: samplePeople.length,
  totalFen: money(samplePeople.reduce((sum, person) => sum + person.amountFen, 0n)),
  programmeName: '耕地地力保护补贴',
  fundingAccount: '43050166360800000999',
  settings: profile.sampleSettings,
})

function sampleFile(profile: CompiledProfile, header: FileHeader): Buffer {
  const lines = samplePeople.map((person, index): PaymentLine => {
    const seq = index + 1
    return {
      ...person,
      seq,
      serial: `${header.fileNumber}${`${seq}`.padStart(8, '0')}`,
      remark: '耕地地力补贴',
    }
  })
  const writer = profile.writer(header)
  return Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
}

/** Marks every tenth byte under the character that it belongs to; wide characters take two columns of a screen. */
function byteRuler(profile: CompiledProfile, line: string): string {
  const codec = charset(profile.charset)
  let ruler = ''
  let column = 0
  let bytes = 0
  for (const character of line) {
    const before = Math.floor(bytes / 10)
    bytes += codec.byteLength(character)
    const mark = Math.floor(bytes / 10)
    if (mark > before) ruler = `${ruler.padEnd(column, '.')}${mark * 10}`
    column += (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1
  }
  return `${ruler.padEnd(column, '.')} ${bytes} bytes`
}
