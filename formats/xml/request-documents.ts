/** Documents of requests: written by us, read by simulated banks. */
import type { FileHeader, PaymentLine } from '../bank-file.ts'
import { requestFacts } from '../lines/file-facts.ts'
import { totalsHeld } from '../lines/totals-held.ts'
import type { FieldCipher, FileReader, FileWriter } from '../profile/compiled-profile.ts'
import type { XmlProfileSpec } from '../profile/xml-schema.ts'
import { charset } from '../values/charset.ts'
import { documentPlan } from './document-plan.ts'
import { documentReader } from './document-reader.ts'
import { documentWriter, type RefuseLine } from './document-writer.ts'
import { placeStyle } from './place-text.ts'
import { requestRecord } from './row-record.ts'
import type { XmlLayout } from './xml-layout.ts'

/** Makes the writer of a request; `end` throws when the lines are not those of the header. */
export function requestWriter(
  spec: XmlProfileSpec,
  layout: XmlLayout,
  header: FileHeader,
  refuse: RefuseLine,
  cipher: FieldCipher | undefined,
): FileWriter {
  const writer = documentWriter({
    layout,
    facts: requestFacts(header),
    style: placeStyle(charset(layout.charset), spec.forbidden ?? '', cipher),
    refuse,
    pageRows: undefined,
  })
  return totalsHeld(writer, header)
}

/** Makes the reader of a request. */
export function requestReader(
  layout: XmlLayout,
  settings: FileHeader['settings'],
  cipher: FieldCipher | undefined,
): FileReader<PaymentLine> {
  const plan = documentPlan(layout, cipher)
  let fileNumber: string | undefined
  return documentReader<PaymentLine>({
    layout,
    plan,
    settings,
    onlyKnown: false,
    readRecord: requestRecord(plan, () => fileNumber),
    expected: { failuresOnly: false, request: undefined, late: false },
    readStatus: undefined,
    demote: undefined,
    pages: undefined,
    onHead: (stated) => {
      fileNumber = stated.fileNumber
    },
  })
}
