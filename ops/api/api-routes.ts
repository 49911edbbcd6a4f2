/** All routes of the API in one list; the server, the document and the tests are made of it. */
import { bankRoutes } from './bank-routes.ts'
import { batchRoutes } from './batch-routes.ts'
import { correctionRoutes } from './correction-routes.ts'
import { exceptionRoutes } from './exception-routes.ts'
import { holdRoutes } from './hold-routes.ts'
import { instructionRoutes } from './instruction-routes.ts'
import { lookupRoutes } from './lookup-routes.ts'
import { documentRoute, makeDocument } from './openapi.ts'
import { outcomeRoutes } from './outcome-routes.ts'
import type { Route } from './route.ts'
import { treasuryRoutes } from './treasury-routes.ts'

const resources: readonly Route[] = [
  ...batchRoutes,
  ...holdRoutes,
  ...instructionRoutes,
  ...outcomeRoutes,
  ...correctionRoutes,
  ...exceptionRoutes,
  ...treasuryRoutes,
  ...lookupRoutes,
  ...bankRoutes,
]

/** Every route, the one of the document included. */
export const apiRoutes: readonly Route[] = [...resources, documentRoute(() => openapiDocument())]

/** The OpenAPI document of all routes. */
export const openapiDocument = (): Record<string, unknown> => makeDocument(apiRoutes)
