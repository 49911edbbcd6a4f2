/**
 * Puts ASCII armour (RFC 9580 section 6) around packets as they stream: base64 in lines of 64 letters, closed by
 * the CRC-24 that older programs still look for.
 */
import type { ArmorKind } from './armor.ts'
import { byteReader, peek, takeSome } from './byte-reader.ts'

const LINE_BYTES = 48
const BLOCK_BYTES = LINE_BYTES * 2048
const CRC_START = 0xb704ce
const CRC_POLYNOMIAL = 0x1864cfb
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, octet) => crcOfOctet(octet))

/** Yields the armoured text as Latin-1 bytes. */
export async function* withArmor(packets: AsyncIterable<Buffer>, kind: ArmorKind): AsyncGenerator<Buffer> {
  yield Buffer.from(`-----BEGIN PGP ${kind}-----\n\n`)
  let crc = CRC_START
  for await (const block of inWholeLines(packets)) {
    crc = crcAfter(crc, block)
    yield Buffer.from(block.toString('base64').replace(/.{1,64}/g, '$&\n'), 'latin1')
  }
  const sum = Buffer.of(crc >> 16, (crc >> 8) & 0xff, crc & 0xff)
  yield Buffer.from(`=${sum.toString('base64')}\n-----END PGP ${kind}-----\n`)
}

/** Blocks of whole lines; only the last may be shorter. */
async function* inWholeLines(packets: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = byteReader(packets)
  for (;;) {
    const ready = (await peek(reader, LINE_BYTES)).length
    if (ready === 0) return
    const whole = reader.held.length - (reader.held.length % LINE_BYTES)
    yield await takeSome(reader, ready < LINE_BYTES ? ready : Math.min(whole, BLOCK_BYTES))
  }
}

function crcOfOctet(octet: number): number {
  let crc = octet << 16
  for (let bit = 0; bit < 8; bit += 1) {
    crc <<= 1
    if ((crc & 0x1000000) !== 0) crc ^= CRC_POLYNOMIAL
  }
  return crc
}

function crcAfter(start: number, block: Buffer): number {
  let crc = start
  for (const octet of block) crc = ((crc << 8) & 0xffffff) ^ (CRC_TABLE[(crc >> 16) ^ octet] ?? 0)
  return crc
}
