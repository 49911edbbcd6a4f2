/** JSON out: whole numbers stay exact, whatever type they have inside. */

/** A bigint as a JSON number. Throws a RangeError beyond 2^53 - 1, which no sum of ours may reach. */
export function jsonInteger(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError('a whole number does not fit into JSON')
  return number
}

/** Writes JSON text; bigints become plain numbers and dates ISO 8601 in UTC. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? jsonInteger(member) : member,
  )
