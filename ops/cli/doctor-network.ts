/** Checks over the network: Redis, our own ports, and, only when it is asked for, the banks' servers. */
import { createServer } from 'node:net'
import { request } from 'undici'
import type { Agreement } from '../../gateway/banks/agreement.ts'
import type { ApiTerms } from '../../gateway/banks/channel-schema.ts'
import { codeOf } from '../../gateway/faults.ts'
import { lineTerms } from '../../gateway/transfer/api/open-api-channel.ts'
import { reachServer } from '../../gateway/transfer/api/pinned-connector.ts'
import { sftpChannel } from '../../gateway/transfer/sftp/sftp-channel.ts'
import { openBullDriver } from '../../schedulers/bull-driver.ts'
import type { Config } from '../start/config.ts'
import { sftpConfigOf } from './doctor-agreements.ts'
import { type Check, check, failedBy, sentence } from './doctor-check.ts'

/** Whether Redis answers and keeps what it is told; without a REDIS_URL wake-ups stay in the process. */
export async function redisCheck({ redisUrl }: Config): Promise<Check> {
  if (redisUrl === undefined)
    return check(
      'redis',
      'skipped',
      sentence('未配置 Redis，单进程调度', 'No Redis; wake-ups stay in the process.'),
    )
  const driver = openBullDriver(redisUrl)
  try {
    await driver.check()
    return check('redis', 'ok', sentence('Redis 可用，不淘汰数据', 'Redis answers and evicts nothing.'))
  } catch (error) {
    return failedBy(
      'redis',
      error,
      sentence(
        '检查 REDIS_URL 与 maxmemory-policy noeviction',
        'Check REDIS_URL and maxmemory-policy noeviction.',
      ),
    )
  } finally {
    await driver.stop()
  }
}

/** Whether our ports are free, or held by a service of ours. */
export async function* portChecks({ apiHost, apiPort, healthPort, role }: Config): AsyncGenerator<Check> {
  if (role !== 'worker') yield await portCheck('port.api', apiHost, apiPort, '/v1/openapi.json')
  yield await portCheck('port.health', apiHost, healthPort, '/livez')
}

async function portCheck(id: string, host: string, port: number, path: string): Promise<Check> {
  const refused = await tryListen(host, port)
  if (refused === undefined) return check(id, 'ok', sentence(`端口 ${port} 空闲`, `Port ${port} is free.`))
  if (refused === 'EADDRINUSE' && (await isOurs(host, port, path)))
    return check(
      id,
      'ok',
      sentence(`端口 ${port} 由惠达服务使用`, `Port ${port} is held by a Huida service.`),
    )
  const found = sentence(
    `端口 ${host}:${port} 不可用（${refused}）`,
    `Port ${host}:${port} cannot be had (${refused}).`,
  )
  return check(
    id,
    'fail',
    found,
    sentence('换一个端口，或停掉占用它的程序', 'Choose another port, or stop what holds it.'),
  )
}

/** Listens for a moment; the code of the error when that is refused. */
function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(codeOf(error) ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

async function isOurs(host: string, port: number, path: string): Promise<boolean> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  try {
    const { statusCode, headers, body } = await request(`http://${name}:${port}${path}`, {
      signal: AbortSignal.timeout(2_000),
    })
    await body.dump()
    return statusCode === 200 || String(headers['content-type']).startsWith('application/problem+json')
  } catch {
    return false
  }
}

/** Connects to every bank and lists its inbox; nothing is fetched or sent. */
export async function* bankChecks(agreements: readonly Agreement[]): AsyncGenerator<Check> {
  for (const agreement of agreements) yield await bankCheck(agreement)
}

async function bankCheck(agreement: Agreement): Promise<Check> {
  const id = `bank:${agreement.bank}`
  try {
    if (agreement.channel.kind === 'api') return await apiCheck(id, agreement, agreement.channel)
    const channel = sftpChannel(sftpConfigOf(agreement))
    try {
      const { length } = await channel.list()
      return check(
        id,
        'ok',
        sentence(
          `${agreement.title}可登录，收件目录 ${length} 个文件`,
          `${agreement.bank} lets us in; ${length} files in its inbox folder.`,
        ),
      )
    } finally {
      await channel.close()
    }
  } catch (error) {
    return failedBy(
      id,
      error,
      sentence('与银行核对地址、主机密钥与账号', 'Compare address, host key and login with the bank.'),
    )
  }
}

/** Whether the server of an API is the pinned one; no request is made, since a bank may count them. */
async function apiCheck(id: string, { bank, title }: Agreement, terms: ApiTerms): Promise<Check> {
  await reachServer(terms.url, lineTerms(terms))
  return check(
    id,
    'ok',
    sentence(
      `${title}的接口可连，服务器证书相符`,
      `${bank} can be reached, and its server is the agreed one.`,
    ),
  )
}
