/** A progress bar on stderr, for people at a terminal only: pipes, CI and `--json` readers never see one. */
import { SingleBar } from 'cli-progress'

/** Shows how far something is. */
export interface ProgressBar {
  readonly show: (done: number, all: number) => void
  readonly close: () => void
}

/** Opens a bar; it appears with the first `show` and only where stderr is a terminal. */
export function openProgressBar(label: string, unit: string): ProgressBar {
  if (!process.stderr.isTTY) return { show: () => {}, close: () => {} }
  const format = `${label} {bar} {percentage}% {value}/{total} ${unit}, {duration_formatted}`
  const bar = new SingleBar({
    format,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
  })
  let started = false
  return {
    show(done, all) {
      if (!started) bar.start(all, done)
      started = true
      bar.update(done)
    },
    close: () => bar.stop(),
  }
}
