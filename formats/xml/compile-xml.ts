/** Compiles profiles of XML documents. */
import type { CompiledProfile } from '../profile/compiled-profile.ts'
import type { XmlProfileSpec } from '../profile/xml-schema.ts'

/** Compiles a profile of XML documents that `profileRules` found sound. */
export function compileXml(spec: XmlProfileSpec): CompiledProfile {
  throw new Error(`${spec.id}: XML is not compiled yet`)
}
