/** What every answer among the fixtures of the XML profiles says: tail of serial or place, outcome, canonical reason, the bank's codes. */

/** Rows of an answer, as told. */
type Told = readonly string[]

const inOrder = (rows: Told, order: readonly number[]): Told => order.map((number) => rows[number - 1] ?? '')

const paidRows = (code: string, from: number, to: number): Told =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => `${`${from + index}`.padStart(2, '0')} paid PAID ${code}`,
  )

/** The same rows, left as they are by a file whose status takes their certainty away. */
const left = (rows: Told, outcome: 'open' | 'unknown'): Told =>
  rows.map((row) => {
    const [place = '', , reason = '', ...codes] = row.split(' ')
    return [place, outcome, outcome === 'open' ? reason : 'UNMAPPED', ...codes].join(' ')
  })

const gzelink: Told = [
  '01 paid PAID 0000',
  '02 failed NAME_MISMATCH 3031',
  '03 failed ACCOUNT_FROZEN 3017',
  '04 open OUTCOME_UNKNOWN 2007',
  '05 unknown OUTCOME_UNKNOWN 3028',
]

const beps: Told = [
  '01 paid PAID PR02',
  '02 failed NAME_MISMATCH PR09/NN1IA102',
  '03 failed ACCOUNT_STATE_OTHER PR09/NN1IA999',
  '04 failed ACCOUNT_CLOSED PR09/RJ99',
  '05 open OUTCOME_UNKNOWN PR03',
  '06 open NOT_CREDITED_YET PR04',
  '07 unknown UNMAPPED PR77',
]

const iso: Told = [
  '01 paid PAID ACSC',
  '02 failed NAME_MISMATCH RJCT/BE01',
  '03 failed ACCOUNT_FROZEN RJCT/F017',
  '04 open OUTCOME_UNKNOWN ACSP',
  '05 open OUTCOME_UNKNOWN PDNG',
  '06 failed ACCOUNT_CLOSED RJCT/AC04',
  '07 unknown UNMAPPED XYZQ',
]

const citic: Told = [
  '01 paid PAID AAAAAAA',
  '02 unknown UNMAPPED ED02005',
  '03 open OUTCOME_UNKNOWN CCCCCCC',
  '04 unknown OUTCOME_UNKNOWN UNKNOWN',
  '05 open APPROVAL AAAAAAB',
]

const citicPaid = paidRows('AAAAAAA', 1, 5)

