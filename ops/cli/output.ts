/** How every command speaks: data on stdout, messages on stderr, and five exit codes. */

/** 0 done; 1 fault; 2 usage; 3 the input was refused; 4 in doubt or a law is broken. */
export const exit = { done: 0, fault: 1, usage: 2, refused: 3, inDoubt: 4 } as const

/** Ends the command with an exit code and a message for a person on stderr. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** JSON of anything of ours; bigint becomes a number when it is safe and a string otherwise. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, member: unknown) => (typeof member === 'bigint' ? plain(member) : member),
    indent,
  )
}

const plain = (n: bigint): number | string =>
  n <= BigInt(Number.MAX_SAFE_INTEGER) && n >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(n) : n.toString()

/** Writes data. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Writes a message for a person. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`)
