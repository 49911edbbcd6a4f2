/**
 * Compares our side with a bank's after a restore (R9): what lies in its folders or what its API says, against every file
 * that a restored database may have forgotten to have sent. Nothing is changed here.
 */
import { type ContractedBank, knownProfiles } from '../../banks/bank-book.ts'
import { envelopeSuffix } from '../../banks/envelope-terms.ts'
import { chinaDay } from '../../clock.ts'
import type { Needs } from '../../needs.ts'
import { type Restore, readRestore } from '../../store/database-identity-store.ts'
import { readDenials } from '../api/sent-store.ts'
import { isRestoring } from '../brakes/brake-store.ts'
import type { Channel, RemoteFile } from '../channel.ts'
import { answerName } from '../collect/answer-names.ts'
import type { SendNeeds } from '../send-needs.ts'
import { digestLimitBytes } from '../sftp/sftp-sent.ts'
import * as store from './compare-store.ts'
import {
  type BankSideOfFile,
  type DoubtfulFile,
  decideComparison,
  type FileFinding,
} from './decide-comparison.ts'

/** What comparing uses. */
export type CompareNeeds = SendNeeds & Pick<Needs, 'db'>

/** A file of ours and what became of it. */
export interface ComparedFile extends DoubtfulFile {
  readonly finding: FileFinding
  /** What a person said of it since the restore. */
  readonly settled: store.Settlement['verdict'] | undefined
}

/** A name at the bank that is ours by its form and that we do not know; it was sent after the backup was made. */
export interface LostName {
  readonly name: string
  readonly place: 'sent' | 'answer'
  readonly acknowledged: boolean
}

/** Both sides beside each other. */
export interface Comparison {
  /** The restore that is compared; undefined when the bank is not paused by one. */
  readonly restore: Restore | undefined
  readonly files: readonly ComparedFile[]
  readonly lost: readonly LostName[]
  readonly unplanned: readonly (store.UnplannedLines & { readonly settled: boolean })[]
  /** Days and sequences that names at the bank tell. */
  readonly seen: readonly store.Place[]
  /** Nothing is in doubt that would be sent. */
  readonly clean: boolean
}

/** Looks at both sides. Throws the fault of a bank that cannot be asked: its silence must not look like an empty folder. */
export async function compareBank(needs: CompareNeeds, bank: ContractedBank): Promise<Comparison> {
  const restore = (await isRestoring(needs.db, bank.bankNo)) ? await readRestore(needs.db) : undefined
  const noticedAt = restore?.noticedAt ?? needs.clock.now()
  const theirs = await readTheirs(needs, bank)
  const settled = restore && (await store.readSettled(needs.db, restore.identityNo, bank.bankNo))
  const files = (await compareFiles(needs, bank, theirs, noticedAt)).map((file) => ({
    ...file,
    settled: settled?.get(store.settledKey('file', file.name)),
  }))
  const lost = (await findLost(needs, bank, theirs, restore)).map((one) => ({
    ...one,
    acknowledged: settled?.has(store.settledKey('lost', one.name)) ?? false,
  }))
  const unplanned = (await store.listUnplanned(needs.db, bank.bankNo, noticedAt)).map((lines) => ({
    ...lines,
    settled: settled?.has(store.settledKey('batch', lines.batch)) ?? false,
  }))
  const found = { files, lost, unplanned }
  return { restore, ...found, seen: theirs.places.map(({ place }) => place), clean: isClean(found, restore) }
}

/** Without a restore a file that waits is nothing strange; one that the bank has although we did not send it is. */
function isClean(
  { files, lost, unplanned }: Pick<Comparison, 'files' | 'lost' | 'unplanned'>,
  restore: Restore | undefined,
): boolean {
  if (!restore) return lost.length === 0 && files.every(({ finding }) => finding.kind !== 'delivered')
  return (
    files.every(isSettled) &&
    lost.every(({ acknowledged }) => acknowledged) &&
    unplanned.every(({ settled }) => settled)
  )
}

/** True for a file that may be sent, or must not be sent any more, without anybody being in doubt. */
export const isSettled = ({ finding, settled }: ComparedFile): boolean =>
  settled !== undefined || finding.kind === 'untouched' || finding.kind === 'absent'

/** A name at the bank that tells a day and a sequence. */
interface NamedPlace {
  readonly name: string
  readonly at: 'sent' | 'answer'
  readonly place: store.Place
}

interface TheirSide {
  readonly channel: Channel
  readonly sent: ReadonlyMap<string, number>
  readonly places: readonly NamedPlace[]
  /** Names of our form in the place where we send to that tell no day. */
  readonly dayless: readonly string[]
}