const iso20022: Readonly<Record<string, Told>> = {
  'elements-of-the-banks-own': ['01 paid PAID ACSC'],
  'every-reason': [
    '01 failed ACCOUNT_FORMAT RJCT/AC01',
    '02 failed ACCOUNT_FORMAT RJCT/AC02',
    '03 failed ACCOUNT_NOT_FOUND RJCT/AC03',
    '04 failed ACCOUNT_CLOSED RJCT/AC04',
    '05 failed ACCOUNT_FROZEN RJCT/AC06',
    '06 failed PAYER_FUNDS RJCT/AM04',
    '07 unknown DUPLICATE RJCT/AM05',
    '08 failed AMOUNT_INVALID RJCT/AM09',
    '09 failed LIMIT_PERIOD RJCT/AM14',
    '10 failed NAME_MISMATCH RJCT/BE01',
    '11 failed BANK_ROUTING RJCT/RC01',
    '12 failed DECEASED RJCT/MD07',
    '13 failed OTHER_SEE_TEXT RJCT/NARR',
    '14 unknown OUTCOME_UNKNOWN RJCT/AB05',
    '15 failed OTHER_SEE_TEXT RJCT/ZZ99',
  ],
  'every-status': [
    '01 paid PAID ACSC',
    '02 paid PAID ACCC',
    '03 open OUTCOME_UNKNOWN ACSP',
    '04 open OUTCOME_UNKNOWN ACTC',
    '05 open OUTCOME_UNKNOWN ACCP',
    '06 open OUTCOME_UNKNOWN PDNG',
    '07 open OUTCOME_UNKNOWN RCVD',
    '08 open OUTCOME_UNKNOWN ACWC',
    '09 open NOT_CREDITED_YET ACWP',
    '10 failed OTHER_SEE_TEXT RJCT',
    '11 unknown CANCELLED CANC',
    '12 unknown OUTCOME_UNKNOWN PART',
    '13 unknown UNMAPPED BLCK',
  ],
  'group-accepted-for-processing': [],
  'group-received-with-rows': left(iso, 'open'),
  'group-status-that-nobody-knows': left(iso, 'unknown'),
  'group-words-of-doubt': ['01 open PAID ACSC'],
  'no-totals-and-no-status-of-the-whole': iso,
  'payment-information-still-open': left(iso, 'open'),
  'refusals-alone': ['02 failed NAME_MISMATCH RJCT/BE01', '06 failed ACCOUNT_CLOSED RJCT/AC04'],
  'row-named-twice': ['01 paid PAID ACSC', '01 failed NAME_MISMATCH RJCT/BE01'],
  'row-of-another-batch': ['01 paid PAID ACSC'],
  'row-without-a-status': ['01 unknown UNMAPPED', '02 paid PAID ACSC'],
  'rows-in-another-order': inOrder(iso, [7, 2, 5, 1, 6, 4, 3]),
  'seven-people': iso,
  'several-reasons': [
    '01 failed ACCOUNT_CLOSED RJCT/AC04 NARR',
    '02 unknown OUTCOME_UNKNOWN RJCT/AC04 AB05',
    '03 failed ACCOUNT_NOT_FOUND RJCT',
  ],
  'success-for-a-higher-amount': ['01 paid PAID ACSC'],
  'words-of-doubt-beside-settlement': ['01 unknown OUTCOME_UNKNOWN ACSC'],
}

