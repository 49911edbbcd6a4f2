/** What every answer among the fixtures says: tail of the serial (or row number), outcome, canonical reason, class. */

const cib = 'batchtransfer20261121000000000001.txt'
const icbc = 'HP_ORG001_20261121_001.txt'
const spdb = 'UBR_COM001_9800_20261121_01.txt'
const ums = 'final_division-20261121-001.ret'
const unionpay = 'DF00000000777290058110097202611210001O.txt'

const unionpayRows = [
  '01 paid PAID -',
  '02 failed ID_MISMATCH C',
  '03 failed ACCOUNT_STATE_OTHER H',
  '04 failed LIMIT_PERIOD R',
  '05 open OUTCOME_UNKNOWN Q',
  '06 unknown OUTCOME_UNKNOWN Q',
  '07 unknown UNMAPPED Q',
]
const cibRows = [
  '1 paid PAID -',
  '2 failed NAME_MISMATCH C',
  '3 failed ACCOUNT_FROZEN H',
  '4 open OUTCOME_UNKNOWN Q',
  '5 unknown OUTCOME_UNKNOWN Q',
]
const t1Rows = [
  '01 paid PAID -',
  '02 failed NAME_MISMATCH C',
  '03 failed ACCOUNT_FROZEN H',
  '04 open OUTCOME_UNKNOWN Q',
  '05 unknown UNMAPPED Q',
]
const icbcRows = [
  '01 paid PAID -',
  '02 failed OTHER_SEE_TEXT H',
  '03 failed OTHER_SEE_TEXT H',
  '04 paid PAID -',
  '05 unknown UNMAPPED Q',
]

const inOrder = (rows: readonly string[], order: readonly number[]): readonly string[] =>
  order.map((number) => rows[number - 1] ?? '')

/** Every state of CIB, in the order of its fixture. */
const cibStates = [
  'paid PAID -',
  'paid PAID -',
  'failed OTHER_SEE_TEXT H',
  'failed OTHER_SEE_TEXT H',
  'failed CANCELLED T',
  'failed CANCELLED T',
  'unknown OUTCOME_UNKNOWN Q',
  'open OUTCOME_UNKNOWN Q',
  'open OUTCOME_UNKNOWN Q',
  'open OUTCOME_UNKNOWN Q',
  'open APPROVAL Q',
  'open OUTCOME_UNKNOWN Q',
  'open APPROVAL Q',
  'open APPROVAL Q',
  'open OUTCOME_UNKNOWN Q',
  'open OUTCOME_UNKNOWN Q',
  'open OUTCOME_UNKNOWN Q',
  'unknown OUTCOME_UNKNOWN Q',
  'failed ACCOUNT_TYPE C',
  'failed ACCOUNT_NOT_FOUND C',
  'failed ACCOUNT_NOT_FOUND C',
  'failed ACCOUNT_CLOSED C',
  'failed ACCOUNT_CLOSED C',
  'failed ACCOUNT_FROZEN H',
  'failed PAYER_FUNDS R',
  'failed AMOUNT_INVALID C',
  'failed ACCOUNT_TYPE C',
  'failed NAME_MISMATCH C',
  'failed ID_MISMATCH C',
  'failed ID_MISMATCH C',
  'failed ACCOUNT_NOT_FOUND C',
  'failed AMOUNT_INVALID C',
  'failed NAME_MISMATCH C',
  'unknown UNMAPPED Q',
].map((said, index) => `${index + 1}`.slice(-2).concat(` ${said}`))

