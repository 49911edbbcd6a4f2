/**
 * The language of bank profiles: one YAML document that describes a bank's request file, its answer and its codes
 * (bank-formats §4.1). Every scalar is read as text, so `0000` stays a code and never becomes the number 0.
 */
import { z } from 'zod'
import { lineProfileSchema } from './line-schema.ts'
import { xmlProfileSchema } from './xml-schema.ts'

/** The whole document: lines or XML, told apart by `layout`. */
export const profileSchema = z.union([lineProfileSchema, xmlProfileSchema])

/** A profile whose shape is right; whether it makes sense is `profileRules`' question. */
export type ProfileSpec = z.output<typeof profileSchema>

/** The schema for a document's `layout`, so that its mistakes are told against the right one. */
export const schemaFor = (layout: unknown): typeof lineProfileSchema | typeof xmlProfileSchema =>
  layout === 'xml' ? xmlProfileSchema : lineProfileSchema
