/** What of an OpenAPI 3.1 document is shown. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  enum?: unknown[]
  const?: unknown
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  oneOf?: Schema[]
  additionalProperties?: Schema | boolean
}

interface Media { schema?: Schema; example?: unknown }

interface Response { description: string; content?: Record<string, Media> }

interface Parameter { name: string; in: string; required?: boolean; description?: string; schema: Schema }

export interface Operation {
  operationId: string
  method: string
  path: string
  summary: string
  description?: string
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, Response>
  security?: Record<string, string[]>[]
}

export interface Document {
  info: { title: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Omit<Operation, 'method' | 'path' | 'responses'> & { responses: Record<string, Response | { $ref: string }> }>>
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> }
}

/** The operations by tag, in the order of the document. */
export function groupsOf(document: Document, words: string): { name: string; description: string; operations: Operation[] }[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const operations = Object.entries(document.paths)
    .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path, responses: responsesOf(document, operation.responses) })))
    .filter((o) => { const text = `${o.method} ${o.path} ${o.summary} ${o.operationId}`.toLowerCase(); return wanted.every((word) => text.includes(word)) })
  return document.tags
    .map((tag) => ({ ...tag, operations: operations.filter((o) => o.tags?.[0] === tag.name) }))
    .filter((group) => group.operations.length > 0)
}

/** The responses themselves, where operations refer to one that others have, too. */
function responsesOf(document: Document, responses: Record<string, Response | { $ref: string }>): Record<string, Response> {
  return Object.fromEntries(Object.entries(responses).flatMap(([status, response]) => {
    const whole = '$ref' in response ? document.components.responses[response.$ref.split('/').pop() ?? ''] : response
    return whole ? [[status, whole]] : []
  }))
}

/** The schema itself, where only its name is given. */
export function resolve(document: Document, schema: Schema): Schema {
  const name = refName(schema)
  return (name ? document.components.schemas[name] : undefined) ?? schema
}

const refName = (schema: Schema) => schema.$ref?.split('/').pop()

/** What a value may be, in words: "list of Token", "viewer | admin", "integer, absent or null". */
export function typeWords(schema: Schema): string {
  const name = refName(schema)
  if (name) return name
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => String(value)).join(' | ')
  if (schema.oneOf) return schema.oneOf.map(typeWords).join(' | ')
  const types = [schema.type ?? []].flat()
  const type = types.find((t) => t !== 'null') ?? 'anything'
  const orNull = types.includes('null') ? ' or null' : ''
  if (type === 'array') return `list of ${schema.items ? typeWords(schema.items) : 'anything'}${orNull}`
  if (type === 'object' && typeof schema.additionalProperties === 'object') return `object of ${typeWords(schema.additionalProperties)}${orNull}`
  return `${schema.format === 'date-time' ? 'time' : schema.format === 'uuid' ? 'UUID' : type}${orNull}`
}

/** The object that a value has inside, however it is wrapped; nothing for plain values. */
export function inner(document: Document, schema: Schema): Schema | undefined {
  const resolved = resolve(document, schema)
  if (resolved.properties) return resolved
  const wrapped = resolved.items ?? (typeof resolved.additionalProperties === 'object' ? resolved.additionalProperties : undefined)
  return wrapped && inner(document, wrapped)
}

/** Who may use an operation. */
export function roleWords(operation: Operation): string {
  const roles = operation.security?.flatMap((requirement) => Object.values(requirement).flat()) ?? []
  if (roles.length === 0) return 'Anybody'
  return roles[0] === 'admin' ? 'Admins' : 'Viewers and admins'
}
