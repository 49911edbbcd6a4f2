/** The layout of the rows that the simulated JSON bank takes; a world carries it beside the shipped layouts. */

/** Id and document of the layout; columns are named once more in the agreement, as `requestKeys` and `answerKeys`. */
export const jsonRowsProfile = {
  id: 'cmb-rows',
  yaml: `# Rows of a JSON interface in the style of CMB as lines of a layout; the channel turns one into the other.
id: cmb-rows
version: 1
title: 招商银行云直连代发（行）
source: bank-formats §3.3 b, bb6cdcdlx1 and the rows of BB6BPDQY
fidelity: medium
note: |
  Columns are the members trxseq, accnbr, accnam, trsamt and trsdsp of a request row, and trxseq, accnbr, accnam, trsamt,
  stscod and errdsp of an answer row. The agreement names them once more as requestKeys and answerKeys.
charset: utf8
newline: lf
layout: delimited
delimiter: '|'
limits:
  maxRows: 1000
  maxAmountFen: 10000000000
request:
  name: CMB_{date}_{sequence:NNN}.rows
  row:
    - { item: line, bytes: 8, title: trxseq }
    - { item: account, maxBytes: 35, title: accnbr }
    - { item: name, maxBytes: 62, title: accnam }
    - { item: amount, unit: yuan, maxBytes: 16, title: trsamt }
    - { item: remark, maxBytes: 42, title: trsdsp }
result:
  style: full-list
  name: CMB_{date}_{sequence:NNN}.result
  row:
    - { item: line, bytes: 8, title: trxseq }
    - { item: account, maxBytes: 35, title: accnbr }
    - { item: name, maxBytes: 62, title: accnam }
    - { item: amount, unit: yuan, maxBytes: 16, title: trsamt }
    - { item: code, maxBytes: 8, title: stscod }
    - { item: text, maxBytes: 80, title: errdsp }
  codeTables: [cmb]
`,
} as const
