import { check, expectThat, type TestEnvironment } from '../../../shared/checks';
import { appointmentsIn, type Call, expectAccepted, isSuccess, openTask, seenOf, withToken } from './request';
import { accessToken, OTHER, USER } from './tokens';

const NEW = { title: 'Chess club', startsAt: '2027-05-01T10:00:00Z' };

const as = async (on: TestEnvironment, sub: string, options: Call = {}) =>
  withToken(on, await accessToken(on, { sub }), options);

describe('06 Protect your API: the data', () => {
  check('6.own-data', '6.5', 'each user reaches their own appointments only', async (on) => {
    await expectAccepted(on);
    const title = `${NEW.title} ${Date.now()}`;
    const made = await as(on, USER, { method: 'POST', json: { ...NEW, title } });
    expectThat(made.status === 201, () => ({
      id: 'appointment-not-made',
      expected: 'POST /appointments answers 201 with the appointment',
      of: made,
      seen: seenOf(made, 'POST /appointments'),
      cause: 'the API does not make the appointment',
      next: 'answer 201 with id, title and startsAt',
      ...openTask(made),
    }));
    const own = await as(on, USER);
    const { id } = appointmentsIn(own)?.find((one) => one.title === title) ?? { id: undefined };
    expectThat(id !== undefined, () => ({
      id: 'appointment-lost',
      expected: 'the new appointment is in the list of its user',
      of: own,
      seen: `${seenOf(own)} without the appointment that POST /appointments made`,
      cause:
        'the new appointment went to another list than the one that is shown: sub is used in one place and not in the other, or the list is not stored',
      next: 'use sub of the access token wherever appointments are read or changed',
    }));
    const others = await as(on, OTHER);
    expectThat(!others.body.includes(title), () => ({
      id: 'data-of-all-users',
      expected: 'the list has the appointments of the user who asks',
      of: others,
      seen: `${seenOf(others)} to another user, with "${title}"`,
      cause:
        'the API lists the appointments of everybody. A valid token says who asks, and not that they may see everything (OWASP API1:2023)',
      next: 'keep the appointments by sub of the access token',
    }));
    for (const [what, options] of [
      [
        'in the address',
        { path: `/appointments?sub=${encodeURIComponent(USER)}&user=${encodeURIComponent(USER)}` },
      ],
      ['in a header', { headers: { 'x-user': USER, 'x-user-id': USER } }],
    ] as const) {
      const asked = await as(on, OTHER, options);
      expectThat(!asked.body.includes(title), () => ({
        id: 'user-from-request',
        expected: 'the user is the one of the access token',
        of: asked,
        seen: `GET /appointments with another user’s sub ${what} answered with that user’s appointments`,
        cause:
          'the API believes who the request says it is for. Only the access token says that in a way nobody can forge',
        next: 'take sub from the validated token',
      }));
    }
    const path = `/appointments/${id}`;
    const deleted = await as(on, OTHER, { method: 'DELETE', path });
    const still = appointmentsIn(await as(on, USER))?.some((one) => one.id === id);
    expectThat(still === true, () => ({
      id: 'deleted-by-another',
      expected: `DELETE of another user’s appointment changes nothing`,
      of: deleted,
      seen: `${seenOf(deleted, 'DELETE /appointments/ID')} to another user, and the appointment is gone`,
      cause:
        'the id alone decides what is deleted. Whoever learns an id deletes the appointment of its user (OWASP API1:2023)',
      next: 'look for the id among the appointments of sub only',
    }));
    const removed = await as(on, USER, { method: 'DELETE', path });
    const gone = !appointmentsIn(await as(on, USER))?.some((one) => one.id === id);
    expectThat(isSuccess(removed) && gone, () => ({
      id: 'appointment-not-deleted',
      expected: 'DELETE /appointments/ID deletes the user’s own appointment',
      of: removed,
      seen: `${seenOf(removed, 'DELETE /appointments/ID')}, and the appointment is ${gone ? 'gone' : 'still there'}`,
      cause: 'the API does not find the appointment of its own user, or deletes it in a copy of the list',
      next: 'look for the id among the appointments of sub, and answer 204',
    }));
  });

  check('6.bodies', '6.5', 'a body that is no appointment is the sender’s mistake', async (on) => {
    await expectAccepted(on);
    const bodies: [string, string][] = [
      ['JSON that is broken', '{"title": "Chess", '],
      ['JSON of another shape', '["Chess"]'],
      ['no object at all', 'null'],
      ['a title that is no text', JSON.stringify({ ...NEW, title: { $gt: '' } })],
      ['a date that is none', JSON.stringify({ ...NEW, startsAt: 'tomorrow' })],
      ['a body of 2 MB', JSON.stringify({ ...NEW, title: 'x'.repeat(2_000_000) })],
    ];
    for (const [what, body] of bodies) {
      const answer = await as(on, USER, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expectThat(answer.status >= 400 && answer.status < 500, () => ({
        id: isSuccess(answer) ? 'wrong-body-accepted' : 'wrong-body-fails',
        expected: `a status from 400 to 499 to ${what}`,
        of: answer,
        seen: `${seenOf(answer, 'POST /appointments')} to ${what}`,
        cause: isSuccess(answer)
          ? 'the body is stored as it came: the next page that shows the list meets what it does not expect'
          : 'the code works with the body before it knows its shape, and throws: 5xx says that the API is broken, and clients and monitors believe it',
        next: 'limit the size, read the JSON in a guard, and compare its shape before you use it',
        ...openTask(answer),
      }));
    }
    const after = await withToken(on, await accessToken(on));
    expectThat(isSuccess(after), () => ({
      id: 'broken-by-a-body',
      expected: 'the API works after a wrong body',
      of: after,
      seen: seenOf(after),
      cause: 'what one request sent remains in the API and breaks the next one',
      next: 'store nothing before the body was compared with its shape',
    }));
  });
});
