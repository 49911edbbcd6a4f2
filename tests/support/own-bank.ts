/** A bank of a test's own: a profile made up on the spot, and a journey in which this bank alone has a contract. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Journey, startJourney } from './journey.ts'

/** What is special about the bank. */
export interface OwnBank {
  /** Id of the profile; the bank's code in the journey is `my-` and this. */
  readonly id: string
  readonly title: string
  /** What stands below `result:`, indented by two spaces and with its final newline. */
  readonly result: string
}

/** The profile's document: requests with serial, account, name and amount between bars, and the answers as told. */
export const ownProfile = ({ id, title, result }: OwnBank): string => `
id: ${id}
version: 1
title: ${title}
source: made for this test
fidelity: invented
charset: gbk
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 1000, maxAmountFen: 99999999999 }
request:
  name: 'Q_{date}_{sequence:NNN}.txt'
  row: [ { item: serial, bytes: 20 }, { item: account }, { item: name }, { item: amount } ]
result:
${result}`

/** A journey with this bank alone, which says nothing by itself: its answers are laid out by the test. */
export async function startOwnBank(bank: OwnBank): Promise<Journey> {
  const profiles = mkdtempSync(join(tmpdir(), 'huida-own-bank-'))
  try {
    writeFileSync(join(profiles, `${bank.id}.yaml`), ownProfile(bank))
    return await startJourney({ only: [], profiles, answerDelayMinutes: 1e7, lateAnswerHours: 1e6 })
  } finally {
    rmSync(profiles, { recursive: true })
  }
}
