/** `huida where`: one instruction's way, from its batch to what replaced it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { line } from '../../gateway/intake/intake-stand.ts'
import { expectHelp, runHuida } from './command-run.ts'
import { type LedgerStand, openLedger } from './ledger-stand.ts'

let ledger: LedgerStand
beforeAll(async () => {
  ledger = await openLedger('WAY', 20)
})
afterAll(() => ledger.close())

const run = (...words: string[]) => runHuida(['where', ...words], { DATABASE_URL: ledger.url })

describe('huida where', () => {
  test('help begins with examples', () => expectHelp('where'))

  test('an instruction that waits is shown with its batch, line, bank and amount', async () => {
    const { code, stdout } = await run('WAY-0000004')
    expect(code).toBe(0)
    expect(stdout).toContain('WAY-0000004')
    expect(stdout).toContain('待发 waiting')
    expect(stdout).toContain('100.04 元')
    expect(stdout).toContain('WAY 第 5 行 line 5 (finance-platform)')
    expect(stdout).toContain('尚未编入 not planned yet')
  })

  test('as JSON it has the lineage with fen as a number', async () => {
    const { stdout } = await run('WAY-0000004', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      batchNo: 'WAY',
      seq: 5,
      bank: 'yy-rcb',
      amountFen: 10004,
      state: 'waiting',
      events: [],
    })
  })

  test('a failed instruction is shown with its file, serial, answer line, reason and every event', async () => {
    await failLine(7)
    const { stdout } = await run('WAY-0000006')
    expect(stdout).toContain('失败 failed')
    expect(stdout).toContain('DF_ORG001_20261123_001.TXT (closed)')
    expect(stdout).toMatch(/流水号 Serial +\d{12}00000007/)
    expect(stdout).toContain('2026-11-23 10:05:00')
    expect(stdout).toContain('DF_ORG001_20261123_001.RES 第 8 行 line 8')
    expect(stdout).toContain('ACCOUNT_CLOSED (C): E21 账户已销户')
    expect(stdout).toMatch(
      /2026-11-23 10:40:00 +指令 失败 instruction failed +the bank answered final failure/,
    )
    expect(stdout).toMatch(/报盘文件 bank_file sent +the bank has it/)
  })

  test('personal data is nowhere in it', async () => {
    const { stdout } = await run('WAY-0000006', '--json')
    const { payeeName, payeeAccount, payeeIdNumber } = line('WAY', 6)
    for (const secret of [payeeName, payeeAccount, payeeIdNumber])
      expect(stdout).not.toContain(String(secret))
  })

  test('an id that nobody gave is refused', async () => {
    expect(await run('NOBODY')).toMatchObject({ code: 3, stdout: '' })
    expect((await run('NOBODY')).stderr).toContain('没有已受理的指令')
  })

  test('an instruction of another client is not found under this one', async () => {
    expect((await run('WAY-0000004', '--client', 'somebody-else')).code).toBe(3)
  })

  test('without an id it is a mistake of use', async () => expect((await run()).code).toBe(2))
})

/** What composing, sending, reading and settling leave of a line, written down as facts. */
async function failLine(seq: number): Promise<void> {
  const [row] = await ledger.rows('select batch_id, bank_no, amount_fen from instruction where seq = $1', [
    seq,
  ])
  const at = '2026-11-23T02:05:00Z'
  const [content] = await ledger.rows(
    `insert into content (sha256, size_bytes) values ('x', 1) returning content_id`,
  )
  const [file] = await ledger.rows(
    `insert into bank_file (batch_id, bank_no, lo_seq, hi_seq, row_count, total_fen, business_date, sequence, name, profile,
       profile_version, state, not_before, sent_at)
     values ($1, $2, 1, 20, 10, 1, '2026-11-23', 1, 'DF_ORG001_20261123_001.TXT', 'rural-fixed', 1, 'closed', $3, $3) returning file_id`,
    [row?.batch_id, row?.bank_no, at],
  )
  await ledger.rows(
    `insert into bank_file_event (file_id, from_state, to_state, cause, business_at) values ($1, 'sending', 'sent', 'the bank has it', $2)`,
    [file?.file_id, at],
  )
  const [inbound] = await ledger.rows(
    `insert into inbound_file (bank_no, name, size_bytes, modified_at, content_id, sealed_sha256, file_id, collected_at, state)
     values ($1, 'DF_ORG001_20261123_001.RES', 1, $2, $3, 'x', $4, '2026-11-23T02:35:00Z', 'closed') returning inbound_id`,
    [row?.bank_no, at, content?.content_id, file?.file_id],
  )
  await ledger.rows(
    `insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class, bank_code, bank_text, since)
     values ($1, $2, $3, 'failed', $4, 'ACCOUNT_CLOSED', 'C', 'E21', '账户已销户', $5)`,
    [row?.batch_id, seq, row?.bank_no, row?.amount_fen, at],
  )
  await ledger.rows(
    `with reason as (insert into bank_reason (bank_no, bank_code, bank_text, reason_code, reason_class)
       values ($1, 'E21', '账户已销户', 'ACCOUNT_CLOSED', 'C') returning reason_id)
     insert into result_item (shard, batch_id, seq, inbound_id, file_id, line_no, reason_id, paid)
     select 0, $2, $3, $4, $5, 8, reason_id, false from reason`,
    [row?.bank_no, row?.batch_id, seq, inbound?.inbound_id, file?.file_id],
  )
  await ledger.rows(
    `insert into instruction_event (batch_id, seq, from_state, to_state, reason_code, cause, actor, inbound_id, business_at)
     values ($1, $2, 'in_flight', 'failed', 'ACCOUNT_CLOSED', 'the bank answered final failure', 'huida', $3, '2026-11-23T02:40:00Z')`,
    [row?.batch_id, seq, inbound?.inbound_id],
  )
}
