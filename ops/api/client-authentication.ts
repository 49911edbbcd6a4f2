/** Knows callers by their bearer token. A missing, malformed, unknown and disabled token all get the same answer. */
import { ApiProblem } from './api-problem.ts'
import type { FindClient } from './client-store.ts'

const bearer = /^Bearer ([A-Za-z0-9._~+/-]{16,256}=*)$/i

/** Names the client behind an Authorization header. Throws UNAUTHENTICATED. */
export async function authenticate(
  findClient: FindClient,
  authorization: string | undefined,
): Promise<string> {
  const token = bearer.exec(authorization ?? '')?.[1]
  const client = token === undefined ? undefined : await findClient(token)
  if (client === undefined)
    throw new ApiProblem('UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer realm="huida"' } })
  return client
}
