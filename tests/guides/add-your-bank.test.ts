/** The guide “add your bank”, followed to the letter: every file written, every command run, every output compared. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { type GuideStep, guideSteps, guideText, showsOutput } from './guide-steps.ts'

const huida = fileURLToPath(new URL('../../ops/cli/huida.mjs', import.meta.url))
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Runs a command line in the reader's folder; gives what it wrote, messages and data in their order. */
async function run(command: string, cwd: string): Promise<readonly string[]> {
  const line = command.replace(/^npx huida /u, `'${process.execPath}' '${huida}' `)
  const child = spawn('sh', ['-c', `${line} 2>&1`], {
    cwd,
    env: { ...process.env, DATABASE_URL: '', REDIS_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  await new Promise((resolve) => child.once('close', resolve))
  return out.split('\n')
}

async function follow(step: GuideStep, folder: string): Promise<void> {
  if (step.kind === 'write') {
    mkdirSync(join(folder, dirname(step.path)), { recursive: true })
    writeFileSync(join(folder, step.path), step.text)
    return
  }
  const output = await run(step.command, folder)
  expect(showsOutput(step.output, output), `${step.command}\n${output.join('\n')}`).toBe(true)
}

const stepsOf = (name: string): readonly GuideStep[] => guideSteps(guideText(name))

const isDemo = (step: GuideStep): boolean => step.kind === 'run' && / demo /u.test(step.command)

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'huida-guide-'))
  folders.push(folder)
  return folder
}

test.each(['add-your-bank.md', 'add-your-bank.zh-CN.md'])(
  '%s leads from the interface document to files that go both ways, every step as written',
  async (name) => {
    const folder = newFolder()
    const steps = stepsOf(name)
    expect(steps.filter((step) => step.kind === 'run').length).toBeGreaterThan(8)
    for (const step of steps) if (!isDemo(step)) await follow(step, folder)
  },
  120_000,
)

test('the new bank takes part in the demo, with the ledger that the guide shows', async () => {
  const folder = newFolder()
  const steps = stepsOf('add-your-bank.md').filter((step) => step.kind === 'write' || isDemo(step))
  expect(steps.some(isDemo)).toBe(true)
  for (const step of steps) await follow(step, folder)
}, 400_000)

test('both languages write the same files, run the same commands and show the same outputs', () => {
  expect(stepsOf('add-your-bank.zh-CN.md')).toEqual(stepsOf('add-your-bank.md'))
})
