/**
 * Lists in pages: `{items, next, more}` in an order that never changes. `next` is what `after` is asked with, and stays
 * where it was when there is nothing new, so a client may go on asking from there.
 */
import { z } from 'zod'

/** How many items a page holds when nothing was said, and at most. */
export const pageLimits = { usual: 100, most: 1000 } as const

const digits = (most: number) => z.string().regex(new RegExp(`^\\d{1,${most}}$`))

/** `limit` of a list or feed. */
export const limitSchema = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(pageLimits.most))
  .default(pageLimits.usual)
  .meta({ type: 'integer', minimum: 1, maximum: pageLimits.most })

/** `after` of lists whose order is a number of the ledger. */
export const afterNumber = digits(18).default('0').transform(BigInt)

/** `after` of lists in order of lines. */
export const afterLine = digits(10).transform(Number).pipe(z.int().max(2_147_483_647)).default(0)

/** The shape of a page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item).readonly(), next: z.string(), more: z.boolean() })

/** Makes a page of what a store gave for `limit + 1`. */
export function makePage<Item>(
  found: readonly Item[],
  limit: number,
  after: number | bigint,
  place: (item: Item) => number | bigint,
): { items: readonly Item[]; next: string; more: boolean } {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next: String(last === undefined ? after : place(last)), more: found.length > limit }
}
