/**
 * Every error that the API can answer, in one list (RFC 9457): HTTP status and a title in both languages. Codes are
 * stable, the finance platform switches on them; faults of the machine come from the fault catalogue.
 */
import { catalogue, type FaultCode, isFaultCode } from '../../gateway/faults.ts'

/** What the catalogue says of one code. `retryAfterSeconds` is set where asking again later helps. */
export interface ProblemEntry {
  readonly status: number
  readonly title: string
  readonly titleZh: string
  readonly retryAfterSeconds?: number
}

const entry = (status: number, titleZh: string, title: string): ProblemEntry =>
  Object.freeze({ status, title, titleZh })

const request = {
  REQUEST_MALFORMED: entry(400, 'HTTP 请求不合法', 'The request is not valid HTTP for this service'),
  REQUEST_INVALID: entry(400, '请求参数或正文不符合要求', 'The request does not have the required shape'),
  JSON_MALFORMED: entry(400, '正文不是合法的 UTF-8 JSON', 'The body is not JSON in UTF-8'),
  NUMBER_NOT_INTEGER: entry(
    400,
    '数字须写成不带小数和指数的整数',
    'Numbers are plain integers, without point or exponent',
  ),
  IDEMPOTENCY_KEY_MISSING: entry(
    400,
    '缺少 Idempotency-Key 请求头',
    'This call needs an Idempotency-Key header',
  ),
  IDEMPOTENCY_KEY_INVALID: entry(
    400,
    '幂等键须为 1 至 255 个可见字符',
    'An idempotency key has 1 to 255 visible characters',
  ),
  UNAUTHENTICATED: entry(401, '令牌缺失或无效', 'The bearer token is missing or not valid'),
  ROUTE_NOT_FOUND: entry(404, '没有这个地址', 'There is nothing at this address'),
  METHOD_NOT_ALLOWED: entry(405, '该地址不支持此方法', 'This address does not take this method'),
  REQUEST_TIMEOUT: entry(408, '正文没有按时传完', 'The body did not arrive in time'),
  BODY_TOO_LARGE: entry(413, '正文超过允许大小', 'The body is larger than is allowed'),
  MEDIA_TYPE_UNKNOWN: entry(415, '不支持的内容类型', 'This content type is not taken here'),
  ENCODING_UNKNOWN: entry(415, '不支持的内容编码', 'This content encoding is not taken here'),
  TOO_MANY_UPLOADS: {
    ...entry(429, '同时上传过多', 'This client has too many uploads under way'),
    retryAfterSeconds: 5,
  },
  NOT_READY: { ...entry(503, '服务尚未就绪', 'The service cannot take work now'), retryAfterSeconds: 5 },
  HEADERS_TOO_LARGE: entry(431, '请求头过大', 'The request headers are too large'),
}

const subject = {
  BATCH_NOT_FOUND: entry(404, '没有这个批次', 'There is no such batch'),
  INSTRUCTION_NOT_FOUND: entry(404, '没有这条指令', 'There is no such instruction'),
  BANK_NOT_FOUND: entry(404, '没有这个银行', 'There is no such bank'),
  EXCEPTION_NOT_FOUND: entry(404, '没有这条异常', 'There is no such exception'),
  PROBLEM_NOT_FOUND: entry(404, '没有这个错误码', 'There is no such problem code'),
  YEAR_NOT_PUBLISHED: entry(409, '该年工作日历未公布或未装入', "That year's working calendar is not loaded"),
  BATCH_NO_TAKEN: entry(409, '批次号已被其他内容使用', 'The batch number belongs to other content'),
  BATCH_SEALED: entry(409, '批次已封包或已撤销', 'The batch is sealed or cancelled'),
  BATCH_CANCELLED: entry(409, '批次已撤销', 'The batch was cancelled'),
  HELD_BY_OPERATOR: entry(
    409,
    '批次由运维人员暂停，客户端不能解除',
    'The batch is held by an operator; a client cannot release it',
  ),
  RESOLUTION_REFUSED: entry(409, '该处置现在不能执行', 'This act cannot end the exception now'),
  SEALED_DIFFERENTLY: entry(409, '批次已用其他合计封包', 'The batch was sealed with other totals'),
  PART_OUT_OF_ORDER: entry(409, '分片须按顺序上传', 'Parts are sent in order'),
  PART_TAKEN: entry(
    409,
    '该分片已有其他内容，且不是最后一片',
    'The part has other content and is not the last',
  ),
  KEY_REUSED: entry(422, '幂等键已用于另一请求', 'The idempotency key belongs to another request'),
  HEADER_REFUSED: entry(422, '批次表头被拒收', 'The header of the batch was refused'),
  BATCH_REFUSED: entry(422, '批次整批拒收', 'The batch was refused whole'),
  BODY_REFUSED: entry(
    422,
    '正文无法接收，未写入任何明细',
    'The body cannot be taken; nothing of it was kept',
  ),
}

const own = { ...request, ...subject } satisfies Record<string, ProblemEntry>
type OwnCode = keyof typeof own

/** The codes of the catalogue, those of faults included. */
export type ProblemCode = OwnCode | FaultCode

/** True for a text that is a code of this catalogue. */
export const isProblemCode = (text: string): text is ProblemCode =>
  Object.hasOwn(own, text) || isFaultCode(text)

/** Every code, in the order of the catalogue. */
export const problemCodes: readonly ProblemCode[] = [...Object.keys(own), ...Object.keys(catalogue)].filter(
  isProblemCode,
)

/** What a code means. */
export const problemOf = (code: ProblemCode): ProblemEntry =>
  isFaultCode(code) ? faultProblem(code) : own[code]

/** Where a code is explained; the `type` of its answers. */
export const problemType = (code: ProblemCode): string => `/problems/${code}`

/** What may be tried again is 503, the rest is 500. A commit in doubt may be asked again: every call is idempotent. */
function faultProblem(code: FaultCode): ProblemEntry {
  const { retry, en, zh } = catalogue[code]
  const again = retry === 'again' || code === 'COMMIT_UNKNOWN'
  return { ...entry(retry === 'again' ? 503 : 500, zh, en), ...(again && { retryAfterSeconds: 5 }) }
}