async function readTheirs(needs: CompareNeeds, bank: ContractedBank): Promise<TheirSide> {
  const channel = needs.channelOf(bank)
  const sent = named(await channel.sent())
  const answers = named(await channel.list())
  const requests = sent.flatMap(({ name }) => {
    const told = requestPlace(bank, name)
    return told ? [{ name, told }] : []
  })
  return {
    channel,
    sent: new Map(sent.map(({ name, sizeBytes }) => [name, sizeBytes])),
    places: [
      ...requests.flatMap(({ name, told }) => placed(name, 'sent', told)),
      ...answers.flatMap(({ name }) => placed(name, 'answer', answerPlace(bank, name) ?? {})),
    ],
    dayless: requests.filter(({ told }) => placeOf(told) === undefined).map(({ name }) => name),
  }
}

const named = (files: readonly RemoteFile[]) => files.flatMap((file) => (file.kind === 'file' ? [file] : []))

interface Told {
  readonly businessDate?: string
  readonly sequence?: number
}

/** Day and sequence of a request's name, with the suffix of its envelope; undefined for other names, parts among them. */
function requestPlace(bank: ContractedBank, remoteName: string): Told | undefined {
  const suffix = envelopeSuffix(bank.agreement.envelope)
  if (!remoteName.endsWith(suffix)) return undefined
  const name = remoteName.slice(0, remoteName.length - suffix.length)
  return firstTold(knownProfiles(bank).map((profile) => profile.matchRequestName(name)))
}

const answerPlace = (bank: ContractedBank, remoteName: string): Told | undefined =>
  firstTold(knownProfiles(bank).map((profile) => profile.matchResultName(answerName(bank, remoteName))))

const firstTold = (told: readonly (Told | undefined)[]): Told | undefined =>
  told.find((one) => one !== undefined)

function placeOf({ businessDate, sequence }: Told): store.Place | undefined {
  if (businessDate === undefined || sequence === undefined) return undefined
  const iso = `${businessDate.slice(0, 4)}-${businessDate.slice(4, 6)}-${businessDate.slice(6, 8)}`
  return { businessDate: iso, sequence }
}

function placed(name: string, at: NamedPlace['at'], told: Told): NamedPlace[] {
  const place = placeOf(told)
  return place ? [{ name, at, place }] : []
}

async function compareFiles(
  needs: CompareNeeds,
  bank: ContractedBank,
  theirs: TheirSide,
  noticedAt: Date,
): Promise<Omit<ComparedFile, 'settled'>[]> {
  const { db } = needs
  const answers = theirs.places.filter(({ at }) => at === 'answer')
  const answered = await store.findAtPlaces(
    db,
    bank.bankNo,
    answers.map(({ place }) => place),
  )
  const answerOf = new Map(answered.flatMap((fileId, index) => pair(fileId, answers[index]?.name)))
  const denials = await readDenials(db, bank.bankNo, noticedAt)
  const { channel: agreed } = bank.agreement
  const terms = { noticedAt, settleMinutes: agreed.kind === 'api' ? agreed.settleMinutes : undefined }
  const compared: Omit<ComparedFile, 'settled'>[] = []
  for (const file of await store.listDoubtful(db, bank.bankNo, noticedAt)) {
    const answer = answerOf.get(file.fileId)
    const lying = await lyingAt(theirs, file)
    const side: BankSideOfFile = {
      ...(lying && { lying }),
      ...(answer !== undefined && { answer }),
      denials: denials.get(file.fileId) ?? [],
    }
    compared.push({ ...file, finding: decideComparison(file, side, terms) })
  }
  return compared
}

const pair = (fileId: number | undefined, name: string | undefined): [number, string][] =>
  fileId === undefined || name === undefined ? [] : [[fileId, name]]

async function lyingAt(theirs: TheirSide, file: DoubtfulFile): Promise<BankSideOfFile['lying']> {
  const sizeBytes = theirs.sent.get(file.name)
  if (sizeBytes === undefined) return undefined
  const comparable = file.sealedBefore && sizeBytes === file.sealedBytes && sizeBytes <= digestLimitBytes
  const sha256 = comparable ? await theirs.channel.sentSha256(file.name) : undefined
  return { sizeBytes, ...(sha256 !== undefined && { sha256 }) }
}

/** Names from before the day of the backup belong to what the backup knows, or to nobody; they are left alone. */
async function findLost(
  needs: CompareNeeds,
  bank: ContractedBank,
  theirs: TheirSide,
  restore: Restore | undefined,
): Promise<Omit<LostName, 'acknowledged'>[]> {
  const firstDay = restore?.lastFactAt ? chinaDay(restore.lastFactAt) : ''
  const recent = theirs.places.filter(({ place }) => place.businessDate >= firstDay)
  const known = await store.findAtPlaces(
    needs.db,
    bank.bankNo,
    recent.map(({ place }) => place),
  )
  const unknown = recent.filter((_, index) => known[index] === undefined)
  const sent = unknown.filter(({ at }) => at === 'sent').map(({ name }) => name)
  const dayless = await store.findUnknownNames(needs.db, bank.bankNo, theirs.dayless)
  return [
    ...[...sent, ...dayless].map((name) => ({ name, place: 'sent' as const })),
    ...unknown.filter(({ at }) => at === 'answer').map(({ name }) => ({ name, place: 'answer' as const })),
  ]
}
