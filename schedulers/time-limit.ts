/** Waiting with an end: nothing in this folder waits for ever on Redis or on a step. */

/** Waits until all are done or the limit in milliseconds is over; tells which. Never rejects. */
export async function settled(all: Iterable<Promise<unknown>>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  const done = await Promise.race([Promise.allSettled(all).then(() => true), limit])
  clearTimeout(timer)
  return done
}

/** What `work` gives, or the error that `late` makes when it takes longer than the limit in milliseconds. */
export async function within<T>(limitMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limitMs)
  })
  // What loses the race may still fail later, and nobody would be listening.
  work.catch(() => {})
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
