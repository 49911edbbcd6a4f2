/** Makes a profile usable: lines and XML documents compile in their own rooms to the same contract. */
import { compileLines } from '../lines/compile-lines.ts'
import { compileXml } from '../xml/compile-xml.ts'
import type { CompiledProfile } from './compiled-profile.ts'
import type { ProfileSpec } from './profile-schema.ts'

/** Compiles a profile that `profileRules` found sound. */
export const compileProfile = (spec: ProfileSpec): CompiledProfile =>
  spec.layout === 'xml' ? compileXml(spec) : compileLines(spec)
