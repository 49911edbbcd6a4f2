/** `huida audit`: the trail of who did what, recomputed from its first row, and anchored outside the database. */
import { Command } from 'commander'
import { AnchorRefused, anchorLine, appendAnchor, readAnchors } from '../../gateway/audit-anchor.ts'
import type { ChainFlaw } from '../../gateway/audit-chain.ts'
import { readChainHead } from '../../gateway/audit-chain-store.ts'
import { type AuditVerdict, verifyAudit } from '../../gateway/audit-verify.ts'
import { withDatabase } from './command-database.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { openProgressBar } from './progress-bar.ts'

const examples = `
Examples:
  $ huida audit anchor >> /mnt/other-machine/huida-audit.anchors
  $ huida audit verify
  $ huida audit verify --anchor /mnt/other-machine/huida-audit.anchors --json
`

/** The command `audit` with its subcommands. */
export function auditCommand(): Command {
  const command = new Command('audit')
    .description('who did what: prove that the trail is whole')
    .addHelpText('before', examples)
  command
    .command('verify')
    .description('recompute the trail from its first row and name the first bad one; exit code 4 then')
    .addHelpText('before', examples)
    .option('--anchor <file>', 'compare with the lines that `huida audit anchor` wrote into this file')
    .option('--json', 'print JSON')
    .action(verify)
  command
    .command('anchor')
    .description('print the line that stands for the trail as it is now; keep it outside the database')
    .addHelpText('before', examples)
    .option('--write <file>', 'add the line to this file, and return when it lies on the disk')
    .action(anchor)
  return command
}

async function verify(flags: { anchor?: string; json?: boolean }): Promise<void> {
  const { anchor: path } = flags
  const bar = openProgressBar('核对审计 audit', '行 rows')
  const verdict = await withDatabase((db) =>
    verifyAudit(db, {
      ...(path !== undefined && { anchors: () => readAnchors(path) }),
      progress: (done, all) => bar.show(Number(done), Number(all)),
    }),
  )
    .catch((error: unknown) => refuse(path ?? '', error))
    .finally(bar.close)
  const { good, anchors, flaw } = verdict
  if (flags.json)
    print(toJson({ holds: flaw === undefined, count: good.count, hash: good.hash, anchors, flaw }))
  else print(verdictText(verdict))
  if (flaw)
    throw new CommandEnd(
      exit.inDoubt,
      `审计链断裂 / The trail is broken: ${flawText(flaw)}\n保全数据库与锚点文件，通知安全负责人 / Keep the database and the anchors as they are, and tell whoever answers for security.`,
    )
}

const verdictText = ({ good, anchors }: AuditVerdict): string =>
  `审计行 rows that hold: ${good.count}\n末行摘要 hash of the last: ${good.hash}\n已核锚点 anchors compared: ${anchors}`

function refuse(path: string, error: unknown): never {
  if (error instanceof AnchorRefused)
    throw new CommandEnd(exit.refused, `锚点文件无法使用 / ${path} cannot be used: ${error.message}`)
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    throw new CommandEnd(exit.refused, `没有这个锚点文件 / There is no file ${path}`)
  throw error
}

/** What is wrong, in both languages. */
function flawText(flaw: ChainFlaw): string {
  switch (flaw.kind) {
    case 'missing':
      return `第 ${flaw.chainNo} 行被删除，其后是记录 ${flaw.auditNo} / row ${flaw.chainNo} was deleted; after it stands record ${flaw.auditNo}`
    case 'edited':
      return `第 ${flaw.chainNo} 行（记录 ${flaw.auditNo}）被改动 / row ${flaw.chainNo} (record ${flaw.auditNo}) was edited`
    case 'out-of-place':
      return `第 ${flaw.chainNo} 行（记录 ${flaw.auditNo}）之前不是原来的那一行 / row ${flaw.chainNo} (record ${flaw.auditNo}) does not follow the row that stood before it: rows changed places, or the one before was rewritten`
    case 'unchained':
      return `记录 ${flaw.auditNo} 不在链上 / record ${flaw.auditNo} has no place in the chain: it came in past the triggers`
    case 'head-moved':
      return `第 ${flaw.chainNo} 行之后与链头（${flaw.head?.count ?? '—'}）不符 / the rows end at ${flaw.chainNo}, the head says ${flaw.head?.count ?? 'nothing'}: rows were cut off, or the head was moved`
    case 'anchor-differs':
      return `第 ${flaw.chainNo} 行与锚点文件第 ${flaw.line} 行不符 / row ${flaw.chainNo} is not the one that line ${flaw.line} of the anchors names: the trail was written anew up to here, or set back once`
    case 'anchor-ahead':
      return `锚点文件第 ${flaw.line} 行已到第 ${flaw.chainNo} 行 / line ${flaw.line} of the anchors counts ${flaw.chainNo} rows, and the trail has fewer: it was cut off or an older backup was restored`
  }
}

async function anchor(flags: { write?: string }): Promise<void> {
  const head = await withDatabase(readChainHead)
  if (!head)
    throw new CommandEnd(
      exit.inDoubt,
      '审计链头丢失 / The head of the trail is gone; run: huida audit verify',
    )
  const line = anchorLine(head, new Date())
  if (flags.write === undefined) return print(line)
  await appendAnchor(flags.write, line)
  say(`已写入 / written: ${flags.write} (${head.count})`)
}
