/** Lines that chaos breaks: carried, cut, silent, slow, with an answer lost, and healed. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BankLine, openLine } from '../../ops/drills/chaos/line-proxy.ts'
import { until } from '../support/until.ts'

let bank: Server
let line: BankLine
let client: Socket

beforeEach(async () => {
  bank = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (buffer) => socket.write(`echo ${buffer}`))
  }).listen(0, '127.0.0.1')
  await once(bank, 'listening')
  const address = bank.address()
  line = await openLine('yy-rcb', typeof address === 'object' && address !== null ? address.port : 0)
  client = connect(line.port, '127.0.0.1').setEncoding('utf8')
  client.on('error', () => {})
  await once(client, 'connect')
})
afterEach(async () => {
  client.destroy()
  await line.close()
  bank.close()
})

const closing = (): Promise<void> => new Promise((closed) => client.once('close', () => closed()))

const answer = async (): Promise<string> => String((await once(client, 'data'))[0])

describe('a line', () => {
  it('carries both ways', async () => {
    client.write('a')
    expect(await answer()).toBe('echo a')
    expect(line.open()).toBe(1)
  })

  it('F36: resets its connections when it is cut, and carries new ones', async () => {
    const closed = closing()
    line.cut()
    await closed
    const again = connect(line.port, '127.0.0.1').setEncoding('utf8')
    again.write('b')
    expect(String((await once(again, 'data'))[0])).toBe('echo b')
    again.destroy()
  })

  it('F44: is silent without closing, and what it held comes later and in order', async () => {
    line.stall(3_600_000)
    client.write('c')
    const carried = answer()
    expect(await Promise.race([carried, new Promise((quiet) => setTimeout(quiet, 300, 'silence'))])).toBe(
      'silence',
    )
    expect(client.destroyed).toBe(false)
    line.heal()
    expect(await carried).toBe('echo c')
  })

  it('F37: loses one answer, and is reset when it is healed since nobody may trust it', async () => {
    line.dropReply()
    client.write('d')
    let carried = ''
    client.on('data', (text) => {
      carried += text
    })
    await until(async () => line.lost() === 1)
    const closed = closing()
    line.heal()
    await closed
    expect(carried).toBe('')
  })

  it('F46: carries slowly and still carries everything', async () => {
    line.slow(1_000, 200)
    client.write('e'.repeat(500))
    let carried = ''
    while (carried.length < 505) carried += await answer()
    expect(carried).toBe(`echo ${'e'.repeat(500)}`)
  })
})
