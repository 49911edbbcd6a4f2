/** Writes the OpenAPI document to the file that is named on the command line: `npm run openapi`. */
import { writeFileSync } from 'node:fs'
import { openapiDocument } from './api-routes.ts'

const [, , path] = process.argv
if (path === undefined) throw new Error('name the file to write')
writeFileSync(path, `${JSON.stringify(openapiDocument(), null, 2)}\n`)
