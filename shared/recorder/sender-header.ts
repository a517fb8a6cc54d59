/** A header with which a process that the workshop started, or a check, names the sender of a request: `browser`, `api`,
 * or with the number of one of several processes, `app 2`. In a file without imports, because the agent loads it into the
 * process. */
export const SENDER = 'workshop-sender';
