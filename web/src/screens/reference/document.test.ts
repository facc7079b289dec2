import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { groupsOf, inner, resolve, roleWords, typeWords, type Document } from './document'

const document = JSON.parse(readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8')) as Document
const all = groupsOf(document, '').flatMap((group) => group.operations)

describe('the reference', () => {
  it('has every operation once', () => {
    const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map((o) => o.operationId))
    expect(all.map((o) => o.operationId).sort()).toEqual(ids.sort())
  })
  it('finds by words in any order', () => {
    expect(groupsOf(document, 'TOKENS delete').flatMap((g) => g.operations.map((o) => o.operationId))).toEqual(['revoke-token'])
    expect(groupsOf(document, 'no such thing')).toEqual([])
  })
  it('has the problems that operations share', () => {
    const shared = Object.values(document.components.responses)
    expect(shared.length).toBeGreaterThan(20)
    for (const operation of all) expect(operation.responses['401']?.description).toMatch(/^`unauthorized`: /)
    expect(all.every((o) => Object.keys(o.responses).length === Object.keys(document.paths[o.path]![o.method.toLowerCase()]!.responses).length)).toBe(true)
  })
  it('says who may use them', () => {
    const roles = Object.fromEntries(all.map((o) => [o.operationId, roleWords(o)]))
    expect(roles['create-session']).toBe('Anybody')
    expect(roles['list-audit-events']).toBe('Admins')
    expect(roles['list-integrations']).toBe('Viewers and admins')
  })
})

describe('schemas', () => {
  it.each([
    [{ $ref: '#/components/schemas/Token' }, 'Token'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Token' } }, 'list of Token'],
    [{ type: ['array', 'null'], items: { type: 'string' } }, 'list of string or null'],
    [{ type: 'string', enum: ['a', 'b'] }, 'a | b'],
    [{ type: 'string', format: 'date-time' }, 'time'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'object of string'],
    [{}, 'anything'],
  ])('are said as %j: %s', (schema, want) => expect(typeWords(schema)).toBe(want))
  it('are looked into, however they are wrapped', () => {
    expect(inner(document, { type: 'array', items: { $ref: '#/components/schemas/Token' } })).toBe(resolve(document, { $ref: '#/components/schemas/Token' }))
    expect(inner(document, { type: 'string' })).toBeUndefined()
  })
})
