/** What the texts of one MT940 entry say: `:86:` free or with `?nn` subfields, and the lines behind `:61:`. */

/** Texts and the other party of an entry. */
export interface SwiftTexts {
  readonly summary: string
  readonly purpose: string
  readonly remark: string
  readonly counterAccount: string
  readonly counterName: string
}

/** A line as long as the field allows was broken by its width and not at a word. */
const fullLineChars = 60
const fullPartChars = 27

/** Reads the lines of `:86:`; `behind61` are the lines that follow the first one of `:61:`. */
export function swiftTexts(lines: readonly string[], behind61: readonly string[]): SwiftTexts {
  const supplement = behind61.join(' ')
  const structured = /^(?:\d{3})?\?\d\d/u.test(lines[0] ?? '')
  return structured ? subfields(lines.join(''), supplement) : freeText(lines, supplement)
}

function freeText(lines: readonly string[], supplement: string): SwiftTexts {
  const remark = rejoined(lines, fullLineChars)
  return { summary: supplement, purpose: '', remark, counterAccount: '', counterName: '' }
}

function subfields(text: string, supplement: string): SwiftTexts {
  const parts = text.split(/\?(?=\d\d)/u).slice(1)
  const of = (wanted: (no: number) => boolean): string =>
    rejoined(
      parts.filter((part) => wanted(Number.parseInt(part.slice(0, 2), 10))).map((part) => part.slice(2)),
      fullPartChars,
    )
  const posting = of((no) => no === 0)
  const purpose = of((no) => (no >= 20 && no <= 29) || (no >= 60 && no <= 63))
  return {
    summary: [posting, supplement].filter((one) => one !== '').join(' '),
    purpose,
    remark: purpose,
    counterAccount: of((no) => no === 31),
    counterName: of((no) => no === 32 || no === 33),
  }
}

const rejoined = (pieces: readonly string[], fullChars: number): string =>
  pieces
    .map((piece) => (piece.length >= fullChars ? piece : `${piece} `))
    .join('')
    .trim()
