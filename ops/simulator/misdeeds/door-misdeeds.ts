/**
 * What goes wrong at the doors of simulated banks and of the SMS provider: on the line, at the login, in the calls
 * (bank-formats.md section 19, reliability.md section 3.5).
 */
import { misdeed as m } from './misdeed.ts'

/** By name. */
export const doorMisdeeds = {
  'refuse-login': m('sftp', 'F43', '登录被拒', 'refuses the login'),
  'other-host-key': m('sftp', 'F42', '主机密钥变了', 'shows another host key'),
  silent: m('sftp', 'F44', '连接后不作声', 'takes the connection and never says a word'),
  cut: m('sftp', 'F36', '上传中途断线', 'cuts the line after `bytes` of an upload', 'bytes'),
  slow: m('sftp', 'F46', '极慢的服务器', 'moves `bytesPerS` only', 'bytesPerS'),
  quota: m('sftp', 'F39', '超出配额的字节被悄悄丢弃', 'drops what lies beyond `bytes` of a file', 'bytes'),
  crlf: m('sftp', 'F39', '把换行改成 CRLF', 'turns line feeds into CRLF'),
  'sftp-status': m(
    'sftp',
    'F45',
    '以 SFTP 状态 1–8 拒绝某个操作',
    'answers `on` (open, write, close, stat, rename, list, remove) with `status` 1 to 8',
    'status',
    'on',
  ),
  'name-taken': m('sftp', 'F38', '最终文件名已被占用', 'has another file under the final name already'),
  'take-after-rename': m(
    'sftp',
    'F41',
    '改名后文件立即被取走',
    'takes the file away the moment that it was renamed',
  ),
  'lose-rename-reply': m('sftp', 'F37', '已改名，应答丢失', 'renames, and the line breaks before the reply'),
  'cut-over': m(
    'sftp',
    '',
    '日切：到半夜为止不收，过后成功',
    'refuses at day-end until midnight and takes it afterwards (APIs too)',
  ),
  'closed-days': m(
    'sftp',
    '',
    '非工作日不收，补班的周六照收',
    'refuses on days off; a make-up Saturday is a working day (APIs too)',
  ),

  'break-before-taking': m('http', 'F49', '未受理就断线', 'breaks the line before anything was taken'),
  'break-after-taking': m('http', 'F48', '受理后断线', 'breaks the line after it took the file'),
  'time-out-before-taking': m('http', 'F49', '未受理，不应答', 'never answers, and takes nothing'),
  'time-out-after-taking': m('http', 'F48', '已受理，不应答', 'takes the file and never answers'),
  'http-error': m(
    'http',
    'F50',
    '应答 HTTP 5xx',
    'answers an HTTP error of `status`, usually after it took the file (`after: false` before)',
    'status',
    'after',
  ),
  'html-page': m('http', 'F50', '应答 HTML 页面', 'answers a page of HTML with status 200', 'after'),
  garbled: m('http', 'F50', '应答报文残缺', 'answers half a message', 'after'),
  'wrong-charset': m('http', 'F50', '应答字符集不对', 'answers in another charset', 'after'),
  'clear-text': m('http', 'F50', '错误以明文应答', 'answers an error in clear text', 'after'),
  busy: m('http', 'F55', '429 与 Retry-After', 'answers 429 with Retry-After `retryAfterS`', 'retryAfterS'),
  'post-doubled': m('http', 'F51', '代理把请求发了两次', 'gets every call twice, as from a proxy'),
  'in-progress': m(
    'http',
    'F52',
    '前 N 次查询都答处理中',
    'says "in progress" to queries, whatever is known',
  ),
  'query-limit': m(
    'http',
    'F72',
    '每批最多成功查询 5 次，之后报错',
    'answers `queries` successful queries of a file (5), then an error',
    'queries',
  ),
  'small-pages': m('http', '', '结果每页只有几行', 'gives `rows` rows a page', 'rows'),
  'answer-user-id': m(
    'http',
    'F50 F71',
    '应答签名用了别的用户标识',
    'signs an answer with another SM2 user id (json-sm)',
  ),
  'answer-der': m('http', 'F50 F71', '应答签名为 DER 而非 r‖s', 'signs an answer in DER, not r‖s (json-sm)'),

  'notice-early': m('notice', 'F53', '结果未出先来通知', 'notifies before there is a result'),
  'notice-doubled': m('notice', 'F54', '同一通知发两次', 'sends a notice twice'),
  'notice-reordered': m('notice', 'F54', '通知乱序', 'sends a notice after the next one'),
  'notice-replayed': m('notice', 'F54', '旧通知重放', 'sends an old notice again with every later one'),
  'notice-forged': m('notice', 'F54', '伪造的通知', 'is preceded by a notice that somebody forged'),
  'notice-lost': m('notice', 'F72', '通知丢失', 'loses a notice'),

  'sms-receipt-lost': m('sms', 'F73', '短信回执丢失', 'loses the receipt of a message'),
  'sms-receipt-twice': m('sms', 'F73', '短信回执重复', 'sends a receipt twice'),
  'sms-receipt-early': m('sms', 'F73', '回执早于提交应答', 'sends a receipt before the submit is answered'),
  'sms-frequency': m(
    'sms',
    'F73',
    '同一号码第 51 条被限流',
    'refuses the 51st message to one number within a day',
  ),
} as const
