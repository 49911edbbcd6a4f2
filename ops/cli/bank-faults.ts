/** `huida bank faults`: what simulated banks can do wrong, from the one literal that checks scripts too. */
import { type Command, InvalidArgumentError } from 'commander'
import { readFaultScript } from '../simulator/misdeeds/fault-script.ts'
import { misdeedNames, misdeedOf } from '../simulator/misdeeds/misdeed-catalog.ts'
import { CommandEnd, exit, print, toJson } from './output.ts'
import { textTable } from './text-table.ts'

interface FaultsFlags {
  readonly fault?: string
  readonly check?: string
  readonly markdown?: boolean
  readonly json?: boolean
}

const examples = `
Examples:
  $ huida bank faults
  $ huida bank faults --fault F58
  $ huida bank faults --check drill.yaml
`

/** Adds the subcommand `faults`. */
export function addFaultsCommand(command: Command): void {
  command
    .command('faults')
    .description('what simulated banks can do wrong, and which faults of the matrix it exercises')
    .addHelpText('before', examples)
    .option('--fault <id>', 'only what exercises this fault, such as F58', faultId)
    .option('--check <file|rules>', 'check a script and print its rules as they are understood')
    .option('--markdown', 'print the table as Markdown')
    .option('--json', 'print JSON')
    .action((flags: FaultsFlags) => (flags.check === undefined ? list(flags) : check(flags.check)))
}

function list(flags: FaultsFlags): void {
  const { fault } = flags
  const names = misdeedNames.filter((name) => fault === undefined || misdeedOf(name).faults.includes(fault))
  if (flags.json) print(toJson(names.map((name) => ({ name, ...misdeedOf(name) }))))
  else if (flags.markdown) for (const line of markdownTable(names)) print(line)
  else print(textTable(names.map(columnsOf)))
}

function check(fileOrRules: string): void {
  const read = readFaultScript(fileOrRules)
  if (read.kind === 'refused') throw new CommandEnd(exit.refused, read.problems.join('\n'))
  for (const rule of read.rules) print(toJson(rule))
}

type Name = (typeof misdeedNames)[number]

function columnsOf(name: Name): readonly string[] {
  const { stage, zh, en, faults, takes } = misdeedOf(name)
  return [name, stage, faults.join(' '), takes.join(' '), `${zh} / ${en}`]
}

/** The table as it stands in the guide to drills. */
export function* markdownTable(names: readonly Name[], language?: 'zh' | 'en'): Generator<string> {
  yield language === 'zh'
    ? '| 名称 | 环节 | 故障 | 参数 | 表现 |'
    : '| name | where | faults | takes | what happens |'
  yield '| --- | --- | --- | --- | --- |'
  for (const name of names) {
    const { stage, faults, takes, zh, en } = misdeedOf(name)
    const words = language === undefined ? `${zh} / ${en}` : { zh, en }[language]
    yield `| \`${name}\` | ${stage} | ${faults.join(' ')} | ${takes.join(' ')} | ${words} |`
  }
}

function faultId(text: string): string {
  if (!/^F\d\d$/.test(text)) throw new InvalidArgumentError('an id such as F58')
  return text
}
