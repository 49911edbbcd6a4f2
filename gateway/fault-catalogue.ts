/**
 * Every fault that can stop a step, in one list: whether the machine may try again, who owns the cure, and a
 * sentence for a person in both languages. A bank's rejection of a payment is not a fault; it is an outcome.
 */

/** What may follow: `again` is safe by itself, `after-confirming` needs evidence first, `never` needs a person. */
export type FaultRetry = 'again' | 'after-confirming' | 'never'

/** Who can cure it: our operators, the bank, the finance platform (and its SMS service), or security staff. */
export type FaultOwner = 'ops' | 'bank' | 'platform' | 'security'

/** What the catalogue says of one code. */
export interface FaultEntry {
  readonly retry: FaultRetry
  readonly owner: FaultOwner
  readonly zh: string
  readonly en: string
}

const entry = (retry: FaultRetry, owner: FaultOwner, zh: string, en: string): FaultEntry =>
  Object.freeze({ retry, owner, zh, en })

const entries = {
  DATABASE_UNREACHABLE: entry('again', 'ops', '连不上数据库', 'The database cannot be reached'),
  DATABASE_BUSY: entry(
    'again',
    'ops',
    '数据库繁忙或锁等待超时',
    'The database is busy or a lock took too long',
  ),
  DATABASE_NEWER: entry('never', 'ops', '数据库版本比程序新', 'The database is newer than this program'),
  DATABASE_UNSAFE: entry(
    'never',
    'ops',
    '数据库设置会丢数据',
    'The database is set up in a way that loses data',
  ),
  DATABASE_MISSING: entry('never', 'ops', '没有可用的数据库', 'There is no database that can be used'),
  MIGRATION_FAILED: entry('never', 'ops', '迁移脚本执行失败', 'A migration could not be applied'),
  MIGRATION_CHANGED: entry(
    'never',
    'ops',
    '已执行的迁移脚本被改过',
    'A migration that was applied has been edited',
  ),
  COMMIT_UNKNOWN: entry('after-confirming', 'ops', '提交结果不明', 'The connection broke while committing'),
  REDIS_UNREACHABLE: entry('again', 'ops', '连不上 Redis', 'Redis cannot be reached'),
  REDIS_EVICTS: entry(
    'never',
    'ops',
    'Redis 会淘汰数据',
    'Redis may evict keys; set maxmemory-policy noeviction',
  ),
  BANK_UNREACHABLE: entry('again', 'bank', '连不上银行', 'The bank cannot be reached; nothing was sent'),
  BANK_TIMEOUT: entry('after-confirming', 'bank', '银行没有按时应答', 'The bank did not answer in time'),
  HOST_KEY_CHANGED: entry(
    'never',
    'security',
    '银行主机密钥变了',
    "The bank's host key is not the pinned one",
  ),
  BANK_LOGIN_REFUSED: entry('never', 'bank', '银行拒绝登录', 'The bank refused our login'),
  REMOTE_NAME_TAKEN: entry(
    'after-confirming',
    'bank',
    '银行端已有同名文件',
    'The bank already has a file of that name',
  ),
  REMOTE_SIZE_DIFFERS: entry(
    'after-confirming',
    'bank',
    '银行端文件大小不符',
    "The file's size at the bank differs",
  ),
  REMOTE_REFUSED: entry('never', 'bank', '银行端拒绝操作', "The bank's server refused the operation"),
  SEND_UNCONFIRMED: entry(
    'after-confirming',
    'bank',
    '不知道是否已送达',
    'It is not known whether the bank has the file',
  ),
  SENDING_HELD: entry('again', 'ops', '发送已被人工或恢复保护暂停', 'Sending is held by a brake'),
  RESULT_LATE: entry(
    'after-confirming',
    'bank',
    '银行超时未回盘',
    'The bank has not answered within the agreed time',
  ),
  ENVELOPE_REFUSED: entry('never', 'security', '签名或加密校验未通过', 'An envelope was refused'),
  CRYPTOGRAPHY_UNSOUND: entry(
    'never',
    'security',
    '本机密码算法自检未通过',
    'The cryptography of this machine does not give the known answers',
  ),
  KEY_UNREADABLE: entry('never', 'security', '读不出密钥', 'A key or certificate cannot be read'),
  CERTIFICATE_EXPIRED: entry('never', 'security', '证书不在有效期', 'A certificate is outside its validity'),
  CALENDAR_MISSING: entry(
    'again',
    'ops',
    '该年工作日历未公布或未装入',
    "That year's working calendar is not loaded",
  ),
  AGREEMENT_INVALID: entry('never', 'ops', '银行协议配置有误', 'A bank agreement is not valid'),
  PROFILE_VERSION_MISSING: entry(
    'again',
    'ops',
    '文件当时所用的格式版本已不在',
    'The version of the layout that a file was planned with is gone',
  ),
  CONFIGURATION_INVALID: entry('never', 'ops', '配置有误', 'The configuration is not valid'),
  DISK_FULL: entry('again', 'ops', '磁盘空间不足', 'There is no space left on a disk'),
  SPOOL_DAMAGED: entry('never', 'ops', '存盘文件与摘要不符', 'Stored bytes no longer match their digest'),
  SMS_UNREACHABLE: entry('again', 'platform', '连不上短信服务', 'The SMS service cannot be reached'),
  SMS_UNCONFIRMED: entry(
    'after-confirming',
    'platform',
    '不知道短信是否已受理',
    'It is not known whether the SMS was taken',
  ),
  SMS_REFUSED: entry('never', 'platform', '短信服务拒绝请求', 'The SMS service refused the request'),
  CALLBACK_UNREACHABLE: entry('again', 'platform', '连不上回调地址', 'A callback address cannot be reached'),
  CALLBACK_REFUSED: entry('never', 'platform', '回调被拒绝', 'A callback was refused'),
  CONTROL_TOTALS: entry('never', 'ops', '笔数或金额对不上', 'Counts or amounts do not add up'),
  SEQUENCE_EXHAUSTED: entry('never', 'ops', '当日文件序号已用完', "The day's file sequence is used up"),
  LEASE_LOST: entry('again', 'ops', '任务已被另一进程接管', 'Another process has taken over this work'),
  INTERNAL: entry('never', 'ops', '程序内部错误', 'Something in this program is wrong'),
} satisfies Record<string, FaultEntry>

/** The codes of the catalogue. */
export type FaultCode = keyof typeof entries

/** The one catalogue of faults, by code. */
export const catalogue: Readonly<Record<FaultCode, FaultEntry>> = entries

/** True for a text that is a code of the catalogue, as read back from the database or an API. */
export const isFaultCode = (text: string): text is FaultCode => Object.hasOwn(entries, text)
