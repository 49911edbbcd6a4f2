/**
 * Names that nobody has to own: common Han surnames and given names by rough frequency, about one in a hundred
 * with a character that many systems lack, about one in a hundred a long Uyghur name with `·`.
 */
import type { Draw } from './seeded-draw.ts'

/** Sex as the resident ID tells it, so that a name suits it. */
export type Sex = 'male' | 'female'

/** Rare characters of names, each with the one that a clerk would file when the bank cannot write it. */
export const rareCharacters: ReadonlyMap<string, string> = new Map([
  ['㛃', '冉'],
  ['𬭎', '宏'],
  ['䶮', '衍'],
  ['珅', '申'],
  ['瑋', '玮'],
  ['玚', '扬'],
  ['㻬', '涂'],
  ['龴', '龙'],
  ['𠅤', '宜'],
])

const rare = [...rareCharacters.keys()]

/** Surnames with their share per thousand, roughly as in the census; the rest share what is left evenly. */
const frequentSurnames: readonly (readonly [string, number])[] = [
  ['王', 72],
  ['李', 71],
  ['张', 67],
  ['刘', 54],
  ['陈', 45],
  ['杨', 31],
  ['黄', 22],
  ['赵', 21],
  ['吴', 20],
  ['周', 19],
  ['徐', 15],
  ['孙', 15],
  ['马', 13],
  ['朱', 13],
  ['胡', 12],
  ['郭', 12],
  ['何', 12],
  ['高', 10],
  ['林', 10],
  ['罗', 10],
]

const otherSurnames = [
  ...'郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史',
  ...['欧阳', '司马', '上官', '诸葛', '东方', '皇甫'],
]

const surnamesPermille = frequentSurnames.flatMap(([surname, share]) => Array<string>(share).fill(surname))

const given: Readonly<Record<Sex, readonly string[]>> = {
  male: [...'伟强军勇杰涛明超平刚辉鹏华建国志文斌波林峰海龙生福德才义成荣富贵宝春东新云松柏清根水火金木土'],
  female: [...'芳娟敏静丽艳秀英兰玲桂梅红霞燕玉珍凤萍莲香翠云雪琴莉慧娥菊花春秋月娣芝连爱巧银彩淑贞素仙喜'],
}

const uyghurGiven: Readonly<Record<Sex, readonly string[]>> = {
  male: ['阿卜杜热合曼', '买买提艾力', '吐尔逊江', '艾尔肯', '亚力坤', '努尔买买提', '库尔班江', '麦麦提明'],
  female: [
    '迪丽努尔',
    '古丽仙木',
    '阿依古丽',
    '帕提古丽',
    '热孜万古丽',
    '美丽班',
    '祖丽胡玛尔',
    '麦尔耶姆古丽',
  ],
}

const uyghurFather = [
  '阿布都热依木',
  '买买提',
  '吐尔逊',
  '艾合买提',
  '阿卜力孜',
  '热合木图拉',
  '玉素甫',
  '克热木',
  '斯迪克',
]

/** A full name for a person of a sex. */
export function syntheticName(draw: Draw, sex: Sex): string {
  if (draw.chance(10)) return `${draw.pick(uyghurGiven[sex])}·${draw.pick(uyghurFather)}`
  const surname = surnameOf(draw)
  const name = `${surname}${draw.pick(given[sex])}`
  if (draw.chance(10)) return `${name}${draw.pick(rare)}`
  return draw.chance(850) ? `${name}${draw.pick(given[sex])}` : name
}

/** The same person as another clerk has it: without the rare character, or with another last character or name. */
export function correctedName(draw: Draw, name: string): string {
  const written = withoutRareCharacters(name)
  if (written !== name) return written
  const [first, father] = name.split('·')
  const others = [...given.male, ...given.female, ...uyghurFather]
  if (father !== undefined) return `${first}·${otherThan(draw, uyghurFather, father)}`
  const characters = [...name]
  const last = characters.pop() ?? ''
  return `${characters.join('')}${otherThan(draw, others.slice(0, -uyghurFather.length), last)}`
}

/** A name in characters that GBK has, where we know the common substitute. */
export const withoutRareCharacters = (name: string): string =>
  [...name].map((character) => rareCharacters.get(character) ?? character).join('')

function surnameOf(draw: Draw): string {
  return surnamesPermille[draw.below(1000)] ?? draw.pick(otherSurnames)
}

function otherThan(draw: Draw, from: readonly string[], current: string): string {
  return draw.pick(from.filter((candidate) => candidate !== current))
}
