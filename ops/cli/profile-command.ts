/** `huida profile`: lists bank profiles, checks those that somebody wrote, and shows what their files look like. */
import { Command } from 'commander'
import { withLanguage } from './language.ts'
import { checkProfiles } from './profile-check.ts'
import { listCodes, listProfiles } from './profile-list.ts'
import { previewProfile } from './profile-preview.ts'

/** The command `profile` with its subcommands. */
export function profileCommand(): Command {
  const command = new Command('profile').description('bank profiles: what a bank takes and how it answers')
  withCatalog(command.command('list').description('list the profiles: layout, charset, answers, fidelity'))
    .addHelpText(
      'before',
      '\nExamples:\n  $ huida profile list\n  $ huida profile list --catalog ./profiles --json\n',
    )
    .action(listProfiles)
  withLanguage(command.command('check <file...>'))
    .description(
      'check profile documents; name every problem by line and in words, with a valid way to write it',
    )
    .addHelpText(
      'before',
      '\nExamples:\n  $ huida profile check ./profiles/my-bank.yaml\n  $ huida profile check ./profiles/*.yaml --lang zh\n  $ huida profile check my-bank.yaml --json\n',
    )
    .option('--json', 'print JSON, with both languages')
    .action(checkProfiles)
  withLanguage(withCatalog(command.command('preview <id-or-file>')))
    .description('write sample people in the profile under a ruler that counts bytes, and answer them')
    .addHelpText(
      'before',
      '\nExamples:\n  $ huida profile preview rural-fixed\n  $ huida profile preview ./profiles/my-bank.yaml --people people.ndjson\n',
    )
    .option('--people <file>', 'people of your own, one JSON object a line, instead of the made-up ones')
    .action(previewProfile)
  withCatalog(command.command('codes <id-or-file>'))
    .description("print the bank's codes: what each means and which outcome it has")
    .addHelpText('before', '\nExamples:\n  $ huida profile codes rural-fixed\n')
    .action(listCodes)
  return command
}

const withCatalog = (command: Command): Command =>
  command
    .option('--catalog <dir>', 'folder of profiles instead of the shipped ones')
    .option('--json', 'print JSON')
