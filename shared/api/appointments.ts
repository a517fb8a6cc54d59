import { randomUUID } from 'node:crypto';
import QuickLRU from 'quick-lru';
import { z } from 'zod';

export interface Appointment {
  id: string;
  title: string;
  /** ISO 8601 with time zone. */
  startsAt: string;
}

export const newAppointment = z.strictObject({
  title: z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters'),
  startsAt: z.iso.datetime({
    offset: true,
    error: 'must be a date and time with time zone, such as 2027-03-01T09:30:00Z',
  }),
});

const MOST_USERS = 1000;
const MOST_PER_USER = 200;
const DAY = 86_400_000;

/** All users' appointments, in memory and bounded: the users seen least recently are dropped. */
export class Appointments {
  readonly #byUser = new QuickLRU<string, Appointment[]>({ maxSize: MOST_USERS });

  /** @param now milliseconds since the epoch. */
  constructor(private readonly now: () => number = Date.now) {}

  list(sub: string): Appointment[] {
    let mine = this.#byUser.get(sub);
    if (!mine) {
      mine = ['Dentist', 'Lunch with Grace'].map((title, i) =>
        this.#make(
          title,
          new Date(Math.ceil(this.now() / DAY) * DAY + (i + 1) * DAY + (9 + 3 * i) * 3_600_000).toISOString(),
        ),
      );
      this.#byUser.set(sub, mine);
    }
    return mine;
  }

  /** @returns undefined when the user has too many appointments. */
  add(sub: string, { title, startsAt }: z.output<typeof newAppointment>): Appointment | undefined {
    const mine = this.list(sub);
    if (mine.length >= MOST_PER_USER) return undefined;
    const made = this.#make(title, startsAt);
    mine.push(made);
    return made;
  }

  remove(sub: string, id: string): boolean {
    const mine = this.list(sub);
    const at = mine.findIndex((one) => one.id === id);
    if (at >= 0) mine.splice(at, 1);
    return at >= 0;
  }

  clear(): void {
    this.#byUser.clear();
  }

  #make(title: string, startsAt: string): Appointment {
    return { id: randomUUID(), title, startsAt };
  }
}
