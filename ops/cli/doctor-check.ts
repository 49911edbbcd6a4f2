/** One check of `huida doctor`: how it went, in both languages, and what to do about it. Never a secret in any of it. */
import { isFault } from '../../gateway/faults.ts'

/** A sentence in both languages. */
export interface Sentence {
  readonly zh: string
  readonly en: string
}

/** How a check went. `warn` works today, `fail` does not; `skipped` has nothing to look at here. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skipped'

/** One check. `hint` says what to do. */
export interface Check {
  /** Stable name, such as `database.durability` or `keys:yy-rcb`. */
  readonly id: string
  readonly status: CheckStatus
  readonly finding: Sentence
  readonly hint?: Sentence
}

/** Makes a sentence. */
export const sentence = (zh: string, en: string): Sentence => ({ zh, en })

/** Makes a check. */
export const check = (id: string, status: CheckStatus, finding: Sentence, hint?: Sentence): Check => ({
  id,
  status,
  finding,
  ...(hint && { hint }),
})

/** The failed check that an error stands for; faults bring their sentence of the catalogue, others their message. */
export function failedBy(id: string, error: unknown, hint?: Sentence): Check {
  const message = error instanceof Error ? error.message : String(error)
  const finding = isFault(error)
    ? sentence(`${error.entry.zh}（${error.code}）`, `${message}`)
    : sentence(message, message)
  return check(id, 'fail', finding, hint)
}

const marks: Readonly<Record<CheckStatus, string>> = {
  ok: '[正常 ok]  ',
  warn: '[注意 warn]',
  fail: '[失败 FAIL]',
  skipped: '[跳过 skip]',
}

/** A check as lines of text; `paint` colours the mark. */
export function checkText({ id, status, finding, hint }: Check, paint: (mark: string) => string): string {
  const line = `${paint(marks[status])} ${id}: ${both(finding)}`
  return hint ? `${line}\n            -> ${both(hint)}` : line
}

const both = ({ zh, en }: Sentence): string => (zh === en ? zh : `${zh} / ${en}`)
