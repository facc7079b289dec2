import { Page } from '../../parts/Page'

/** S9: who did what on which day. */
export function WorkLog() {
  return <Page title={['Work log']} heading="Work log">{null}</Page>
}
