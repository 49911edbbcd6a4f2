/** `huida batch submit` against the real API: whole and in parts, again and again, refused line by line. */
import { createHash } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { line, lines, ndjson, sumFen, type TestLine } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, openApi } from './api-stand.ts'
import { expectHelp, runHuida } from './command-run.ts'

let api: ApiStand
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

const columns = [
  'instructionId',
  'bank',
  'payeeName',
  'payeeIdNumber',
  'payeeAccount',
  'amountFen',
  'remark',
  'region',
]
const csv = (all: readonly TestLine[]): string =>
  [columns.join(','), ...all.map((one) => columns.map((name) => one[name] ?? '').join(','))]
    .map((row) => `${row}\n`)
    .join('')
const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')
const submit = (headerFile: string, input: string, ...more: string[]) =>
  api.run('submit', '--header', headerFile, '--in', input, ...more)
const states = (batchNo: string) =>
  api.rows('select state from batch where batch_no = $1 order by batch_id', [batchNo])
const partCount = (batchNo: string) =>
  api.count('select count(*)::int as n from batch_part join batch using (batch_id) where batch_no = $1', [
    batchNo,
  ])

describe('huida batch submit', () => {
  test('help begins with examples', async () => {
    await expectHelp('batch', 'submit')
    await expectHelp('batch', 'status')
    await expectHelp('batch', 'watch')
  })

  test('a file of NDJSON is accepted and its report printed', async () => {
    const all = lines('PLAIN', 60)
    const run = await submit(api.headerFile('PLAIN', all), api.file('plain.ndjson', ndjson(all)))
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain('PLAIN 已受理 accepted')
    expect(run.stdout).toMatch(/笔数 count +60/)
    expect(run.stdout).toMatch(/金额 yuan +6017\.70/)
    expect(run.stdout).toContain(sha256(ndjson(all)))
  })

  test('in parts of some size it is the same batch, cut at line ends', async () => {
    const all = lines('PARTS', 200)
    const content = ndjson(all)
    const run = await submit(
      api.headerFile('PARTS', all),
      api.file('parts.ndjson', content),
      '--part-bytes',
      '9000',
      '--json',
    )
    expect(JSON.parse(run.stdout)).toMatchObject({
      state: 'accepted',
      report: { count: 200, amountFen: sumFen(all) },
    })
    expect(await partCount('PARTS')).toBeGreaterThan(content.length / 9000 - 1)
  })

  test('gzip goes as it is when it goes whole, and is unpacked when it goes in parts', async () => {
    const all = lines('GZIP', 120)
    const packed = api.file('gzip.ndjson.gz', gzipSync(ndjson(all)))
    expect((await submit(api.headerFile('GZIP', all), packed)).code).toBe(0)
    const more = lines('GZIP-PARTS', 120)
    const other = api.file('gzip-parts.ndjson.gz', gzipSync(ndjson(more)))
    expect((await submit(api.headerFile('GZIP-PARTS', more), other, '--part-bytes', '10000')).code).toBe(0)
    expect(await partCount('GZIP-PARTS')).toBeGreaterThan(2)
  })

  test('every part of a CSV file begins with its header row', async () => {
    const all = lines('CSV', 150)
    const run = await submit(
      api.headerFile('CSV', all),
      api.file('lines.csv', csv(all)),
      '--part-bytes',
      '8000',
      '--json',
    )
    expect(JSON.parse(run.stdout)).toMatchObject({
      state: 'accepted',
      report: { count: 150, amountFen: sumFen(all) },
    })
    expect(await partCount('CSV')).toBeGreaterThan(1)
    const packed = lines('CSV-GZ', 20)
    const whole = await submit(
      api.headerFile('CSV-GZ', packed),
      api.file('lines.csv.gz', gzipSync(csv(packed))),
    )
    expect(whole.code).toBe(0)
  })

  test('the same command again gives the same answer and makes no second batch', async () => {
    const all = lines('AGAIN', 30)
    const words = [api.headerFile('AGAIN', all), api.file('again.ndjson', ndjson(all)), '--json'] as const
    const first = await submit(...words)
    const second = await submit(...words)
    expect(second).toEqual(first)
    expect(await states('AGAIN')).toEqual([{ state: 'accepted' }])
  })

  test('other content under a number that was accepted is refused, and nothing of it is sent', async () => {
    const all = lines('TAKEN', 10)
    const headerFile = api.headerFile('TAKEN', all)
    await submit(headerFile, api.file('taken.ndjson', ndjson(all)))
    const other = await submit(headerFile, api.file('taken-other.ndjson', ndjson(lines('OTHER', 10))))
    expect(other).toMatchObject({ code: 3, stdout: '' })
    expect(other.stderr).toContain('handed in before with other content')
    const changed = api.headerFile('TAKEN', all, { dueBy: '2026-12-05' })
    const conflict = await submit(changed, api.file('taken.ndjson', ndjson(all)))
    expect(conflict.code).toBe(3)
    expect(conflict.stderr).toContain('BATCH_NO_TAKEN: 批次号已被其他内容使用')
  })

  test('a submission that broke off goes on where it stopped', async () => {
    const all = lines('RESUME', 200)
    const content = ndjson(all)
    const words = [
      api.headerFile('RESUME', all),
      api.file('resume.ndjson', content),
      '--part-bytes',
      '9000',
    ] as const
    const gate = await breakingGate(api.url, 3)
    const broken = await runHuida(
      ['batch', 'submit', '--header', words[0], '--in', words[1], '--part-bytes', '9000'],
      {
        HUIDA_TOKEN_FILE: api.tokenFile,
        HUIDA_URL: gate.url,
      },
    )
    await gate.close()
    expect(broken.code).toBe(1)
    expect(broken.stderr).toContain('run the same command again')
    const before = await partCount('RESUME')
    expect(before).toBeGreaterThan(0)
    expect((await submit(...words)).code).toBe(0)
    expect(await partCount('RESUME')).toBeGreaterThan(before)
    expect(await states('RESUME')).toEqual([{ state: 'accepted' }])
  })

  test('a seal whose answer is lost is in doubt, and the same command finds out', async () => {
    const all = lines('DOUBT', 10)
    const words = [
      'submit',
      '--header',
      api.headerFile('DOUBT', all),
      '--in',
      api.file('doubt.ndjson', ndjson(all)),
    ]
    const gate = await breakingGate(api.url, 2, true)
    const run = await runHuida(['batch', ...words], {
      HUIDA_TOKEN_FILE: api.tokenFile,
      HUIDA_URL: gate.url,
    })
    await gate.close()
    expect(run.code).toBe(4)
    expect(run.stderr).toContain('not known whether the batch was accepted')
    expect((await api.run(...words)).code).toBe(0)
  })

  test('a refused batch names every bad line with its field, its code and both languages', async () => {
    const all = [
      ...lines('BAD', 3),
      line('BAD', 3, { payeeAccount: 'not an account' }),
      line('BAD', 4, { amountFen: -5 }),
      line('BAD', 5, { bank: 'nowhere' }),
    ]
    const words = [api.headerFile('BAD', all), api.file('bad.ndjson', ndjson(all))] as const
    const run = await submit(...words)
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toContain(
      '拒收 refused: 第 4 行 line 4 payeeAccount ACCOUNT_FORMAT 收款账号格式不对 / The account number',
    )
    expect(run.stderr).toContain('第 5 行 line 5 amountFen AMOUNT_NOT_POSITIVE')
    expect(run.stderr).toContain('第 6 行 line 6 bank BANK_UNKNOWN')
    expect(run.stderr).toContain('批次 BAD 整批拒收')
    expect(run.stderr).not.toContain('not an account')
    const json = await submit(...words, '--json')
    expect(json.code).toBe(3)
    expect(JSON.parse(json.stdout)).toMatchObject({ batchNo: 'BAD', state: 'refused' })
  })

  test('a refused batch may be handed in again with put-right lines, or as it is when it is said so', async () => {
    const good = lines('TWICE', 8)
    const bad = [...good.slice(0, 7), line('TWICE', 7, { payeeAccount: 'x' })]
    const headerFile = api.headerFile('TWICE', good)
    const input = api.file('twice-bad.ndjson', ndjson(bad))
    for (const run of [await submit(headerFile, input), await submit(headerFile, input)])
      expect(run.code).toBe(3)
    expect(await states('TWICE')).toHaveLength(1)
    expect((await submit(headerFile, input, '--again')).code).toBe(3)
    expect(await states('TWICE')).toHaveLength(2)
    expect((await submit(headerFile, api.file('twice.ndjson', ndjson(good)))).code).toBe(0)
    expect((await states('TWICE')).at(-1)).toEqual({ state: 'accepted' })
  })

  test("the sender's own control totals are what is sealed", async () => {
    const all = lines('SEAL', 50)
    const headerFile = api.headerFile('SEAL', all)
    const input = api.file('seal.ndjson', ndjson(all))
    const totals = { count: 50, amountFen: sumFen(all), sha256: sha256(ndjson(all)) }
    const right = api.file('seal.json', JSON.stringify(totals))
    expect((await submit(headerFile, input, '--seal', right, '--part-bytes', '5000')).code).toBe(0)
    const other = lines('SEAL-OFF', 5)
    const wrong = api.file('seal-off.json', JSON.stringify({ ...totals, count: 6, amountFen: 1 }))
    const run = await submit(
      api.headerFile('SEAL-OFF', other),
      api.file('seal-off.ndjson', ndjson(other)),
      '--seal',
      wrong,
    )
    expect(run.code).toBe(3)
    for (const code of ['COUNT_DIFFERS', 'AMOUNT_DIFFERS', 'DIGEST_DIFFERS'])
      expect(run.stderr).toContain(code)
  })

  test('held lines and warnings of an accepted batch are told on stderr', async () => {
    const all = [line('HELD', 0), line('HELD', 1, { payeeName: '王𬭎' })]
    const run = await submit(api.headerFile('HELD', all), api.file('held.ndjson', ndjson(all)))
    expect(run.code).toBe(0)
    expect(run.stderr).toContain('暂停 held: 第 2 行 line 2 payeeName NAME_CHARSET')
    expect(run.stdout).toMatch(/暂停 held +1/)
  })
})

