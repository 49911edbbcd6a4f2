/**
 * Cuts a document that arrives in chunks of any size behind its last `>`, which is never part of a wider character in
 * GB18030, GBK or UTF-8, so that every piece decodes by itself. Bytes without a `>` are held back, up to a limit.
 */

/** Most bytes of one piece, so that a piece's text and its events stay small. */
const pieceBytes = 64 * 1024

const closing = 0x3e

/** Cuts one document. */
export interface BytePieces {
  /** Gives the next bytes to `take`, in pieces that end in `>`; stops when `take` answers false. */
  push(chunk: Buffer, take: (piece: Buffer) => boolean): void
  /** Bytes that no `>` has followed yet. */
  rest(): Buffer
}

/** Makes the cutter of one document. It copies what it holds back, so that chunks may be used again. */
export function bytePieces(): BytePieces {
  let held = Buffer.allocUnsafe(1024)
  let heldBytes = 0
  const hold = (bytes: Buffer): void => {
    if (heldBytes + bytes.length > held.length) {
      const wider = Buffer.allocUnsafe(2 * (heldBytes + bytes.length))
      held.copy(wider, 0, 0, heldBytes)
      held = wider
    }
    heldBytes += bytes.copy(held, heldBytes)
  }
  const joined = (bytes: Buffer): Buffer => {
    if (heldBytes === 0) return bytes
    hold(bytes)
    const whole = Buffer.from(held.subarray(0, heldBytes))
    heldBytes = 0
    return whole
  }
  return {
    push: (chunk, take) => {
      for (let from = 0; from < chunk.length; ) {
        const window = chunk.subarray(from, from + pieceBytes)
        const end = window.lastIndexOf(closing) + 1
        if (end > 0 && !take(joined(window.subarray(0, end)))) return
        if (end === 0) hold(window)
        from += end || window.length
      }
    },
    rest: () => held.subarray(0, heldBytes),
  }
}
