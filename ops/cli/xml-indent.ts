/** An XML document with one element a line, indented: for people, of documents that we wrote ourselves. */

/** Indents a document; an element that holds only text stays on one line. What stands before the first tag is kept. */
export function indentXml(text: string): readonly string[] {
  const pieces = text.match(/<[^>]*>|[^<]+/gu) ?? []
  const lines: string[] = []
  let depth = 0
  for (let at = 0; at < pieces.length; at++) {
    const piece = (pieces[at] ?? '').trim()
    if (piece === '') continue
    const kind = kindOf(piece)
    if (kind === 'close') depth--
    const leaf = kind === 'open' ? leafLength(pieces, at) : 0
    lines.push(
      '  '.repeat(Math.max(0, depth)) +
        (leaf > 0
          ? pieces
              .slice(at, at + leaf)
              .join('')
              .trim()
          : piece),
    )
    if (leaf > 0) at += leaf - 1
    else if (kind === 'open') depth++
  }
  return lines
}

function kindOf(piece: string): 'open' | 'close' | 'other' {
  if (!piece.startsWith('<') || piece.startsWith('<?') || piece.startsWith('<!') || piece.endsWith('/>'))
    return 'other'
  return piece.startsWith('</') ? 'close' : 'open'
}

/** Pieces of an element without children, from its opening tag; 0 for one with children. */
function leafLength(pieces: readonly string[], at: number): number {
  if (pieces[at + 1]?.startsWith('</')) return 2
  return !pieces[at + 1]?.startsWith('<') && pieces[at + 2]?.startsWith('</') ? 3 : 0
}
