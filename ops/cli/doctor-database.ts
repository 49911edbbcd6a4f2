/**
 * Checks of the database: reachable, new enough, set up so that a commit lasts, of this program's schema, with a clock
 * like ours, and sealed under the field key that we hold. Nothing is made, started, migrated or changed.
 */
import { join } from 'node:path'
import { loadFieldKey } from '../../crypto/field-key.ts'
import { keyIdOfBlock } from '../../crypto/field-sealing.ts'
import { asFault } from '../../gateway/faults.ts'
import { isMigrated } from '../../gateway/store/migrate.ts'
import { type Db, openPool, type Queryable } from '../../gateway/store/pool.ts'
import { findPostgres } from '../embedded/postgres-binaries.ts'
import { isAlive } from '../embedded/server-process.ts'
import { readLockFile } from '../embedded/server-site.ts'
import type { Config } from '../start/config.ts'
import { hasEmbeddedDatabase, joinDatabase } from './command-database.ts'
import { type Check, check, failedBy, sentence } from './doctor-check.ts'
import { newestSealedHead, readServerFacts, type ServerFacts } from './doctor-database-store.ts'

const leastVersion = 15
const clockWarnMs = 2_000
const clockFailMs = 60_000

/** All checks of the configured database. */
export async function* checkDatabase(config: Config): AsyncGenerator<Check> {
  if (config.databaseUrl === undefined && !isEmbeddedRunning(config.folder)) {
    yield embeddedAtRest(config.folder)
    return
  }
  const joined = await joinDatabase(config)
  const db = openPool(joined.url, {
    max: 1,
    applicationName: 'huida-doctor',
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 15_000,
  })
  try {
    yield* askServer(db, config)
  } catch (error) {
    yield failedBy(
      'database',
      asFault(error),
      sentence('检查 DATABASE_URL 与服务器', 'Check DATABASE_URL and the server.'),
    )
  } finally {
    await db.close()
    await joined.close()
  }
}

const isEmbeddedRunning = (folder: string): boolean => {
  const lock = readLockFile(join(folder, 'postgres', 'data'))
  return hasEmbeddedDatabase(folder) && lock !== undefined && isAlive(lock.pid)
}

function embeddedAtRest(folder: string): Check {
  try {
    findPostgres(join(folder, 'postgres', 'lib'))
  } catch (error) {
    return failedBy('database', error, sentence('设置 DATABASE_URL', 'Set DATABASE_URL.'))
  }
  const known = hasEmbeddedDatabase(folder)
  return check(
    'database',
    'ok',
    known
      ? sentence(
          '内嵌数据库未运行，服务启动时会启动',
          'The embedded database is at rest; it starts with the service.',
        )
      : sentence(
          '将使用内嵌数据库，首次启动时建立',
          'The embedded database will be made at the first start.',
        ),
  )
}

async function* askServer(db: Db, config: Config): AsyncGenerator<Check> {
  const facts = await readServerFacts(db)
  if (!facts) return
  yield versionCheck(facts)
  yield durabilityCheck(facts)
  yield clockCheck(facts.now, new Date())
  const migrations = await migrationCheck(db)
  yield migrations
  if (migrations.status === 'ok') yield await sealingCheck(db, config.fieldKeyFile)
}

function versionCheck({ version, versionNumber }: ServerFacts): Check {
  const found = sentence(`PostgreSQL ${version} 可用`, `PostgreSQL ${version} answers.`)
  if (versionNumber >= leastVersion * 10_000) return check('database', 'ok', found)
  const hint = sentence(`升级到 PostgreSQL ${leastVersion} 以上`, `Use PostgreSQL ${leastVersion} or newer.`)
  return check(
    'database',
    'fail',
    sentence(`PostgreSQL ${version} 太旧`, `PostgreSQL ${version} is too old.`),
    hint,
  )
}

function durabilityCheck({ fsync, fullPageWrites, synchronousCommit }: ServerFacts): Check {
  const settings = `fsync=${fsync} full_page_writes=${fullPageWrites} synchronous_commit=${synchronousCommit}`
  if (fsync === 'on' && fullPageWrites === 'on' && synchronousCommit !== 'off')
    return check(
      'database.durability',
      'ok',
      sentence(`提交不会丢失（${settings}）`, `A commit lasts (${settings}).`),
    )
  const found = sentence(`已提交的数据可能丢失（${settings}）`, `A commit may be lost (${settings}).`)
  const hint = sentence(
    '服务器、数据库与角色上都要打开 fsync、full_page_writes 和 synchronous_commit',
    'Turn fsync, full_page_writes and synchronous_commit on: for the server, the database and the role.',
  )
  return check('database.durability', 'fail', found, hint)
}

function clockCheck(theirs: Date, ours: Date): Check {
  const apartMs = Math.abs(theirs.getTime() - ours.getTime())
  const seconds = (apartMs / 1000).toFixed(1)
  const found = sentence(
    `与数据库时钟相差 ${seconds} 秒`,
    `Our clock and the database's are ${seconds} s apart.`,
  )
  if (apartMs < clockWarnMs) return check('database.clock', 'ok', found)
  const hint = sentence('两边都用 NTP 校时', 'Synchronise both machines by NTP.')
  return check('database.clock', apartMs < clockFailMs ? 'warn' : 'fail', found, hint)
}

async function migrationCheck(db: Queryable): Promise<Check> {
  const id = 'database.migrations'
  try {
    if (await isMigrated(db))
      return check(id, 'ok', sentence('数据库结构是本版本的', 'The schema is of this version.'))
    const hint = sentence('运行 huida migrate', 'Run: huida migrate')
    return check(id, 'fail', sentence('有未执行的迁移脚本', 'Migrations are missing.'), hint)
  } catch (error) {
    return failedBy(
      id,
      asFault(error),
      sentence('使用与数据库同版本的程序', 'Use the program that fits the database.'),
    )
  }
}

/** A service with another field key would start, and find at the first composition that it can read nobody's account. */
async function sealingCheck(db: Queryable, fieldKeyFile: string): Promise<Check> {
  const id = 'database.field-key'
  try {
    const head = await newestSealedHead(db)
    if (!head)
      return check(id, 'skipped', sentence('还没有加密的个人信息', 'Nothing is sealed in the database yet.'))
    const keyId = keyIdOfBlock(head)
    const ours = loadFieldKey(fieldKeyFile).keyId
    if (ours === keyId)
      return check(
        id,
        'ok',
        sentence(`字段密钥 ${ours} 与数据库一致`, `The field key ${ours} is the database's.`),
      )
    const found = sentence(
      `数据库用 ${keyId} 加密，本机密钥是 ${ours}`,
      `The database is sealed under ${keyId}, our key is ${ours}.`,
    )
    return check(
      id,
      'fail',
      found,
      sentence('取回原来的字段密钥文件', 'Bring back the field key file of this database.'),
    )
  } catch (error) {
    return failedBy(
      id,
      error,
      sentence('字段密钥丢失则个人信息无法读出', 'Without its field key the personal fields cannot be read.'),
    )
  }
}
