import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeBenchFile } from '../../../ops/bench/bench-envelopes.ts'
import { benchContent } from '../../../ops/bench/bench-people.ts'
import { benchFamilies, makeBenchParties } from '../../../ops/bench/envelope-parties.ts'
import { envelopeWork, floorWork } from '../../../ops/bench/envelope-work.ts'
import { outsideTool } from '../../../ops/bench/outside-tools.ts'
import { startGnupg } from '../../support/gnupg.ts'
import { startOpenssl } from '../../support/openssl.ts'
import { expectHelp, runHuida } from '../cli/command-run.ts'

const openssl = startOpenssl()
const gnupg = startGnupg(new Date())
afterAll(() => {
  openssl.end()
  gnupg.end()
})

function emptyFolder(name: string): string {
  const folder = join(name.startsWith('gpg') ? gnupg.folder : openssl.folder, name)
  mkdirSync(folder)
  return folder
}

describe('the content of a bench', () => {
  it('has exactly the bytes that were asked for, and is the same each time', () => {
    const whole = () => Buffer.concat([...benchContent(1_234_567)])
    expect(whole().length).toBe(1_234_567)
    expect(whole().equals(whole())).toBe(true)
    expect(whole().toString('utf8').split('\n')[0]?.split('|')).toHaveLength(6)
  })
})

describe.each(benchFamilies)('%s in a bench', (family) => {
  it('comes back whole from the bank, after its floor was measured', async () => {
    const folder = emptyFolder(`ours-${family}`)
    const inPath = join(folder, 'content')
    const [sealed, out, scratchFolder] = [join(folder, 's'), join(folder, 'o'), join(folder, 'scratch')]
    await writeBenchFile(inPath, 2)
    const { us, bank } = await makeBenchParties(family, folder)
    const seconds = [
      await envelopeWork(us, 'seal', { inPath, outPath: sealed, scratchFolder }),
      await envelopeWork(bank, 'open', { inPath: sealed, outPath: out, scratchFolder }),
      await floorWork(family, 'seal', inPath),
      await floorWork(family, 'open', inPath),
    ]
    expect(readFileSync(out).equals(readFileSync(inPath))).toBe(true)
    expect(Math.min(...seconds)).toBeGreaterThan(0)
  })

  it('has a command line beside it that does the same with the same keys', async () => {
    const folder = emptyFolder(`gpg-${family}`)
    const inPath = join(folder, 'content')
    await writeBenchFile(inPath, 2)
    await makeBenchParties(family, folder)
    const tool = await outsideTool(family, folder, inPath)
    if ('missing' in tool) throw new Error(`${tool.command} is missing`)
    await tool.seal()
    await tool.open()
    await tool.end()
    expect(readFileSync(join(folder, 'outside.out')).equals(readFileSync(inPath))).toBe(true)
  })

  it('names the command that is missing on a machine', async () => {
    const path = process.env.PATH
    process.env.PATH = join(openssl.folder, 'nowhere')
    try {
      expect(await outsideTool(family, openssl.folder, 'content')).toEqual({
        command: family === 'pgp' ? 'gpg' : 'openssl',
        missing: true,
      })
    } finally {
      process.env.PATH = path
    }
  })
})

describe('huida bench envelopes', () => {
  it('explains itself with examples first', () => expectHelp('bench', 'envelopes'))

  it.each([
    ['--sizes', '0'],
    ['--sizes', '20;200'],
    ['--scheme', 'none'],
    ['--turns', 'many'],
  ])('takes no %s %s', async (...flags) =>
    expect((await runHuida(['bench', 'envelopes', ...flags])).code).toBe(2),
  )
})
