import type { AuthMethod, Connection, ConnectionOrganization } from '../../api/connections'
import type { Tested } from './choices'

/** What the parts work with that get a connection: for a new integration, or in place of the one that it has. */
export interface Connecting {
  /** As the providers list it; undefined until it is chosen. */
  method: AuthMethod | undefined
  /** Of the connection that the address names. */
  id: string | undefined
  /** null when the one that the address names is not there any more. */
  connection: Connection | null | undefined
  organizations: ConnectionOrganization[] | undefined
  /** What the test of its token said. */
  tested: Tested | undefined
  /** Goes on with another connection, or with none, and forgets the one before. */
  connect: (id: string | undefined, tested?: Tested) => void
  /** Says where to come back to, before this window goes to GitHub. */
  leave: () => void
}
