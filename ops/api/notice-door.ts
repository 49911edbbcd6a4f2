/**
 * Where banks say that there is something to fetch: POST /bank-notices/{bank}. Banks are no clients of the API, so the
 * bank's own signature is what lets a notice in (reliability.md F54), and all that it does is make us look.
 */
import type { FastifyInstance } from 'fastify'
import type { NoticeResult } from '../../gateway/transfer/api/receive-notice.ts'

/** Takes a notice of a bank, by its code. */
export type TakeNotice = (bank: string, body: Buffer) => Promise<NoticeResult>

const largestNoticeBytes = 64 * 1024

/** Adds the door. A refused notice is told from an accepted one by 401 alone, whatever was wrong with it. */
export function addNoticeDoor(app: FastifyInstance, takeNotice: TakeNotice): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    const whole = { parseAs: 'buffer', bodyLimit: largestNoticeBytes } as const
    scope.addContentTypeParser('*', whole, async (_request: unknown, body: Buffer) => body)
    scope.post<{ Params: { bank: string } }>('/bank-notices/:bank', async (request, reply) => {
      const { body } = request
      const { kind } = Buffer.isBuffer(body)
        ? await takeNotice(request.params.bank, body)
        : { kind: 'refused' as const }
      return reply.code(kind === 'refused' ? 401 : 204).send()
    })
  })
}
