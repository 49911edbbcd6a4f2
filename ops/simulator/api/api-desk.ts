/**
 * The counter behind a simulated bank's API: requests are known by the customer's reference and go to the same desk,
 * journal and ledger as files over SFTP do. A reference is taken once, whatever the content.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileHeader } from '../../../formats/bank-file.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { money, zero } from '../../../formats/values/money.ts'
import { bankFolders } from '../bank/bank-desk.ts'
import type { CustomerFacts } from '../bank/request-header.ts'
import type { RequestState } from '../bank/request-journal.ts'
import type { SimulatedBank } from '../bank/simulated-bank.ts'
import { openKeptMap } from './kept-map.ts'

/** What a request says of itself. `sequence` where the interface carries one, else the desk counts. */
export interface ApiRequest {
  readonly reference: string
  /** `YYYYMMDD`. */
  readonly businessDate: string
  readonly sequence?: number
  readonly content: Buffer
}

/** Where a reference stands. */
export type ApiState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'working' }
  /** The answer in the bank's layout, plain. */
  | { readonly kind: 'answered'; readonly content: Buffer; readonly count: number }

/** What the desk's files end with: it knows those by it that are whole. */
export const deskSuffix = '.api'

/** The counter of one bank. */
export interface ApiDeskSide {
  take(request: ApiRequest): Promise<'taken' | 'refused' | 'duplicate'>
  stateOf(reference: string): Promise<ApiState>
  /** The customer's reference of a file. */
  referenceOf(fileName: string): string | undefined
  close(): Promise<void>
}

/** Opens the counter of a bank whose books lie in `folder`. */
export async function openApiDesk(
  bank: SimulatedBank,
  { folder, profile, customer }: { folder: string; profile: CompiledProfile; customer: CustomerFacts },
): Promise<ApiDeskSide> {
  const folders = bankFolders(folder)
  const names = await openKeptMap(join(folder, 'references.ndjson'))
  let turn: Promise<unknown> = Promise.resolve()
  const find = (reference: string): RequestState | undefined =>
    bank.requests().find((state) => nameOf(state) === names.get(reference) || numberOf(state) === reference)
  const take = async (request: ApiRequest): Promise<'taken' | 'refused' | 'duplicate'> => {
    if (find(request.reference)) return 'duplicate'
    const name = profile.fileName(headerOf(customer, request, request.sequence ?? names.size() + 1))
    await names.set(request.reference, name)
    const path = join(folders.in, `${name}${deskSuffix}`)
    await writeFile(`${path}.part`, request.content, { mode: 0o600 })
    await rename(`${path}.part`, path)
    await bank.work()
    const state = find(request.reference)
    if (!state) throw new Error(`${name} was not found by the bank`)
    return state.kind === 'refused' ? 'refused' : 'taken'
  }
  return {
    take(request) {
      const mine = turn.then(() => take(request))
      turn = mine.catch(() => undefined)
      return mine
    },
    async stateOf(reference) {
      await bank.work()
      const state = find(reference)
      if (!state) return { kind: 'unknown' }
      if (state.kind === 'refused') return { kind: 'refused' }
      if (state.kind === 'received') return { kind: 'working' }
      const { header, all } = state.request
      const of = {
        ...customer,
        ...header,
        count: all.count,
        totalFen: money(all.totalFen),
        programmeName: '',
      }
      const path = join(folders.out, `${profile.resultName(of, 'answer')}${deskSuffix}`)
      // A first telling of an answer that will be mended lies there before the request counts as answered.
      const content = await readFile(path).catch(() => undefined)
      if (content === undefined) return { kind: 'working' }
      return { kind: 'answered', content, count: all.count }
    },
    referenceOf: (fileName) => names.keyOf(fileName),
    close: () => names.close(),
  }
}

const nameOf = (state: RequestState): string =>
  state.kind === 'refused' ? state.refused.fileName : state.request.fileName

const numberOf = (state: RequestState): string | undefined =>
  state.kind === 'refused' ? undefined : state.request.header.fileNumber

const headerOf = (customer: CustomerFacts, request: ApiRequest, sequence: number): FileHeader => ({
  ...customer,
  businessDate: request.businessDate,
  sequence,
  fileNumber: request.reference,
  count: 0,
  totalFen: zero,
  programmeName: '',
})
