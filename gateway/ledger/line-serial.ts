/** The serial of a line: file number and seq, unique for ever (R1); short columns of a bank take its tail. */

/** Digits of the file number in front of a line's serial, and of seq at its end. */
const fileDigits = 12
const seqDigits = 8

/** The number that a bank sees for a file: 12 digits, unique for ever. */
export const fileNumber = (fileId: number): string => String(fileId).padStart(fileDigits, '0')

/** The serial of a line in a file: 20 digits, unique for ever (R1). */
export const lineSerial = (fileId: number, seq: number): string =>
  fileNumber(fileId) + String(seq).padStart(seqDigits, '0')

/** What a bank echoed as a serial: the seq, and the file where the serial is long enough to say; undefined if it is none of ours. */
export function parseSerial(serial: string): { seq: number; fileId: number | undefined } | undefined {
  if (!/^\d{1,20}$/.test(serial)) return undefined
  const seq = Number(serial.slice(-seqDigits))
  const prefix = serial.slice(0, -seqDigits)
  if (seq === 0) return undefined
  return { seq, fileId: prefix.length === fileDigits ? Number(prefix) : undefined }
}
