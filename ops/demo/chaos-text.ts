/** What a run under chaos was hurt by and how it got over it, as text for a terminal. */
import { disturbanceKinds, disturbanceTitles } from '../drills/chaos/disturbance.ts'
import type { ChaosDemoEnd } from './chaos-demo.ts'

/** The table of disturbances, the recovery and the comparison of the ledgers. */
export function chaosText({ chaos, digests, end }: ChaosDemoEnd): string {
  const { recovery } = chaos
  const same = digests.chaos === digests.undisturbed
  return [
    '干扰 chaos',
    ...disturbanceKinds
      .filter((kind) => !chaos.leftOut.includes(kind))
      .map((kind) => row(disturbanceTitles[kind], String(chaos.counts[kind] ?? 0))),
    row('  其中杀于工作中 of the kills, at work', String(chaos.killsAtWork)),
    ...(chaos.leftOut.length === 0 ? [] : [`  此处略去 left out here: ${chaos.leftOut.join(', ')}`]),
    '\n恢复 recovery',
    row('重新启动 restarts', String(chaos.restarts)),
    row('最长重启 longest restart', seconds(recovery.longestRestartMs)),
    row('强杀到下一步完成 longest to the next step', seconds(recovery.longestToNextStepMs)),
    row('最长无一步完成 longest without any step', seconds(recovery.longestStandstillMs)),
    row('完成步骤 steps done', String(recovery.stepsDone)),
    row('被令牌挡下 refused by the fence', String(recovery.stepsFenced)),
    row(
      '各次内存峰值 peak memory of any life',
      chaos.peakMemoryMb === undefined ? '-' : `${chaos.peakMemoryMb} MB`,
    ),
    row('干扰历时 chaos lasted', `${chaos.seconds} s`),
    row('全程 whole story', `${end.seconds.whole} s`),
    '\n账目 ledger',
    `  ${same ? '✓' : '✗'} 与不受干扰时${same ? '相同' : '不同'} / ${same ? 'the same as' : 'not that of'} the undisturbed run (SHA-256 ${digests.chaos.slice(0, 16)}${same ? '' : `, ${digests.undisturbed.slice(0, 16)} undisturbed`})`,
  ].join('\n')
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`)

/** A label in 46 terminal columns; a Chinese character takes two. */
function row(label: string, value: string): string {
  const wide = [...label].filter((character) => character > '\u2e7f').length
  return `  ${label}${' '.repeat(Math.max(1, 46 - label.length - wide))}${value.padStart(8)}`
}
