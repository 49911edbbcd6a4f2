/** The first reading of a file of instructions: the same totals however it is read, parts that end at line ends. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type InstructionFile, slices } from '../../../ops/cli/instruction-file.ts'
import { type Survey, surveyInstructions } from '../../../ops/cli/instruction-survey.ts'

const file = (format: 'ndjson' | 'csv'): InstructionFile => ({
  path: `lines.${format}`,
  format,
  gzip: false,
  sizeBytes: 0,
})
const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

async function* pieces(content: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += sizeBytes) yield content.subarray(at, at + sizeBytes)
}

const survey = (
  content: string,
  format: 'ndjson' | 'csv' = 'ndjson',
  partBytes = 1e9,
  readBytes = 7,
): Promise<Survey> => surveyInstructions(file(format), pieces(Buffer.from(content), readBytes), partBytes)

/** The bodies that would be sent. */
async function bodies(content: string, { parts }: Survey): Promise<string[]> {
  const take = slices(pieces(Buffer.from(content), 11))
  const sent: string[] = []
  for (const { prefix, sizeBytes } of parts) {
    const body = [prefix]
    for await (const slice of take(sizeBytes)) body.push(slice)
    sent.push(Buffer.concat(body).toString())
  }
  return sent
}

const lineOf = (amountFen: number): string =>
  `{"instructionId":"A","payeeName":"王秀英","amountFen":${amountFen}}`

describe('a survey', () => {
  test('counts lines and fen and digests the bytes, whatever the pieces they come in', async () => {
    const content = `${[1, 200, 30].map(lineOf).join('\n')}\n`
    for (const readBytes of [1, 5, 64, 4096]) {
      expect(await survey(content, 'ndjson', 1e9, readBytes)).toMatchObject({
        ...{
          count: 3,
          amountFen: 231n,
          sha256: sha256(content),
          sealSha256: sha256(content),
          sizeBytes: Buffer.byteLength(content),
        },
      })
    }
  })

  test.each([
    ['no end at the last line', `${lineOf(1)}\n${lineOf(2)}`, 2, 3n],
    ['carriage returns', `${lineOf(1)}\r\n${lineOf(2)}\r\n`, 2, 3n],
    ['a blank line at the end', `${lineOf(1)}\n\n`, 1, 1n],
    ['a blank line between', `${lineOf(1)}\n\n${lineOf(2)}\n`, 3, 3n],
    ['a line that is no JSON', `${lineOf(1)}\nnonsense\n`, 2, 1n],
    ['an amount that is text', `${lineOf(1)}\n{"amountFen":"5"}\n`, 2, 1n],
    [
      'an amount that is not whole or not above zero',
      '{"amountFen":1.5}\n{"amountFen":-3}\n{"amountFen":7}\n',
      3,
      7n,
    ],
  ])('counts as intake does: %s', async (_, content, count, amountFen) => {
    expect(await survey(content)).toMatchObject({ count, amountFen })
  })

  test('of a CSV file counts the rows below the header and sends the header with every part', async () => {
    const header = 'instructionId,bank,payeeName,payeeAccount,amountFen'
    const rows = [10, 20, 30, 40].map((fen) => `A,b,"王,秀英",1,${fen}`)
    const content = `${[header, ...rows].join('\n')}\n`
    const found = await survey(content, 'csv', 100)
    expect(found).toMatchObject({ count: 4, amountFen: 100n })
    const sent = await bodies(content, found)
    expect(sent.length).toBeGreaterThan(1)
    for (const body of sent) expect(body.startsWith(`${header}\n`)).toBe(true)
    expect(sent.map(sha256)).toEqual(found.parts.map((part) => part.sha256))
    expect(found.sealSha256).toBe(sha256(sent.map(sha256).join('')))
  })

  test('parts are whole lines, as large as is allowed, and together the file', async () => {
    const content = fc.record({
      fens: fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 40 }),
      partBytes: fc.integer({ min: 1, max: 500 }),
      readBytes: fc.integer({ min: 1, max: 300 }),
      ended: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(content, async ({ fens, partBytes, readBytes, ended }) => {
        const text = fens.map(lineOf).join('\n') + (ended ? '\n' : '')
        const found = await survey(text, 'ndjson', partBytes, readBytes)
        const sent = await bodies(text, found)
        expect(sent.join('')).toBe(text)
        expect(found.count).toBe(fens.length)
        expect(sent.map(sha256)).toEqual(found.parts.map((part) => part.sha256))
        for (const body of sent.slice(0, -1)) expect(body.endsWith('\n')).toBe(true)
        for (const body of sent)
          expect(Buffer.byteLength(body) <= partBytes || body.trimEnd().split('\n').length === 1).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('a file that became shorter meanwhile is noticed', async () => {
    const found = await survey(`${lineOf(1)}\n${lineOf(2)}\n`)
    await expect(bodies(lineOf(1), found)).rejects.toMatchObject({ code: 1 })
  })
})
