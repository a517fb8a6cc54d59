/** A header with which a process that the workshop started, or a check, names the sender of a request. In a file without
 * imports, because the agent loads it into the process. */
export const SENDER = 'workshop-sender';
