/** In which language a desk command speaks: Chinese, English, or both, one after the other. */
import { type Command, InvalidArgumentError } from 'commander'

/** The languages that `--lang` takes. */
export type Lang = 'zh' | 'en' | 'both'

/** A sentence in both languages. */
export interface Words {
  readonly zh: string
  readonly en: string
}

/** Adds `--lang` to a command. */
export const withLanguage = (command: Command): Command =>
  command.option('--lang <zh|en|both>', 'language of messages', asLang, 'both')

function asLang(text: string): Lang {
  if (text === 'zh' || text === 'en' || text === 'both') return text
  throw new InvalidArgumentError('zh, en or both')
}

/** The words in the language that was asked for. */
export function inLanguage({ zh, en }: Words, lang: Lang): string {
  if (lang === 'both') return `${zh} / ${en}`
  return lang === 'zh' ? zh : en
}