describe('what cannot be handed in', () => {
  const plain = lines('NOT', 2)
  const input = () => api.file('not.ndjson', ndjson(plain))

  test('a header of another shape is refused before anything is sent', async () => {
    const run = await submit(api.headerFile('NOT', plain, { dueBy: 'soon', extra: 1 }), input())
    expect(run.code).toBe(3)
    expect(run.stderr).toContain('dueBy HEADER_INVALID')
    expect(await states('NOT')).toEqual([])
  })

  test.each([
    ['an empty file', 'empty.ndjson', Buffer.alloc(0), 3, '没有任何明细'],
    ['gzip that is cut', 'cut.ndjson.gz', gzipSync(ndjson(lines('CUT', 50))).subarray(0, 300), 3, 'gzip'],
    ['a file without line ends', 'binary.ndjson', Buffer.alloc(3_000_000, 1), 3, 'no line end within 1 MiB'],
    [
      'a CSV header with an unknown column',
      'odd.csv',
      Buffer.from('instructionId,colour\n'),
      3,
      'CSV_HEADER',
    ],
    ['a name that tells no format', 'lines.txt', Buffer.from('{}'), 2, '.ndjson or .csv'],
  ])('%s', async (_, name, content, code, message) => {
    const run = await submit(api.headerFile('NOT', plain), api.file(name, content))
    expect(run).toMatchObject({ code, stdout: '' })
    expect(run.stderr).toContain(message)
    expect(await states('NOT')).toEqual([])
  })

  test('a token that everybody may read is not used, nor is one that is missing or wrong', async () => {
    const open = api.file('open-token', 'x'.repeat(40))
    chmodSync(open, 0o644)
    const headerFile = api.headerFile('NOT', plain)
    expect((await submit(headerFile, input(), '--token-file', open)).stderr).toContain('chmod 600')
    const none = await runHuida(['batch', 'status', 'NOT'], {
      HUIDA_TOKEN_FILE: undefined,
      HUIDA_URL: api.url,
    })
    expect(none.code).toBe(2)
    const wrong = await submit(headerFile, input(), '--token-file', api.file('wrong-token', 'y'.repeat(40)))
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('UNAUTHENTICATED: 令牌缺失或无效')
  })

  test('something else behind the address is told apart from a refusal', async () => {
    const server = createServer((_, response) =>
      response.writeHead(502, { 'content-type': 'text/html' }).end('<p>bad gateway</p>'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const run = await api.run('status', 'NOT', '--url', url)
    server.close()
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('no Huida API of this version (HTTP 502)')
  })
})

/**
 * A proxy that lets `calls` requests through and then cuts every connection; with `afterwards` the request still
 * reaches the service and only its answer is lost.
 */
async function breakingGate(
  target: string,
  calls: number,
  afterwards = false,
): Promise<{ url: string; close(): Promise<void> }> {
  let seen = 0
  const server = createServer(async (incoming, outgoing) => {
    seen += 1
    if (seen > calls && !afterwards) {
      incoming.socket.destroy()
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { host: _, connection: _connection, 'content-length': _length, ...headers } = incoming.headers
    const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}
    const answer = await fetch(`${target}${incoming.url}`, {
      method: incoming.method ?? 'GET',
      headers: plain,
      ...body,
    })
    const text = await answer.text()
    if (seen > calls) incoming.socket.destroy()
    else
      outgoing
        .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        .end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
