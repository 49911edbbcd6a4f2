/**
 * Administrative divisions (GB/T 2260): province, prefecture and county in two digits each, with GB/T 10114's three for
 * townships and three for villages behind. Provinces are known here; counties change every year, so a list of them is
 * the operator's, with the days from and until which a code counts (bank-formats §13).
 */

/** The provinces by their first two digits. */
export const provinces: Readonly<Record<string, string>> = Object.freeze({
  '11': '北京市',
  '12': '天津市',
  '13': '河北省',
  '14': '山西省',
  '15': '内蒙古自治区',
  '21': '辽宁省',
  '22': '吉林省',
  '23': '黑龙江省',
  '31': '上海市',
  '32': '江苏省',
  '33': '浙江省',
  '34': '安徽省',
  '35': '福建省',
  '36': '江西省',
  '37': '山东省',
  '41': '河南省',
  '42': '湖北省',
  '43': '湖南省',
  '44': '广东省',
  '45': '广西壮族自治区',
  '46': '海南省',
  '50': '重庆市',
  '51': '四川省',
  '52': '贵州省',
  '53': '云南省',
  '54': '西藏自治区',
  '61': '陕西省',
  '62': '甘肃省',
  '63': '青海省',
  '64': '宁夏回族自治区',
  '65': '新疆维吾尔自治区',
  '71': '台湾省',
  '81': '香港特别行政区',
  '82': '澳门特别行政区',
})

/** True for two digits that are a province. */
export const isProvince = (digits: string): boolean => Object.hasOwn(provinces, digits)

/** What is wrong with a region code; it names the part, never a person. */
export type RegionProblem =
  | { readonly code: 'LENGTH'; readonly expected: string; readonly length: number }
  | { readonly code: 'CHARACTER'; readonly position: number }
  | { readonly code: 'PROVINCE'; readonly province: string }
  /** A county without a prefecture, such as 430021. */
  | { readonly code: 'LEVEL'; readonly county: string }
  /** A county that the list does not have on that day. */
  | { readonly code: 'COUNTY'; readonly county: string }

const levelLengths: readonly number[] = [2, 4, 6, 9, 12]

/** Checks a code of 2, 4, 6, 9 or 12 digits; `counties` are the six-digit codes that count, when there is a list. */
export function checkRegionCode(text: string, counties?: ReadonlySet<string>): RegionProblem | undefined {
  const position = text.search(/[^0-9]/)
  if (position >= 0) return { code: 'CHARACTER', position: position + 1 }
  if (!levelLengths.includes(text.length))
    return { code: 'LENGTH', expected: levelLengths.join(', '), length: text.length }
  const province = text.slice(0, 2)
  if (!isProvince(province)) return { code: 'PROVINCE', province }
  const county = text.slice(0, 6)
  // Whole provinces and prefectures have no county to look up.
  if (county.length < 6 || county.endsWith('00')) return undefined
  if (county.slice(2, 4) === '00') return { code: 'LEVEL', county }
  return counties === undefined || counties.has(county) ? undefined : { code: 'COUNTY', county }
}
