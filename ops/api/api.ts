/**
 * The HTTP API of Huida (DESIGN.md §4): fastify carries, the route records decide. Every call belongs to one client,
 * every error is problem+json, and bodies of lines are never held in memory.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { inPlace } from '../drills/kill-points.ts'
import { type ApiNeeds, defaultLimits } from './api-needs.ts'
import { ApiProblem } from './api-problem.ts'
import { apiRoutes } from './api-routes.ts'
import { letGo } from './body-stream.ts'
import { authenticate } from './client-authentication.ts'
import { clientFinder, type FindClient } from './client-store.ts'
import { connectionSettings } from './connection-errors.ts'
import { readJsonBody } from './json-body.ts'
import { jsonText } from './json-text.ts'
import { addNoticeDoor } from './notice-door.ts'
import { answerProblem } from './problem-answer.ts'
import { problemPage } from './problem-page.ts'
import { fastifyPath, type Route, type RouteShape } from './route.ts'
import { uploadTypes } from './upload.ts'

const lingerMs = 10_000

/** Builds the API; the caller lets it listen and closes it. Closing waits for calls that are under way. */
export function buildApi(needs: ApiNeeds): FastifyInstance {
  const app = Fastify({
    ...connectionSettings(needs.onFailure),
    // A call that arrives while we close is still answered; the listener is shut first.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
  })
  app.setErrorHandler((error, request, reply) => answerProblem(request, reply, error, needs.onFailure))
  app.setNotFoundHandler((request, reply) =>
    answerProblem(request, reply, nothingThere(request), needs.onFailure),
  )
  app.addHook('onResponse', async (request) => letGo(request.raw, lingerMs))
  app.removeAllContentTypeParsers()
  app.get('/problems/:code', (request, reply) => sendJson(reply, 200, problemPage(request.params)))
  if (needs.takeNotice) addNoticeDoor(app, needs.takeNotice)
  const findClient = clientFinder(needs.db)
  for (const route of apiRoutes) app.register(async (scope) => addRoute(scope, route, needs, findClient))
  return app
}

/** Each route has a scope of its own, for it takes only its own kind of body. */
function addRoute(scope: FastifyInstance, route: Route, needs: ApiNeeds, findClient: FindClient): void {
  const clients = new WeakMap<FastifyRequest, string>()
  scope.addHook('onRequest', async (request) => {
    clients.set(request, await authenticate(findClient, request.headers.authorization))
  })
  takeBodies(scope, route, needs)
  scope.route({
    method: route.method,
    url: fastifyPath(route),
    handler: async (request, reply) => {
      const client = clients.get(request)
      if (client === undefined) throw new ApiProblem('UNAUTHENTICATED')
      const { status, body } = await inPlace('intake', () => route.run(needs, { client, ...callOf(request) }))
      return sendJson(reply, status, body)
    },
  })
}

const callOf = (request: FastifyRequest) => ({
  params: request.params,
  query: request.query,
  body: request.body,
  idempotencyKey: headerOf(request, 'idempotency-key'),
  raw: request.raw,
})

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function takeBodies(scope: FastifyInstance, route: RouteShape, needs: ApiNeeds): void {
  if (route.body === 'upload') {
    scope.addContentTypeParser(Object.keys(uploadTypes), async () => undefined)
  } else if (route.body !== undefined) {
    const limits = { ...defaultLimits, ...needs.limits }
    const maxBytes = route.large ? limits.batchBytes : limits.jsonBytes
    scope.addContentTypeParser('application/json', (request: FastifyRequest) =>
      readJsonBody(request.raw, { maxBytes, timeoutMs: limits.jsonTimeoutMs }),
    )
  }
}

const sendJson = (reply: FastifyReply, status: number, body: unknown): FastifyReply =>
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(jsonText(body))

/** An address that is known under other methods is 405 and names them. */
function nothingThere(request: FastifyRequest): ApiProblem {
  const path = request.url.split('?')[0] ?? ''
  const methods = apiRoutes.filter((route) => pathPattern(route).test(path)).map(({ method }) => method)
  if (methods.length === 0) return new ApiProblem('ROUTE_NOT_FOUND')
  const allow = [
    ...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))),
  ].join(', ')
  return new ApiProblem('METHOD_NOT_ALLOWED', { headers: { allow } })
}

const pathPattern = (route: RouteShape): RegExp =>
  new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
