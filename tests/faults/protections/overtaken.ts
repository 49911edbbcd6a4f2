/** What a worker that slept past its lease may still do, taken away piece by piece. */
import type { Protection } from '../protection.ts'

const notices = 'tests/gateway/outcomes/notify-paid.test.ts'

/** Guards against a worker that wakes up when another has taken its work over. */
export const protections: readonly Protection[] = [
  {
    fault: 'F73',
    promise: 'a call for messages that was held up is not made any more',
    file: 'gateway/outcomes/notify-paid.ts',
    take: `needs.clock.now().getTime() <= at.getTime() + leavesWithinMs`,
    put: `needs.clock.now().getTime() >= at.getTime()`,
    test: notices,
    title: 'F73: of a worker who sleeps before the call are not asked for again once he wakes up',
  },
  {
    fault: 'F73',
    promise: 'how a call ended is recorded only while it is the last one that was begun',
    file: 'gateway/outcomes/sms-store.ts',
    take: `where request_id = $1 and state = $2 and tries = $3`,
    put: `where request_id = $1 and state = $2 and tries >= $3`,
    test: notices,
    title: 'F73: of a worker who sleeps before the call are not asked for again once he wakes up',
  },
  {
    fault: 'F73',
    promise:
      'a provider that knows nothing of a call is believed only when the call can no longer be on its way',
    file: 'gateway/outcomes/notify-paid.ts',
    take: `answer === 'absent' && now.getTime() < settledAt`,
    put: `answer === 'absent' && now.getTime() > settledAt`,
    test: notices,
    title: 'F73: that are slow on their way are waited for, although the provider knows nothing of them yet',
  },
  {
    fault: 'F27',
    promise: 'a file of our size under our name is ours only when its bytes are',
    file: 'gateway/transfer/decide-delivery.ts',
    take: `  if (bytes === 'others')\n`,
    put: `  if (bytes === 'others' && sizeBytes < 0)\n`,
    test: 'tests/pure/delivery-and-routes.test.ts',
    title: 'F27: a sending that was cut off',
  },
  {
    fault: 'F38',
    promise: 'what an earlier sending seems to have published is told by its bytes',
    file: 'gateway/transfer/sftp/sftp-send.ts',
    take: `earlierAttempts.length > 0 && (await areOurBytes(connection, file))`,
    put: `earlierAttempts.length > 0`,
    test: 'tests/gateway/transfer/sftp/sftp-channel.test.ts',
    title: 'F38: a file of the very size that an earlier sending of ours did not publish is a taken name',
  },
  {
    fault: 'F31',
    promise: 'parts of overtaken workers are swept once nothing is owed for their file',
    file: 'gateway/transfer/owed/chase-bank-file.ts',
    take: `  if (attempts.length > 0)`,
    put: `  if (attempts.length > 100)`,
    test: 'tests/gateway/transfer/send-step-deaths.test.ts',
    title: 'F31: leaves nothing behind, even where it wrote on after another had taken over',
  },
]
