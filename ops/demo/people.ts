/**
 * Realistic approved batches of made-up people (DESIGN §4 instructions): the same seed and index always make the
 * same line, in any order, one at a time. The farmland subsidy of a county is the model.
 */
import { type Money, money } from '../../formats/values/money.ts'
import { type Draw, drawOf, hashText } from './seeded-draw.ts'
import { accountAt, mobileNumber, residentIdAt, sexOf } from './synthetic-identifiers.ts'
import { syntheticName } from './synthetic-names.ts'

/** What to make. `region` is the six-digit county; `share` is a bank's weight among the others. */
export interface DemoPlan {
  readonly people: number
  readonly seed: number | string
  readonly banks: readonly DemoBank[]
  readonly batchNo: string
  readonly region: string
}

/** A contracted bank and its weight. */
export interface DemoBank {
  readonly code: string
  readonly share: number
}

/** One instruction, as the finance platform would approve it. */
export interface DemoLine {
  readonly instructionId: string
  readonly bank: string
  readonly payeeName: string
  readonly payeeIdNumber: string
  readonly payeeAccount: string
  /** In fen, 1,000 to 500,000. */
  readonly amountFen: Money
  /** 11 digits; absent for about one person in fifty. */
  readonly phone?: string
  /** Village (12 digits) or township (9 digits). */
  readonly region: string
  readonly remark: string
  /** Set on a correction: the instruction that it stands in for. */
  readonly replaces?: string
}

/** All lines of a plan, one after the other, never more than one in memory. Throws a RangeError for a bad plan. */
export function* generateLines(plan: DemoPlan): Generator<DemoLine, void, undefined> {
  const maker = lineMaker(plan)
  for (let index = 0; index < plan.people; index++) yield maker(index)
}

/** The line of an index from 0 below `people`, without making any other. Throws a RangeError. */
export function lineAt(plan: DemoPlan, index: number): DemoLine {
  if (!Number.isInteger(index) || index < 0 || index >= plan.people) throw new RangeError(`no line ${index}`)
  return lineMaker(plan)(index)
}

function lineMaker(plan: DemoPlan): (index: number) => DemoLine {
  checkPlan(plan)
  const seed = hashText(String(plan.seed)) >>> 0
  const pickBank = bankPicker(plan.banks)
  return (index) => {
    const draw = drawOf(seed, index)
    const bank = pickBank(draw)
    const payeeIdNumber = residentIdAt(seed, index)
    return {
      instructionId: `${plan.batchNo}-${String(index + 1).padStart(7, '0')}`,
      bank,
      payeeName: syntheticName(draw, sexOf(payeeIdNumber)),
      payeeIdNumber,
      payeeAccount: accountAt(seed, index, bank),
      amountFen: farmlandAmount(draw),
      ...(draw.chance(20) ? {} : { phone: mobileNumber(draw) }),
      region: villageOf(plan.region, index, draw),
      remark: '耕地地力保护补贴',
    }
  }
}

function checkPlan({ people, banks, batchNo, region }: DemoPlan): void {
  if (!Number.isInteger(people) || people < 0 || people > 99_999_999)
    throw new RangeError('people is not a whole number')
  if (banks.length === 0 || banks.some(({ share }) => !(share > 0)))
    throw new RangeError('every bank needs a share above 0')
  if (!/^\d{6}$/.test(region)) throw new RangeError('region is not a six-digit county')
  if (batchNo === '') throw new RangeError('batchNo is empty')
}

function bankPicker(banks: readonly DemoBank[]): (draw: Draw) => string {
  const whole = banks.reduce((sum, { share }) => sum + share, 0)
  let upTo = 0
  const bounds = banks.map(({ code, share }) => {
    upTo += share
    return { code, bound: (upTo / whole) * 1_000_000 }
  })
  const last = bounds.at(-1)?.code ?? ''
  return (draw) => {
    const place = draw.below(1_000_000)
    return bounds.find(({ bound }) => place < bound)?.code ?? last
  }
}

/** 0.12 to 57 mu at 87.50 yuan: most families till little land, few till much. */
function farmlandAmount(draw: Draw): Money {
  const skewed = (draw.below(1000) + 1) * (draw.below(1000) + 1) * (draw.below(1000) + 1)
  const hundredthsOfMu = 12 + Math.floor((skewed * 5_700) / 1_000_000_000)
  return money(BigInt(Math.floor((hundredthsOfMu * 8_750) / 100)))
}

/** Lines come village by village, about 120 families each and thirty villages a township; some name only the latter. */
function villageOf(county: string, index: number, draw: Draw): string {
  const village = Math.floor(index / 120)
  const township = `${county}${String(100 + (Math.floor(village / 30) % 900)).padStart(3, '0')}`
  return draw.chance(150) ? township : `${township}${String(201 + (village % 30)).padStart(3, '0')}`
}
