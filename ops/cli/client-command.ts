/** `huida client`: who may call the API. A token is shown once, on stdout; only its SHA-256 is kept (security.md). */
import { userInfo } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { recordAct } from '../../gateway/audit-store.ts'
import { isFault } from '../../gateway/faults.ts'
import type { Db } from '../../gateway/store/pool.ts'
import { inTransaction } from '../../gateway/store/transaction.ts'
import { createClient } from '../api/client-store.ts'
import { disableClient, listClients } from './client-registry-store.ts'
import { withDatabase } from './command-database.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { chinaTime, textTable } from './text-table.ts'

interface Flags {
  readonly json?: boolean
}

const examples = `
Examples:
  $ (umask 077; huida client add county-finance > county-finance.token)
  $ huida client list
  $ huida client disable county-finance
`

/** The command `client` with its subcommands. */
export function clientCommand(): Command {
  const command = new Command('client').description('who may call the API').addHelpText('before', examples)
  const sub = (usage: string, description: string): Command =>
    command
      .command(usage)
      .description(description)
      .addHelpText('before', examples)
      .option('--json', 'print JSON')
  sub('add', 'enter a client and print its token, which cannot be shown again')
    .argument('<name>', 'lower-case letters, digits and hyphens', clientName)
    .action(add)
  sub('list', 'list the clients').action(list)
  sub('disable', 'take no more calls of a client; running services notice within 5 seconds')
    .argument('<name>', 'name of the client', clientName)
    .action(disable)
  return command
}

async function add(name: string, flags: Flags): Promise<void> {
  const token = await withDatabase((db) => enter(db, name))
  print(flags.json ? toJson({ client: name, token }) : token)
  say(
    `令牌只显示这一次，请存入 0600 文件 / The token of ${name} is shown this once; keep it in a file of mode 0600.`,
  )
}

async function enter(db: Db, name: string): Promise<string> {
  if ((await listClients(db)).some(({ client }) => client === name)) throw taken(name)
  try {
    return await inTransaction(db, async (tx) => {
      const token = await createClient(tx, name)
      await recordAct(tx, undefined, actor(), 'client.created', name)
      return token
    })
  } catch (error) {
    // Somebody else was faster.
    throw isFault(error) && error.code === 'CONFIGURATION_INVALID' ? taken(name) : error
  }
}

const taken = (name: string): CommandEnd =>
  new CommandEnd(
    exit.refused,
    `已有同名客户端 / There is a client ${name} already; names are never used twice.`,
  )

async function list(flags: Flags): Promise<void> {
  const clients = await withDatabase(listClients)
  if (flags.json) return print(toJson(clients))
  const rows = clients.map(({ client, createdAt, disabledAt }) => [
    client,
    chinaTime(createdAt),
    disabledAt ? `停用 disabled ${chinaTime(disabledAt)}` : '有效 active',
  ])
  if (rows.length === 0) return say('还没有客户端 / There are no clients yet; see: huida client add --help')
  print(textTable([['客户端 client', '建立 created', '状态 state'], ...rows]))
}

async function disable(name: string, flags: Flags): Promise<void> {
  const disabledAt = await withDatabase((db) =>
    inTransaction(db, async (tx) => {
      const since = await disableClient(tx, name)
      if (since) await recordAct(tx, undefined, actor(), 'client.disabled', name)
      return since
    }),
  )
  if (!disabledAt) throw new CommandEnd(exit.refused, `没有这个客户端 / There is no client ${name}.`)
  if (flags.json) print(toJson({ client: name, disabledAt }))
  else say(`已停用 / ${name} is disabled since ${chinaTime(disabledAt)}.`)
}

const actor = (): string => `cli:${userInfo().username}`

function clientName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('A name has 1 to 63 lower-case letters, digits and hyphens.')
}
