/** Writes the page of states to the path given: `node dist/ops/write-states.js ops/states.md`. */
import { writeFileSync } from 'node:fs'
import { statesPage } from './state-diagrams.ts'

const path = process.argv[2]
if (path === undefined) throw new Error('name the file to write')
writeFileSync(path, statesPage())