/** Outcomes by profile and case. */
export const xmlOutcomes: Readonly<Record<string, Readonly<Record<string, Told>>>> = {
  'citic-dlsal': {
    'all-paid': citicPaid,
    'batch-imported': left(citicPaid, 'open'),
    'batch-in-progress': left(citicPaid, 'open'),
    'batch-in-progress-without-rows': [],
    'batch-refused-by-a-code-of-the-contract': left(citicPaid, 'unknown'),
    'batch-to-be-approved': left(citicPaid, 'open'),
    'batch-unknown': left(citicPaid, 'unknown'),
    'elements-of-the-banks-own': ['01 paid PAID AAAAAAA'],
    'five-people': citic,
    'success-for-a-higher-amount': ['01 paid PAID AAAAAAA'],
    'three-pages': paidRows('AAAAAAA', 1, 45),
    'three-pages-in-another-order': [...paidRows('AAAAAAA', 41, 45), ...paidRows('AAAAAAA', 1, 40)],
    'words-of-doubt-beside-success': [
      '01 unknown OUTCOME_UNKNOWN AAAAAAA',
      '02 unknown OUTCOME_UNKNOWN AAAAAAA',
    ],
  },
  'cnaps2-beps382': {
    'all-paid': [
      '01 paid PAID PR02',
      '02 paid PAID PR02',
      '03 paid PAID PR02',
      '04 paid PAID PR02',
      '05 paid PAID PR02',
      '06 paid PAID PR02',
      '07 paid PAID PR02',
    ],
    'elements-of-the-banks-own': ['01 paid PAID PR02'],
    'netted-and-not-settled': left(beps, 'open'),
    'row-of-another-batch': ['01 paid PAID PR02'],
    'rows-in-another-order': inOrder(beps, [7, 2, 5, 1, 6, 4, 3]),
    'seven-people': beps,
    'status-that-nobody-knows': left(beps, 'unknown'),
    'success-for-a-higher-amount': ['01 paid PAID PR02'],
    'words-of-doubt-beside-success': [
      '01 unknown OUTCOME_UNKNOWN PR02',
      '02 failed NAME_MISMATCH PR09/NN1IA102',
    ],
  },
  'gzelink-xml': {
    'answer-to-the-query': gzelink,
    'elements-of-the-banks-own': ['01 paid PAID 0000'],
    'every-code': [
      '01 paid PAID 0000',
      '02 open OUTCOME_UNKNOWN 2000',
      '03 open APPROVAL 2001',
      '04 open APPROVAL 2003',
      '05 open APPROVAL 2005',
      '06 open OUTCOME_UNKNOWN 2007',
      '07 failed ACCOUNT_STATE_OTHER 3001',
      '08 failed ACCOUNT_NOT_FOUND 3004',
      '09 failed CARD_LOST 3006',
      '10 failed CARD_LOST 3007',
      '11 failed PAYER_FUNDS 3008',
      '12 failed ACCOUNT_NOT_FOUND 3009',
      '13 failed CARD_STATE_FIXABLE 3010',
      '14 failed ACCOUNT_STATE_OTHER 3012',
      '15 failed LIMIT_PERIOD 3013',
      '16 failed CARD_LOST 3016',
      '17 failed ACCOUNT_FROZEN 3017',
      '18 failed ACCOUNT_CLOSED 3018',
      '19 failed REVERSED 3019',
      '20 failed ACCOUNT_FROZEN 3020',
      '21 failed ACCOUNT_FORMAT 3022',
      '22 failed BANK_BUSY 3024',
      '23 unknown OUTCOME_UNKNOWN 3028',
      '24 failed ACCOUNT_NOT_FOUND 3030',
      '25 failed NAME_MISMATCH 3031',
      '26 failed ACCOUNT_TYPE 3032',
      '27 failed ACCOUNT_TYPE 3034',
      '28 failed CARD_STATE_FIXABLE 3037',
      '29 failed ACCOUNT_TYPE 3038',
      '30 failed ACCOUNT_CLOSED 3039',
      '31 failed AMOUNT_INVALID 3040',
      '32 failed ACCOUNT_FORMAT 3041',
      '33 failed NOT_CONTRACTED 3043',
      '34 failed BANK_BUSY 3044',
      '35 failed NOT_CONTRACTED 3045',
      '36 unknown DUPLICATE 3051',
      '37 returned RETURNED_LATE 3056',
      '38 failed ACCOUNT_STATE_OTHER 3057',
      '39 failed ID_MISMATCH 3063',
      '40 failed ACCOUNT_FORMAT 3097',
      '41 unknown OUTCOME_UNKNOWN 3999',
      '42 unknown UNMAPPED 4000',
      '43 unknown UNMAPPED 9999',
    ],
    'five-people': gzelink,
    'marks-and-cdata': ['01 unknown OUTCOME_UNKNOWN 3999', '02 failed ACCOUNT_STATE_OTHER 3012'],
    'package-code-that-nobody-knows': left(gzelink, 'unknown'),
    'package-in-progress': [],
    'package-not-found': [],
    'package-only-received': ['01 open PAID 0000', '02 open PAID 0000'],
    'package-sent-to-the-bank': left(gzelink, 'open'),
    'row-named-twice': ['01 paid PAID 0000', '01 failed NAME_MISMATCH 3031'],
    'rows-in-another-order': inOrder(gzelink, [4, 1, 5, 3, 2]),
    'success-for-a-higher-amount': ['01 paid PAID 0000'],
    'words-of-receipt-beside-success': [
      '01 unknown OUTCOME_UNKNOWN 0000',
      '02 unknown OUTCOME_UNKNOWN 0000',
      '03 unknown OUTCOME_UNKNOWN 3999',
    ],
  },
  'iso20022-pain001': iso20022,
  'iso20022-pain001-03': iso20022,
}