/** Outcomes by path below tests/fixtures. */
export const expectedOutcomes: Readonly<Record<string, readonly string[]>> = {
  'rural-fixed/seven-people/DF_ORG001_20261121_001.RES': [
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 failed LIMIT_PERIOD R',
    '05 open OUTCOME_UNKNOWN Q',
    '06 unknown UNMAPPED Q',
    '07 failed DECEASED T',
  ],
  'rural-fixed/seven-people/TH_ORG001_20261121_001.RES': [
    '01 returned ACCOUNT_CLOSED C',
    '03 returned NAME_MISMATCH C',
  ],
  'cmbc-batch/five-people/res_20261121_001.txt': [
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 failed LIMIT_PERIOD R',
    '05 open OUTCOME_UNKNOWN Q',
  ],
  'cmbc-batch/five-people/ret_20261121_001.txt': [
    '01 returned ACCOUNT_CLOSED C',
    '03 returned NAME_MISMATCH C',
  ],
  [`spdb-ubp/five-people/${spdb}`]: [
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 open OUTCOME_UNKNOWN Q',
    '05 returned DECEASED T',
  ],
  'spdb-ubp/five-people/UBT_COM001_9800_20261121_01.txt': ['01 returned ACCOUNT_CLOSED C'],
  [`spdb-ubp/failures-in-words-only/${spdb}`]: [
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 failed ACCOUNT_CLOSED C',
    '05 failed OTHER_SEE_TEXT H',
  ],
  [`spdb-ubp/words-of-success-beside-a-failure/${spdb}`]: [
    '01 paid PAID -',
    '02 unknown OUTCOME_UNKNOWN Q',
    '03 unknown OUTCOME_UNKNOWN Q',
    '04 unknown UNMAPPED Q',
    '05 failed OTHER_SEE_TEXT H',
  ],
  'ccb-batch/seven-people/CCB_CUST0001_20261121_001_FAIL.txt': [
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 failed LIMIT_PERIOD R',
    '05 open OUTCOME_UNKNOWN Q',
    '06 unknown UNMAPPED Q',
  ],
  'ccb-batch/success-listed-among-the-failures/CCB_CUST0001_20261121_001_FAIL.txt': [
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 failed LIMIT_PERIOD R',
    '05 open OUTCOME_UNKNOWN Q',
    '06 unknown UNMAPPED Q',
  ],
  'ccb-batch/seven-people/CCB_CUST0001_20261121_001_RETURN.txt': ['01 returned ACCOUNT_CLOSED C'],
  [`unionpay-acp/seven-people/${unionpay}`]: unionpayRows,
  [`unionpay-acp/packed/${unionpay}`]: unionpayRows,
  [`cib-batch/five-people/${cib}`]: cibRows,
  [`cib-batch/rows-in-another-order/${cib}`]: inOrder(cibRows, [4, 1, 5, 3, 2]),
  [`cib-batch/every-state/${cib}`]: cibStates,
  [`cib-batch/memo-cut-by-the-bank/${cib}`]: ['1 paid PAID -', '2 paid PAID -'],
  [`cib-batch/row-named-twice/${cib}`]: ['1 paid PAID -', '1 failed NAME_MISMATCH C'],
  [`cib-batch/accepted-is-not-paid/${cib}`]: ['1 unknown OUTCOME_UNKNOWN Q', '2 paid PAID -'],
  [`ums-ret/seven-people/${ums}`]: [
    '01 paid PAID -',
    '02 failed NAME_MISMATCH C',
    '03 failed ACCOUNT_FROZEN H',
    '04 unknown OUTCOME_UNKNOWN Q',
    '05 open OUTCOME_UNKNOWN Q',
    '06 failed ACCOUNT_NOT_FOUND C',
    '07 unknown UNMAPPED Q',
  ],
  'ums-ret/seven-people/division-20261121-001.ret': [
    '01 open PAID -',
    '02 open NAME_MISMATCH C',
    ...[3, 4, 5, 6, 7].map((number) => `0${number} open OUTCOME_UNKNOWN Q`),
  ],
  [`ums-ret/success-for-another-amount/${ums}`]: [
    ...[1, 2, 3, 4, 5].map((number) => `0${number} unknown OUTCOME_UNKNOWN Q`),
  ],
  [`ums-ret/row-of-another-batch/${ums}`]: ['01 paid PAID -', '02 failed NAME_MISMATCH C'],
  [`ums-ret/file-still-in-progress/${ums}`]: [
    '01 open PAID -',
    '02 open NAME_MISMATCH C',
    '03 open ACCOUNT_FROZEN H',
    '04 open OUTCOME_UNKNOWN Q',
    '05 open OUTCOME_UNKNOWN Q',
    '06 open ACCOUNT_NOT_FOUND C',
    '07 open UNMAPPED Q',
  ],
  [`ums-ret/file-code-that-nobody-knows/${ums}`]: [
    ...[1, 2, 3, 4, 5, 6, 7].map((number) => `0${number} unknown UNMAPPED Q`),
  ],
  't1-marker/five-people/RES_ORG001_20261121_0001.txt': t1Rows,
  't1-marker/encrypted/RES_ORG001_20261121_0001.txt': t1Rows,
  't1-marker/five-people/RET_ORG001_20261121_0001.txt': ['01 returned ACCOUNT_CLOSED C'],
  [`icbc-offer/five-people/${icbc}`]: icbcRows,
  [`icbc-offer/rows-in-another-order/${icbc}`]: inOrder(icbcRows, [5, 3, 1, 2, 4]),
  [`icbc-offer/offer-sent-back-unprocessed/${icbc}`]: [
    ...[1, 2, 3, 4, 5].map((number) => `0${number} unknown UNMAPPED Q`),
  ],
}
