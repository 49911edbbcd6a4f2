/**
 * A line between the gateway and a bank that chaos can break: a TCP proxy on this machine that cuts its connections,
 * goes silent without closing, carries slowly, or swallows the next answer.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A line to one bank. */
export interface BankLine {
  readonly name: string
  /** Where the gateway connects. */
  readonly port: number
  /** Connections that are open now. */
  open(): number
  /** Resets every connection. */
  cut(): void
  /** Carries nothing for so long, in either way, and closes nothing. */
  stall(forMs: number): void
  /** Carries so many bytes a second for so long. */
  slow(bytesPerS: number, forMs: number): void
  /** The next buffer that the bank sends is lost, on whichever connection it comes. */
  dropReply(): void
  /** Answers that were lost so far. */
  lost(): number
  /** Carries everything again; connections that lost something are reset. */
  heal(): void
  close(): Promise<void>
}

interface Trouble {
  silentUntilMs: number
  slowUntilMs: number
  bytesPerS: number
  dropNext: boolean
  lost: number
}

interface Pair {
  readonly client: Socket
  readonly bank: Socket
  wounded: boolean
}

interface Line {
  readonly pairs: Set<Pair>
  readonly trouble: Trouble
}

/** Opens a line to a port of this machine. */
export async function openLine(name: string, bankPort: number): Promise<BankLine> {
  const trouble: Trouble = { silentUntilMs: 0, slowUntilMs: 0, bytesPerS: Infinity, dropNext: false, lost: 0 }
  const line: Line = { pairs: new Set(), trouble }
  const server = createServer((client) => join(line, client, bankPort)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    name,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    open: () => line.pairs.size,
    cut: () => resetAll(line),
    stall: (forMs) => {
      trouble.silentUntilMs = performance.now() + forMs
    },
    slow: (bytesPerS, forMs) => {
      Object.assign(trouble, { bytesPerS, slowUntilMs: performance.now() + forMs })
    },
    dropReply: () => {
      trouble.dropNext = true
    },
    lost: () => trouble.lost,
    heal: () => heal(line),
    close: async () => {
      resetAll(line)
      server.close()
      await once(server, 'close')
    },
  }
}

function heal(line: Line): void {
  Object.assign(line.trouble, { silentUntilMs: 0, slowUntilMs: 0, dropNext: false })
  for (const pair of line.pairs) if (pair.wounded) reset(pair)
}

function join(line: Line, client: Socket, bankPort: number): void {
  const pair: Pair = { client, bank: connect(bankPort, '127.0.0.1'), wounded: false }
  line.pairs.add(pair)
  for (const socket of [pair.client, pair.bank]) {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => line.pairs.delete(pair))
  }
  carry(pair.client, pair.bank, (buffer) => pass(line.trouble, buffer))
  carry(pair.bank, pair.client, async (buffer) => {
    if (!line.trouble.dropNext) return pass(line.trouble, buffer)
    line.trouble.dropNext = false
    line.trouble.lost += 1
    pair.wounded = true
    return undefined
  })
}

/**
 * Carries buffers one after the other, and the end of one side to the other after them. `passing` may wait, cut, and
 * give less than it got; what it gives as undefined is lost.
 */
export function carry(
  from: Socket,
  to: Socket,
  passing: (buffer: Buffer) => Promise<Buffer | undefined>,
): void {
  let last = Promise.resolve()
  from.on('data', (buffer: Buffer) => {
    from.pause()
    last = last.then(async () => {
      const passed = await passing(buffer)
      if (passed !== undefined && !to.destroyed) to.write(passed)
      from.resume()
    })
  })
  from.on('close', () => void last.then(() => to.destroy()))
}

/** Waits out silence and slowness; what was held comes through in the end, late and in order, as TCP has it. */
async function pass(trouble: Trouble, buffer: Buffer): Promise<Buffer> {
  for (;;) {
    const nowMs = performance.now()
    if (nowMs < trouble.silentUntilMs) await pause(Math.min(200, trouble.silentUntilMs - nowMs))
    else break
  }
  if (performance.now() < trouble.slowUntilMs) {
    const needMs = (buffer.length * 1000) / trouble.bytesPerS
    await pause(Math.min(needMs, trouble.slowUntilMs - performance.now()))
  }
  return buffer
}

const pause = (forMs: number): Promise<void> => sleep(Math.max(1, forMs), undefined, { ref: false })

function resetAll({ pairs }: Line): void {
  for (const pair of pairs) reset(pair)
}

function reset({ client, bank }: Pair): void {
  client.resetAndDestroy()
  bank.resetAndDestroy()
}
