import type { AccessChange } from '../../api/credentials'
import { list, plural } from '../../format/count'
import { serviceWords } from '../../format/status'

type Loss = NonNullable<AccessChange['repositories']>[number]

/** Whether the change is about a whole organization, and not about some of its repositories or services. */
const isWhole = (change: AccessChange) => !change.repositories?.length && !change.services?.length

/** What the loss is, over all of it. That single sign-on is behind it is worth saying at once. */
export function lostTitle(lost: AccessChange[]): string {
  if (lost.every((change) => change.code === 'sso_required' && isWhole(change))) return 'These organizations will stop updating until you authorize SSO'
  return lost.every(isWhole) ? 'These organizations will stop updating' : 'This will stop updating'
}

/** What of an organization a change is about: "everything", services, or repositories. */
export function whatOf({ repositories, services }: AccessChange): string {
  const parts = [
    services?.length ? list(services.map((s) => serviceWords[s])) : '',
    repositories?.length ? plural(repositories.length, 'repo') : '',
  ].filter((part) => part !== '')
  return parts.length > 0 ? parts.join('; ') : 'everything'
}

/** "octo-org/hello-world", with the services where only some of them are lost. */
export function lossText({ full_name: name, services }: Loss): string {
  return services?.length ? `${name} (${list(services.map((s) => serviceWords[s]))})` : name
}
